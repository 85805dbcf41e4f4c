/** /v1/transactions */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Chain } from '../../events/event.js';
import {
  type ChainBlocks,
  eventsOfTransaction,
  findTransaction,
  listTransactions,
  listTransactionsOfBlocks,
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
  fromBlock: blockParameter.describe(
    'Inclusive; with `chain`; the list is then in order of blocks, newest first',
  ),
  toBlock: blockParameter.describe(
    'Inclusive; with `chain`; the list is then in order of blocks, newest first',
  ),
  cursor: cursor('transactions', 'blocks'),
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

export function transactionRoutes(scope: FastifyInstance, { db, lists }: ApiDeps): void {
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
    async ({ signal, query: { cursor: after, limit: count, fromBlock, toBlock, ...filter } }) => {
      const db = lists.until(signal);
      const blocks = blocksOf(filter.chain, fromBlock, toBlock);
      if (after && (after.list === 'blocks') !== (blocks !== null)) throw otherList();
      if (blocks) {
        const request = { limit: count, after: after?.list === 'blocks' ? after : undefined };
        const page = await listTransactionsOfBlocks(db, blocks, filter, request);
        return { items: [...page.items], nextCursor: encodeCursor('blocks', page.next) };
      }
      const request = { limit: count, after: after?.list === 'transactions' ? after : undefined };
      const page = await listTransactions(db, filter, request);
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

function otherList() {
  const message = 'is of another list: a list by blocks goes on with its own cursor, and the same filters';
  return invalidParameters([{ in: 'query', field: 'cursor', message }]);
}

/**
 * The range of blocks that is asked for; null when none is. Without a chain a block number means nothing.
 * @throws ProblemError invalid-parameter when the chain is missing or the range is the wrong way round
 */
function blocksOf(
  chain: Chain | undefined,
  fromBlock: number | undefined,
  toBlock: number | undefined,
): ChainBlocks | null {
  if (fromBlock === undefined && toBlock === undefined) return null;
  if (chain === undefined)
    throw invalidParameters([
      { in: 'query', field: 'chain', message: 'is needed beside fromBlock and toBlock' },
    ]);
  if (fromBlock !== undefined && toBlock !== undefined && fromBlock > toBlock)
    throw invalidParameters([{ in: 'query', field: 'fromBlock', message: 'is above toBlock' }]);
  return { chain, fromBlock: fromBlock ?? 0, toBlock: toBlock ?? Number.MAX_SAFE_INTEGER };
}
