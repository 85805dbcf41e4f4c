/** The same range a second time, when everything is known: it must change nothing, and cost less. */
import { type Bench, type BenchContext, judge, measure, memoryGoal, type Sample } from '../bench.js';
import { SMALL } from '../chain/blocks.js';
import { type ChainNode, startChainNode } from '../lab/chain-node.js';
import { startNdx, startWorkers } from '../lab/ndx.js';
import type { BenchDatabase } from '../lab/postgres.js';
import { systemUsage } from './system-usage.js';

export const replay: Bench = {
  name: 'replay',
  about: 'ndx replay of a range on an empty database, and again when all of it is known',
  run: async (context) => {
    const blocks = context.quick ? 400 : 2_000;
    const node = await startChainNode({ ...SMALL, blocks });
    let database: BenchDatabase | undefined;
    try {
      const measured = await measure(
        [
          {
            name: 'ours, first pass',
            unit: 'blocks/s',
            work: `${blocks} blocks`,
            run: async () => {
              await database?.drop();
              database = await context.postgres.create();
              return pass(node, database, blocks, context);
            },
          },
          {
            name: 'ours, second pass',
            unit: 'blocks/s',
            work: `${blocks} blocks`,
            run: async () => {
              if (!database) throw new Error('the first pass comes first');
              return pass(node, database, blocks, context);
            },
          },
        ],
        context,
      );
      const goals = judge(
        [
          {
            name: 'second pass over the first',
            want: 2,
            sense: 'at-least',
            value: (median) => median('ours, second pass') / median('ours, first pass'),
          },
        ],
        measured,
      );
      const memory = memoryGoal(measured, ['ours, first pass', 'ours, second pass']);
      return { bench: replay.name, about: replay.about, measured, goals: [...goals, memory], notes: [] };
    } finally {
      await database?.drop();
      await node.stop();
    }
  },
};

async function pass(
  node: ChainNode,
  database: BenchDatabase,
  blocks: number,
  context: BenchContext,
): Promise<Sample> {
  const { postgres, redis } = context;
  await redis?.flush();
  await node.reset();
  const target = { database: database.url, redis: redis?.url, rpc: node.url };
  const workers = await startWorkers(1, 2, target, context);
  try {
    for (const worker of workers) worker.mark();
    node.child.mark();
    const before = { postgres: postgres.cpu(), redis: redis?.cpu() ?? 0 };
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
    ];
    const reader = startNdx('ndx replay', args, target, context);
    const { code, output } = await reader.ended();
    const end = Date.now();
    if (code !== 0) throw new Error(`ndx replay ended with ${code}: ${output}`);
    const usages = [
      reader.usage(),
      ...workers.map((worker) => worker.usage()),
      ...systemUsage(context, before, node),
    ];
    const { firstBlockAt } = await node.served();
    return { value: blocks / ((end - (firstBlockAt ?? end)) / 1000), usages };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}
