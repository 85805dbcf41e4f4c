/**
 * Every kind of fault and how it is done. Each says in one word what it did; the parameters come from the
 * seed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chain } from '../../src/events/event.js';
import { admin, forkChain } from '../support/solana-devnet.js';
import type { Fleet } from './fleet.js';
import { LIES } from './lying-rpc.js';
import { TON_LIES } from './lying-ton.js';
import type { Random } from './random.js';
import type { Redelivery } from './redelivery.js';

export interface FaultDeps {
  readonly fleet: Fleet;
  readonly random: Random;
  readonly redelivery: Readonly<Record<Chain, Redelivery>>;
}

export interface FaultKind {
  readonly name: string;
  /** How often it is drawn, against the others. */
  readonly weight: number;
  readonly only?: 'redis';
  /** Processes end by it, or may end. */
  readonly ends?: true;
  inject(deps: FaultDeps): Promise<void>;
}

const HTTP_FAULTS = ['429', '500', '503', 'stall', 'cut', 'wrong-json', 'html'] as const;

export const FAULT_KINDS: readonly FaultKind[] = [
  {
    name: 'kill listener',
    ends: true,
    weight: 3,
    inject: async ({ fleet, random }) => random.pick(fleet.listeners).signal('SIGKILL'),
  },
  {
    name: 'kill worker',
    ends: true,
    weight: 4,
    inject: async ({ fleet, random }) => random.pick(fleet.workers).signal('SIGKILL'),
  },
  {
    name: 'kill api',
    ends: true,
    weight: 1,
    inject: async ({ fleet, random }) => random.pick(fleet.services).signal('SIGKILL'),
  },
  {
    name: 'freeze listener',
    weight: 2,
    inject: async ({ fleet, random }) => freeze(random.pick(fleet.listeners), random.whole(500, 9_000)),
  },
  {
    name: 'freeze worker',
    weight: 2,
    inject: async ({ fleet, random }) => freeze(random.pick(fleet.workers), random.whole(500, 6_000)),
  },
  { name: 'restart PostgreSQL', ends: true, weight: 1, inject: ({ fleet }) => fleet.restartPostgres('fast') },
  { name: 'kill PostgreSQL', ends: true, weight: 1, inject: ({ fleet }) => fleet.restartPostgres('kill') },
  { name: 'cut database connections', weight: 2, inject: async ({ fleet }) => fleet.database.cut() },
  {
    name: 'stall database connections',
    weight: 1,
    inject: async ({ fleet, random }) => fleet.database.stall(random.whole(500, 4_000)),
  },
  { name: 'restart Redis', weight: 2, only: 'redis', inject: ({ fleet }) => fleet.restartRedis() },
  { name: 'flush queue', weight: 3, inject: ({ fleet }) => flushQueue(fleet) },
  {
    name: 'fill Redis',
    weight: 2,
    only: 'redis',
    inject: ({ fleet, random }) => fillRedis(fleet, random.whole(1_000, 4_000)),
  },
  {
    name: 'cut Redis connections',
    weight: 2,
    only: 'redis',
    inject: async ({ fleet }) => fleet.redisDoor?.cut(),
  },
  {
    name: 'stall Redis connections',
    weight: 1,
    only: 'redis',
    inject: async ({ fleet, random }) => fleet.redisDoor?.stall(random.whole(500, 4_000)),
  },
  {
    name: 'RPC errors',
    weight: 3,
    inject: ({ fleet, random }) => answerWrongly(fleet.devnet, random),
  },
  {
    name: 'RPC lags',
    weight: 1,
    inject: ({ fleet, random }) =>
      admin(fleet.devnet, 'POST', 'faults', {
        kind: 'lag',
        slots: random.whole(2, 40),
        forMilliseconds: random.whole(500, 4_000),
      }),
  },
  {
    name: 'websocket fails',
    weight: 1,
    inject: ({ fleet, random }) =>
      admin(fleet.devnet, 'POST', 'faults', {
        kind: random.pick(['silent-websocket', 'drop-websocket']),
        forMilliseconds: random.whole(500, 4_000),
      }),
  },
  {
    name: 'RPC lies',
    weight: 4,
    inject: async ({ fleet, random }) => fleet.lying.lie(random.pick(LIES), random.whole(1_000, 5_000)),
  },
  {
    name: 'fork',
    weight: 5,
    inject: async ({ fleet, random }) => {
      await forkChain(fleet.devnet, { depth: random.whole(1, 4), reland: random.fraction() < 0.5 });
    },
  },
  {
    name: 'TON endpoint errors',
    weight: 2,
    inject: ({ fleet, random }) => answerWrongly(fleet.tonDevnet, random),
  },
  {
    name: 'TON endpoint lags',
    weight: 1,
    inject: ({ fleet, random }) =>
      admin(fleet.tonDevnet, 'POST', 'faults', {
        kind: 'lag',
        blocks: random.whole(2, 20),
        forMilliseconds: random.whole(500, 4_000),
      }),
  },
  {
    name: 'TON blocks miss shards',
    weight: 2,
    inject: async ({ fleet, random }) => {
      const { seqno } = await admin<{ seqno: number }>(fleet.tonDevnet, 'GET', 'heads');
      const forMilliseconds = random.whole(1_000, 5_000);
      for (const block of [seqno, seqno + 1, seqno + 2])
        await admin(fleet.tonDevnet, 'POST', 'faults', {
          kind: 'missing-shard-block',
          block,
          forMilliseconds,
        });
    },
  },
  {
    name: 'TON endpoint lies',
    weight: 3,
    inject: async ({ fleet, random }) =>
      fleet.lyingTon.lie(random.pick(TON_LIES), random.whole(1_000, 5_000)),
  },
  {
    name: 'jobs again, reordered, re-batched',
    weight: 4,
    inject: async ({ redelivery, random }) =>
      redelivery[random.pick(['solana', 'ton'] as const)].deliver(random),
  },
  {
    name: 'clock jumps',
    weight: 2,
    inject: async ({ fleet, random }) => {
      const part = random.pick([...fleet.listeners, ...fleet.workers]);
      fleet.setClock(part, random.pick([-3_600_000, -20_000, 20_000, 3_600_000, 0]));
    },
  },
];

