/**
 * The usual worker: `getBlock` of @solana/web3.js, a BullMQ job an event, and a worker that upserts through
 * Prisma. Two processes, as it is commonly deployed. It checks less than ours and derives less: what it saves
 * by that is its to keep.
 */
import { fileURLToPath } from 'node:url';
import type { BenchContext, Contender } from '../bench.js';
import { systemUsage } from '../benches/system-usage.js';
import type { ServingNode } from '../lab/chain-node.js';
import { type Child, startChild } from '../lab/child.js';
import { watchDatabase } from '../lab/wait.js';

const SCRIPTS = {
  'fetch-solana': new URL('usual-fetch-solana.js', import.meta.url),
  'fetch-ton': new URL('usual-fetch-ton.js', import.meta.url),
  work: new URL('usual-work.js', import.meta.url),
} as const;

export function startUsual(role: keyof typeof SCRIPTS, env: Readonly<Record<string, string>>): Child {
  return startChild({
    name: role === 'work' ? 'usual worker' : 'usual fetcher',
    script: fileURLToPath(SCRIPTS[role]),
    env,
  });
}

/** @param fetch what reads the chain */
export function usualContender(
  name: string,
  fetch: 'fetch-solana' | 'fetch-ton',
  node: ServingNode,
  blocks: number,
  context: BenchContext,
): Contender {
  return {
    name,
    unit: 'blocks/s',
    work: `${blocks} blocks`,
    run: async () => {
      const { postgres, redis } = context;
      const database = await postgres.create();
      await redis?.flush();
      await node.reset();
      const env = {
        DATABASE_URL: database.url,
        REDIS_URL: redis?.url ?? '',
        RPC_URL: node.url,
        BLOCKS: String(blocks),
      };
      const worker = startUsual('work', env);
      const watch = await watchDatabase(database.url);
      try {
        await worker.message((message) => ('ready' in (message as object) ? true : null));
        worker.mark();
        node.child.mark();
        const before = { postgres: postgres.cpu(), redis: redis?.cpu() ?? 0 };
        const fetcher = startUsual(fetch, env);
        const { transactions } = await fetcher.message((message) =>
          'transactions' in (message as object) ? (message as { transactions: number }) : null,
        );
        const end = await watch.until('SELECT count(*) AS n FROM "Transaction"', transactions);
        const usages = [fetcher.usage(), worker.usage(), ...systemUsage(context, before, node)];
        await fetcher.stop();
        const { firstBlockAt } = await node.served();
        return { value: blocks / ((end - (firstBlockAt ?? 0)) / 1000), usages };
      } finally {
        await watch.close();
        await worker.stop();
        await database.drop();
      }
    },
  };
}
