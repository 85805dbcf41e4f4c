/**
 * A program that is used seldom: its transactions by address, against reading every block that might hold
 * one.
 */
import { type Bench, type BenchContext, judge, measure, memoryGoal, type Sample } from '../bench.js';
import { NDT_PROGRAM } from '../chain/ours.js';
import { type ChainNode, startChainNode } from '../lab/chain-node.js';
import { startNdx, startWorkers } from '../lab/ndx.js';
import { query } from '../lab/postgres.js';
import { systemUsage } from './system-usage.js';

const OURS_A_BLOCK = 4;

export const sparse: Bench = {
  name: 'sparse',
  about: 'few transactions of ours among many others: address-scoped backfill against block scan',
  run: async (context) => {
    const blocks = context.quick ? 60 : 1_250;
    const shape = {
      seed: 4,
      wallets: 2_000,
      transactions: 1_640,
      ours: OURS_A_BLOCK,
      only: 'ndt' as const,
      blocks,
    };
    const node = await startChainNode(shape);
    try {
      const work = `${blocks * OURS_A_BLOCK} of ${blocks * shape.transactions} transactions`;
      const [byAddress, byBlock] = ['ours, by address', 'ours, block scan'] as const;
      const measured = await measure(
        [
          {
            name: byAddress,
            unit: 'transactions/s',
            work,
            run: () => run(node, blocks, ['--address', NDT_PROGRAM], context),
          },
          { name: byBlock, unit: 'transactions/s', work, run: () => run(node, blocks, [], context), runs: 3 },
        ],
        context,
      );
      const goals = judge(
        [
          {
            name: 'by address over the block scan',
            want: 1,
            sense: 'at-least',
            value: (median) => median(byAddress) / median(byBlock),
          },
        ],
        measured,
      );
      const note =
        'On loopback a block of 5.4 MB costs about what two small requests cost; the address-scoped way reads a hundredth of the bytes, which is what a metered or distant endpoint charges for.';
      return {
        bench: sparse.name,
        about: sparse.about,
        measured,
        goals: [...goals, memoryGoal(measured, [byAddress, byBlock])],
        notes: [note],
      };
    } finally {
      await node.stop();
    }
  },
};

async function run(
  node: ChainNode,
  blocks: number,
  more: readonly string[],
  context: BenchContext,
): Promise<Sample> {
  const { postgres, redis } = context;
  const database = await postgres.create();
  await redis?.flush();
  await node.reset();
  const target = { database: database.url, redis: redis?.url, rpc: node.url };
  const workers = await startWorkers(1, 2, target, context);
  try {
    for (const worker of workers) worker.mark();
    node.child.mark();
    const before = { postgres: postgres.cpu(), redis: redis?.cpu() ?? 0 };
    const start = Date.now();
    const args = [
      'replay',
      '--chain',
      'solana',
      '--from',
      '1',
      '--to',
      String(blocks),
      '--workers',
      '0',
      '--json',
      ...more,
    ];
    const reader = startNdx('ndx replay', args, target, context);
    const { code, output } = await reader.ended();
    if (code !== 0) throw new Error(`ndx replay ended with ${code}: ${output}`);
    const usages = [
      reader.usage(),
      ...workers.map((worker) => worker.usage()),
      ...systemUsage(context, before, node),
    ];
    const { firstBlockAt, bytes } = await node.served();
    const end = Date.now();
    const [found] = await query<{ n: number }>(
      database.url,
      'SELECT count(DISTINCT transaction_hash)::int AS n FROM ledger_event',
    );
    const wanted = blocks * OURS_A_BLOCK;
    if (found?.n !== wanted) throw new Error(`${found?.n} of ${wanted} transactions were found`);
    return {
      value: wanted / ((end - (firstBlockAt ?? start)) / 1000),
      usages,
      more: { 'MB read': bytes / 1e6 },
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await database.drop();
  }
}
