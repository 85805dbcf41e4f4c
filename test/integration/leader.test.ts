/** The lease that decides who leads, on real PostgreSQL with short terms. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Batch } from '../../src/events/batch.js';
import { underLease } from '../../src/listener/under-lease.js';
import type { BatchQueue } from '../../src/queue/queue.js';
import { NdxError } from '../../src/runtime/errors.js';
import { writeChainState } from '../../src/store/chain-state.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { type Lease, lead } from '../../src/store/lease/lead.js';
import { acquireLease, readLease, renewLease } from '../../src/store/lease/lease.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { silentLog } from '../support/silent-log.js';

/** Longer than a busy machine keeps a process from renewing. */
const TERM = 3_000;

let database: TestDatabase;
let db: Database;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url });
  pool = db.pool;
});
beforeEach(() => pool.query('TRUNCATE leader_lease, chain_state'));
afterAll(async () => {
  await db.close();
  await database.drop();
});

interface Candidate {
  readonly leases: Lease[];
  leading: boolean;
  readonly stop: () => Promise<void>;
}

function candidate(holder: string, db: { readonly pool: pg.Pool } = { pool }): Candidate {
  const controller = new AbortController();
  const leases: Lease[] = [];
  const state: Candidate = {
    leases,
    leading: false,
    stop: async () => {
      controller.abort();
      await ended;
    },
  };
  const onChange = (leading: boolean) => {
    state.leading = leading;
  };
  const ended = lead(
    { db, name: 'solana', holder, log: silentLog, term: TERM, onChange },
    async (lease, signal) => {
      leases.push(lease);
      await new Promise((done) => signal.addEventListener('abort', done));
    },
    controller.signal,
  );
  return state;
}

describe('leader', () => {
  test('one leads, the other stands by for as long as the first renews, and follows when it ends', async () => {
    const one = candidate('one');
    await eventually(() => expect(one.leading).toBe(true));
    const two = candidate('two');
    await sleep(TERM * 3);
    expect([one.leading, two.leading]).toEqual([true, false]);
    expect(await readLease({ pool }, 'solana')).toMatchObject({ holder: 'one', token: 1 });
    await one.stop();
    await eventually(() => expect(two.leading).toBe(true));
    expect(await readLease({ pool }, 'solana')).toMatchObject({ holder: 'two', token: 2 });
    await two.stop();
  });

  test('a leader whose database is away stops by itself before another can take over', async () => {
    const failing = {
      query: (...args: unknown[]) =>
        away ? Promise.reject(new Error('away')) : (pool.query as (...all: unknown[]) => unknown)(...args),
    };
    let away = false;
    const one = candidate('one', { pool: failing as unknown as pg.Pool });
    await eventually(() => expect(one.leading).toBe(true));
    const two = candidate('two');
    away = true;
    await eventually(() => expect(two.leading).toBe(true));
    expect(() => one.leases[0]?.assertHeld()).toThrow(
      expect.objectContaining({ code: 'LEASE_LOST' }) as Error,
    );
    await eventually(() => expect(one.leading).toBe(false));
    away = false;
    await two.stop();
    await eventually(() => expect(one.leading).toBe(true));
    expect(one.leases.map(({ token }) => token)).toEqual([1, 3]);
    await one.stop();
  });

  test('nothing is enqueued under a lease that may have run out, and all that is carries its token', async () => {
    const added: Batch[] = [];
    const queue = underLease<Pick<BatchQueue, 'add'>>(
      { add: async (batch) => String(added.push(batch)) },
      {
        token: 7,
        assertHeld: () => {
          if (added.length > 0) throw new NdxError('LEASE_LOST', 'gone', { retryable: true });
        },
      },
    );
    const batch: Batch = {
      chain: 'solana',
      fingerprint: 'f',
      finality: 'finalized',
      fromBlock: 1,
      toBlock: 1,
      scope: 'blocks',
      transactions: [],
      source: 's',
    };
    await queue.add(batch, { lane: 'live' });
    expect(added).toEqual([{ ...batch, lease: 7 }]);
    expect(() => queue.add(batch, { lane: 'live' })).toThrow('gone');
    expect(added.length).toBe(1);
  });

  test('a former leader can neither renew nor write where the tip is', async () => {
    const state = {
      chain: 'solana',
      genesis: 'g',
      startBlock: 0,
      head: 5,
      headTime: null,
      finalized: 4,
      finalizedTime: null,
      fingerprint: 'f',
      source: 's',
    } as const;
    expect(await acquireLease({ pool }, 'solana', 'one', 0)).toBe(1);
    await writeChainState(db, state, 1);
    expect(await acquireLease({ pool }, 'solana', 'two', 60_000)).toBe(2);
    expect(await renewLease({ pool }, 'solana', 1, 60_000)).toBe(false);
    await expect(writeChainState(db, { ...state, head: 99 }, 1)).rejects.toMatchObject({
      code: 'LEASE_LOST',
    });
    const { rows } = await pool.query('SELECT head FROM chain_state');
    expect(rows).toEqual([{ head: '5' }]);
  });
});
