/**
 * From an RPC endpoint to committed rows with all projections, cold: ours against what people would use
 * instead, and the floor.
 */
import {
  type Bench,
  type BenchContext,
  type BenchResult,
  type Contender,
  judge,
  measure,
  memoryGoal,
} from '../bench.js';
import { type ChainShape, REAL_SIZED, SMALL } from '../chain/blocks.js';
import { type ChainNode, startChainNode } from '../lab/chain-node.js';
import { query } from '../lab/postgres.js';
import { floorContender } from '../peers/floor-contender.js';
import { type FloorRows, takeFloorRows } from '../peers/floor-rows.js';
import { squidContender } from '../peers/squid-contender.js';
import { usualContender } from '../peers/usual-contender.js';
import { ingest } from './ingest.js';

interface Size {
  readonly label: string;
  readonly shape: ChainShape;
  /** Blocks that the slower peers are given. */
  readonly usual: number;
  readonly squid: number;
  readonly overSquid: number;
}

function sizes(quick: boolean): Size[] {
  return [
    {
      label: 'small',
      shape: { ...SMALL, blocks: quick ? 1_000 : 2_000 },
      usual: quick ? 8 : 40,
      squid: quick ? 100 : 300,
      overSquid: 4,
    },
    {
      label: 'real-sized',
      shape: { ...REAL_SIZED, blocks: quick ? 60 : 200 },
      usual: quick ? 3 : 8,
      squid: quick ? 10 : 30,
      overSquid: 8,
    },
  ];
}

export const ingestSolana: Bench = {
  name: 'ingest-solana',
  about: 'RPC to committed rows with all projections, cold',
  run: async (context) => {
    const results: BenchResult[] = [];
    for (const size of sizes(context.quick)) results.push(await runSize(size, context));
    return {
      bench: ingestSolana.name,
      about: ingestSolana.about,
      measured: results.flatMap((result) => result.measured),
      goals: results.flatMap((result) => result.goals),
      notes: results.flatMap((result) => result.notes),
    };
  },
};

async function runSize(size: Size, context: BenchContext): Promise<BenchResult> {
  const { label, shape } = size;
  context.say(`${label} blocks`);
  const node = await startChainNode(shape);
  try {
    const floor = await prepareFloor(node, shape, context);
    const [ours, usual, squid, plain] = ['ours', 'usual worker', 'squid SDK', 'floor'].map(
      (name) => `${name}, ${label}`,
    ) as [string, string, string, string];
    const contenders: Contender[] = [
      {
        name: ours,
        unit: 'blocks/s',
        work: `${shape.blocks} blocks`,
        run: () => ingest('solana', node, shape.blocks, context),
      },
      usualContender(usual, 'fetch-solana', node, size.usual, context),
      squidContender(squid, node, size.squid, context),
      floorContender(plain, 'floor-solana', node, shape.blocks, floor, context),
    ];
    const measured = await measure(contenders, context);
    const goals = judge(
      [
        {
          name: `${label}: over the usual worker`,
          want: 50,
          sense: 'at-least',
          value: (median) => median(ours) / median(usual),
          limit: (median) => median(plain) / median(usual),
        },
        {
          name: `${label}: over the squid SDK`,
          want: size.overSquid,
          sense: 'at-least',
          value: (median) => median(ours) / median(squid),
          limit: (median) => median(plain) / median(squid),
        },
        {
          name: `${label}: of the floor`,
          want: 0.6,
          sense: 'at-least',
          value: (median) => median(ours) / median(plain),
        },
      ],
      measured,
    );
    const memory = { ...memoryGoal(measured, [ours]), name: `${label}: memory of any process of ours` };
    return { bench: label, about: '', measured, goals: [...goals, memory], notes: [] };
  } finally {
    await node.stop();
  }
}

/**
 * Ours runs once, unmeasured, to know the rows that everybody has to end up with; that also warms the disk
 * and the server.
 */
async function prepareFloor(node: ChainNode, shape: ChainShape, context: BenchContext): Promise<FloorRows> {
  let rows: FloorRows | undefined;
  await ingest('solana', node, shape.blocks, { ...context, profiles: null }, async (database) => {
    const [counted] = await query<{ n: number }>(
      database,
      'SELECT count(DISTINCT transaction_hash)::int AS n FROM ledger_event',
    );
    if (counted?.n !== shape.blocks * shape.ours)
      throw new Error(`${counted?.n} of our ${shape.blocks * shape.ours} transactions stand in the ledger`);
    rows = await takeFloorRows(database);
  });
  if (!rows) throw new Error('the rows were not taken');
  return rows;
}
