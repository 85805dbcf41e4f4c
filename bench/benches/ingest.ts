/** What the benches of both chains share. */
import type { BenchContext, Sample } from '../bench.js';
import type { ServingNode } from '../lab/chain-node.js';
import type { Usage } from '../lab/child.js';
import { startNdx, startWorkers } from '../lab/ndx.js';
import { COVERED, watchDatabase } from '../lab/wait.js';
import { systemUsage } from './system-usage.js';

/**
 * One cold run of ours: `ndx replay` reads from the endpoint, `ndx work` reconciles.
 * @param keep given: is handed the database before it is dropped
 */
export async function ingest(
  chain: 'solana' | 'ton',
  node: ServingNode,
  blocks: number,
  context: BenchContext,
  keep?: (database: string) => Promise<void>,
): Promise<Sample> {
  const { postgres, redis } = context;
  const database = await postgres.create();
  await redis?.flush();
  await node.reset();
  const endpoint =
    chain === 'solana' ? { rpc: node.url } : { env: { TONCENTER_V3_URL: node.url, TON_V4_URL: node.url } };
  const target = { database: database.url, redis: redis?.url, ...endpoint };
  const workers = await startWorkers(1, 2, target, context, chain);
  const watch = await watchDatabase(database.url);
  try {
    for (const worker of workers) worker.mark();
    node.child.mark();
    const before = { postgres: postgres.cpu(), redis: redis?.cpu() ?? 0 };
    const args = [
      'replay',
      '--chain',
      chain,
      '--from',
      '1',
      '--to',
      String(blocks),
      '--workers',
      '0',
      '--json',
    ];
    const reader = startNdx('ndx replay', args, target, context);
    const finished = watch.until(COVERED, blocks);
    const early = reader.ended().then(({ code, output }) => {
      if (code !== 0) throw new Error(`ndx replay ended with ${code}: ${output}`);
    });
    early.catch(() => undefined);
    const end = await Promise.race([finished, early.then(() => finished)]);
    const usages: Usage[] = [
      reader.usage(),
      ...workers.map((worker) => worker.usage()),
      ...systemUsage(context, before, node),
    ];
    await early;
    const { firstBlockAt, bytes } = await node.served();
    if (firstBlockAt === null) throw new Error('no block was asked for');
    const seconds = (end - firstBlockAt) / 1000;
    await keep?.(database.url);
    return { value: blocks / seconds, usages, more: { 'MB/s': bytes / 1e6 / seconds } };
  } finally {
    await watch.close();
    await Promise.all(workers.map((worker) => worker.stop()));
    await database.drop();
  }
}