/** @param gently only what leaves every process alive */
export function drawFault(random: Random, backend: string, gently = false): FaultKind {
  const possible = FAULT_KINDS.filter(
    (kind) => (kind.only === undefined || kind.only === backend) && !(gently && kind.ends),
  );
  let left = random.fraction() * possible.reduce((sum, kind) => sum + kind.weight, 0);
  for (const kind of possible) {
    left -= kind.weight;
    if (left < 0) return kind;
  }
  throw new Error('no fault was drawn');
}

async function answerWrongly(devnet: string, random: Random): Promise<void> {
  await admin(devnet, 'POST', 'faults', {
    kind: random.pick(HTTP_FAULTS),
    probability: 0.2 + random.fraction() * 0.6,
    seed: String(random.fraction()),
    forMilliseconds: random.whole(500, 4_000),
  });
}

async function freeze(part: Fleet['listeners'][number], milliseconds: number): Promise<void> {
  const frozen = part.pid();
  part.signal('SIGSTOP');
  // Goes on beside the other faults.
  void sleep(milliseconds).then(() => {
    if (part.pid() === frozen) part.signal('SIGCONT');
  });
}

async function flushQueue(fleet: Fleet): Promise<void> {
  if (fleet.redis) await fleet.redis.flushall();
  else await fleet.pool.query('TRUNCATE bullmq.job CASCADE');
}

async function fillRedis(fleet: Fleet, milliseconds: number): Promise<void> {
  await fleet.redis?.config('SET', 'maxmemory', '1mb');
  void sleep(milliseconds).then(() => fleet.redis?.config('SET', 'maxmemory', '0').catch(() => undefined));
}
