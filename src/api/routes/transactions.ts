/** /v1/transactions */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  eventsOfTransaction,
  findTransaction,
  listTransactions,
} from '../../projections/transactions/queries.js';
import { HASH_RULE, parseTransactionHash } from '../addresses.js';
import { cursor, encodeCursor } from '../cursor.js';
import type { ApiDeps } from '../deps.js';
import { invalidParameters, notFound } from '../problem.js';
import { address, blockParameter, chain, kind, limit, problems } from '../schemas/common.js';
import { eventBody } from '../schemas/events.js';
import { transactionDetail, transactionPage, transactionStatus } from '../schemas/transactions.js';

const query = z.strictObject({
  chain: chain.optional(),
  type: kind.optional().describe('Most specific kind among its events'),
  status: transactionStatus.optional(),
  wallet: address.optional().describe('Gave, received or acted'),
  nft: address.optional().describe('tokenId'),
  fromBlock: blockParameter.describe('Inclusive; with `chain`'),
  toBlock: blockParameter.describe('Inclusive; with `chain`'),
  cursor: cursor('transactions'),
  limit,
});

const hash = z
  .string()
  .max(128, HASH_RULE)
  .transform((text, context) => {
    const spellings = parseTransactionHash(text);
    if (spellings) return spellings;
    context.addIssue({ code: 'custom', message: HASH_RULE });
    return z.NEVER;
  });

export function transactionRoutes(scope: FastifyInstance, { db }: ApiDeps): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/v1/transactions',
    {
      schema: {
        operationId: 'listTransactions',
        summary: 'Transactions, newest first',
        tags: ['data'],
        querystring: query,
        response: { 200: transactionPage, ...problems(400) },
      },
    },
    async ({ query: { cursor: after, limit: count, ...filter } }) => {
      checkBlocks(filter);
      const page = await listTransactions(db, filter, { limit: count, after });
      return { items: [...page.items], nextCursor: encodeCursor('transactions', page.next) };
    },
  );
  app.get(
    '/v1/transactions/:hash',
    {
      schema: {
        operationId: 'getTransaction',
        summary:
          'One transaction with its events in the ledger; TON: by its own hash, its trace or its external message',
        tags: ['data'],
        params: z.strictObject({ hash }),
        querystring: z.strictObject({}),
        response: { 200: transactionDetail, ...problems(400, 404) },
      },
    },
    async ({ params }) => {
      const found = await findTransaction(db, params.hash);
      if (!found) throw notFound('no transaction of ours has this hash');
      const { record, others } = found;
      return {
        ...record,
        events: (await eventsOfTransaction(db, record)).map(eventBody),
        others: [...others],
      };
    },
  );
}

/** Block numbers mean nothing without their chain. */
function checkBlocks({
  chain: of,
  fromBlock,
  toBlock,
}: {
  chain?: unknown;
  fromBlock?: number | undefined;
  toBlock?: number | undefined;
}): void {
  if (fromBlock === undefined && toBlock === undefined) return;
  if (of === undefined)
    throw invalidParameters([
      { in: 'query', field: 'chain', message: 'is needed beside fromBlock and toBlock' },
    ]);
  if (fromBlock !== undefined && toBlock !== undefined && fromBlock > toBlock)
    throw invalidParameters([{ in: 'query', field: 'fromBlock', message: 'is above toBlock' }]);
}
