/**
 * From a TON endpoint to committed rows with all projections, cold: ours against what people would use
 * instead, and the floor.
 */
import { type Bench, type BenchContext, judge, measure, memoryGoal } from '../bench.js';
import { query } from '../lab/postgres.js';
import { startTonNode, type TonNode } from '../lab/ton-node.js';
import { floorContender } from '../peers/floor-contender.js';
import { type FloorRows, takeFloorRows } from '../peers/floor-rows.js';
import { accountsOf, writeFloorAnswers } from '../peers/floor-ton-answers.js';
import { usualContender } from '../peers/usual-contender.js';
import { ingest } from './ingest.js';

/** About ten transactions a block. */
const ACTIONS_A_BLOCK = 3;

export const ingestTon: Bench = {
  name: 'ingest-ton',
  about: 'TON endpoint to committed rows with all projections, cold',
  run: async (context) => {
    const blocks = context.quick ? 200 : 2_000;
    const few = context.quick ? 30 : 200;
    context.say(`  ${blocks} blocks of real contracts are made first`);
    const node = await startTonNode(blocks, ACTIONS_A_BLOCK, (made) =>
      context.say(`  ${made} of ${blocks} blocks`),
    );
    try {
      const rows = await prepareFloor(node, blocks, context);
      const measured = await measure(
        [
          {
            name: 'ours',
            unit: 'blocks/s',
            work: `${blocks} blocks`,
            run: () => ingest('ton', node, blocks, context),
          },
          usualContender('usual worker', 'fetch-ton', node, few, context),
          floorContender('floor', 'floor-ton', node, blocks, rows, context),
        ],
        context,
      );
      const goals = judge(
        [
          {
            name: 'over the usual worker',
            want: 25,
            sense: 'at-least',
            value: (median) => median('ours') / median('usual worker'),
            limit: (median) => median('floor') / median('usual worker'),
          },
          {
            name: 'of the floor',
            want: 0.5,
            sense: 'at-least',
            value: (median) => median('ours') / median('floor'),
          },
        ],
        measured,
      );
      return {
        bench: ingestTon.name,
        about: ingestTon.about,
        measured,
        goals: [...goals, memoryGoal(measured, ['ours'])],
        notes: [],
      };
    } finally {
      await node.stop();
    }
  },
};

/**
 * Ours runs once, unmeasured: it tells which answers are needed and which rows they end up as, and has every
 * answer made ready.
 */
async function prepareFloor(node: TonNode, blocks: number, context: BenchContext): Promise<FloorRows> {
  let rows: FloorRows | undefined;
  let hashes: ReadonlySet<string> = new Set();
  await node.reset();
  await ingest('ton', node, blocks, { ...context, profiles: null }, async (database) => {
    const found = await query<{ hash: string }>(
      database,
      'SELECT DISTINCT transaction_hash AS hash FROM ledger_event',
    );
    hashes = new Set(found.map(({ hash }) => hash));
    context.say(`  ${hashes.size} transactions of ours`);
    if (hashes.size < blocks)
      throw new Error(`only ${hashes.size} transactions of ours stand in ${blocks} blocks`);
    rows = await takeFloorRows(database);
  });
  if (!rows) throw new Error('the rows were not taken');
  const paths = await node.asked();
  writeFloorAnswers(rows.folder, { paths, accounts: await accountsOf(node.url, paths, hashes) });
  return rows;
}
