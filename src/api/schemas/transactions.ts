/** Transactions in responses. */
import { z } from 'zod';
import {
  blockNumber,
  chain,
  friendlyAddresses,
  kind,
  metadata,
  pageSchema,
  time,
  wholeUnits,
} from './common.js';
import { event } from './events.js';

export const transactionStatus = z.enum(['pending', 'completed', 'failed']);

const fields = {
  id: z.string(),
  transactionHash: z.string(),
  chain,
  transactionType: kind.describe('The most specific kind among its events'),
  status: transactionStatus,
  blockNumber: blockNumber.nullable(),
  transactionIndex: z.int().nullable(),
  createdAt: time.describe('Block time'),
  nftId: z.string().nullable(),
  tokenId: z.string().nullable().describe('The NFT, by its address'),
  sellerId: z.string().nullable(),
  buyerId: z.string().nullable(),
  userId: z.string().nullable(),
  price: wholeUnits.nullable().describe('Whole units of `metadata.currency`'),
  fee: wholeUnits.nullable().describe("The marketplace's part of the price"),
  gasUsed: z.string().nullable(),
  metadata: metadata.describe(
    'from, to, asset, amount, currency, marketplace and what else is known of its main event',
  ),
};

const transaction = z.object(fields).meta({ id: 'Transaction' });
export const transactionPage = pageSchema(transaction).meta({ id: 'TransactionPage' });
export const transactionDetail = z
  .object({
    ...fields,
    events: z.array(event),
    others: z
      .array(z.string())
      .describe('Hashes of other transactions that the asked hash names: those of the same trace'),
    friendlyAddresses,
  })
  .meta({ id: 'TransactionDetail' });
