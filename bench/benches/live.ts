/**
 * From a slot's announcement to its rows being readable in the API: listener, worker and API as processes, 50
 * events a second.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { type Bench, type BenchContext, judge, measure, memoryGoal, type Sample } from '../bench.js';
import { TAIL } from '../chain/server.js';
import { startChainNode } from '../lab/chain-node.js';
import { ready, startNdx, startWorkers } from '../lab/ndx.js';
import { percentile } from '../stats.js';
import { systemUsage } from './system-usage.js';

const SLOT_MS = 400;
/** 17 transactions of ours hold about 20 events: 50 events a second. */
const OURS_A_BLOCK = 17;
const LOOK_EVERY_MS = 5;
const FIRST_SLOT = 40;
/**
 * Not counted: three processes that have just started compile their code, fill caches and pools and catch up
 * with each other.
 */
const WARM_UP_S = 15;

export const live: Bench = {
  name: 'live',
  about: 'slot announced to row committed and readable in the API, 50 events a second',
  run: async (context) => {
    const seconds = context.quick ? 15 : 300;
    const measured = await measure(
      [
        {
          name: 'ours',
          unit: 'ms (median)',
          work: `${seconds} s`,
          run: () => watchLive(seconds, context),
          runs: 1,
        },
      ],
      context,
    );
    const goals = judge(
      [
        { name: 'p50', want: 150, sense: 'at-most', unit: 'ms', value: (median) => median('ours') },
        {
          name: 'p99',
          want: 1_000,
          sense: 'at-most',
          unit: 'ms',
          value: (median) => median('ours', 'p99 ms'),
        },
      ],
      measured,
    );
    return {
      bench: live.name,
      about: live.about,
      measured,
      goals: [...goals, memoryGoal(measured, ['ours'])],
      notes: [],
    };
  },
};

async function watchLive(seconds: number, context: BenchContext): Promise<Sample> {
  const { postgres, redis } = context;
  const warmUp = Math.ceil((WARM_UP_S * 1000) / SLOT_MS);
  const slots = warmUp + Math.ceil((seconds * 1000) / SLOT_MS);
  const node = await startChainNode({
    seed: 6,
    wallets: 2_000,
    transactions: 200,
    ours: OURS_A_BLOCK,
    blocks: FIRST_SLOT + slots,
    head: FIRST_SLOT,
    finalizedLag: 32,
  });
  const database = await postgres.create();
  await redis?.flush();
  const target = {
    database: database.url,
    redis: redis?.url,
    rpc: node.url,
    env: { PORT: '0', NDX_COMMITMENT: 'confirmed' },
  };
  const [worker] = await startWorkers(1, 2, target, context);
  const api = startNdx('ndx serve', ['serve'], target, context);
  const { url = '' } = await ready(api);
  const listener = startNdx('ndx listen', ['listen', '--chain', 'solana'], target, context);
  await ready(listener);
  const http = new Pool(url, { connections: 4 });
  const seen = async (signature: string): Promise<boolean> => {
    const response = await http.request({ method: 'GET', path: `/v1/transactions/${signature}` });
    await response.body.dump();
    return response.statusCode === 200;
  };
  const children = [listener, api, ...(worker ? [worker] : [])];
  try {
    const latencies: number[] = [];
    const waiting: Promise<void>[] = [];
    const follow = async (signature: string, at: number, counts: boolean): Promise<void> => {
      const deadline = at + 60_000;
      while (!(await seen(signature))) {
        if (Date.now() > deadline) throw new Error(`${signature} was not readable within a minute`);
        await sleep(LOOK_EVERY_MS);
      }
      if (counts) latencies.push(Date.now() - at);
    };
    const before = { postgres: postgres.cpu(), redis: redis?.cpu() ?? 0 };
    const start = Date.now();
    let ended = false;
    for (let at = 0; at < slots; at++) {
      await sleep(Math.max(0, start + at * SLOT_MS - Date.now()));
      const { at: announced, last } = await node.announce(FIRST_SLOT + at + 1);
      if (last !== null) waiting.push(follow(last, announced, at >= warmUp));
    }
    const all = Promise.all(waiting).finally(() => {
      ended = true;
    });
    // A chain goes on: its newest block may be taken for what it is only when the next one names it.
    for (let at = slots; !ended; at++) {
      await Promise.race([all, sleep(Math.max(0, start + at * SLOT_MS - Date.now()))]);
      if (at < slots + TAIL) await node.announce(FIRST_SLOT + at + 1);
    }
    await all;
    const usages = [...children.map((child) => child.usage()), ...systemUsage(context, before, node)];
    const sorted = latencies.sort((a, b) => a - b);
    return {
      value: percentile(sorted, 0.5),
      usages,
      more: {
        'p90 ms': percentile(sorted, 0.9),
        'p99 ms': percentile(sorted, 0.99),
        'most ms': sorted.at(-1) ?? Number.NaN,
      },
    };
  } finally {
    await http.destroy();
    await Promise.all(children.map((child) => child.stop()));
    await node.stop();
    await database.drop();
  }
}
