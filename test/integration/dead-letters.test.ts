/**
 * Dead letters: kept in the database, shown, retried and dropped by `ndx dead`; no wiped queue takes them
 * (promise 3 and 8).
 */
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/program.js';
import { keepDeadLetters } from '../../src/dead-letters/keep.js';
import { listDeadLetters, pruneDeadLetters } from '../../src/dead-letters/letter-rows.js';
import { sweepDeadLetters } from '../../src/dead-letters/sweep.js';
import type { Batch, ReconcileResult } from '../../src/events/batch.js';
import { createContext } from '../../src/process/context.js';
import { type BatchQueue, createQueue } from '../../src/queue/queue.js';
import { createWorker } from '../../src/queue/worker.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { NdxError } from '../../src/runtime/errors.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { BACKENDS } from '../support/backends.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { CONTEXT } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { transactionOf } from '../support/fake-chain.js';
import {
  address,
  fakeChain,
  fakeTransaction,
  signatureOf,
  startFakeRpc,
} from '../support/fake-solana-rpc.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { silentLog } from '../support/silent-log.js';

const DONE: ReconcileResult = {
  events: 0,
  created: 0,
  unchanged: 0,
  changed: 0,
  withdrawn: 0,
  failed: 0,
  rows: {},
};

function batch(block: number): Batch {
  const range = { fromBlock: block, toBlock: block };
  return {
    chain: 'solana',
    fingerprint: 'f',
    finality: 'finalized',
    ...range,
    scope: 'blocks',
    transactions: [transactionOf(block)],
    source: 'test',
  };
}

describe.each(BACKENDS)('dead letters, queue on %s', (name) => {
  let test_: TestDatabase;
  let db: Database;
  let redis: TestRedis | undefined;
  let queue: BatchQueue;
  let environment: Record<string, string>;

  beforeAll(async () => {
    test_ = await createTestDatabase();
    db = createDatabase({ url: test_.url, poolSize: 4 });
    if (name === 'redis') redis = await startRedis();
    environment = {
      DATABASE_URL: test_.url,
      NDX_LOG_LEVEL: 'fatal',
      ...(redis ? { REDIS_URL: redis.url } : {}),
    };
    queue = createQueue({ backend: backend(), chain: 'solana', log: silentLog });
    await queue.ready();
  });
  afterAll(async () => {
    await queue.close();
    await db.close();
    await redis?.stop();
    await test_.drop();
  });
  beforeEach(async () => {
    await db.pool.query('TRUNCATE dead_letter, decode_problem, coverage_range, audit_entry');
    await wipe();
  });

  const backend = () =>
    redis ? ({ kind: 'redis', url: redis.url } as const) : ({ kind: 'postgres', url: test_.url } as const);

  /** The queue's data is gone, as after FLUSHALL. */
  async function wipe(): Promise<void> {
    for (const job of await queue.failed(1000)) await queue.remove(job.id);
    expect((await queue.counts()).failed).toBe(0);
  }

  /** Works until nothing is left to do. */
  async function work(handle: (batch: Batch) => Promise<ReconcileResult>): Promise<void> {
    const worker = createWorker({
      backend: backend(),
      chain: 'solana',
      concurrency: 2,
      log: silentLog,
      ...keepDeadLetters({ db, chain: 'solana' }, handle),
    });
    try {
      await eventually(async () =>
        expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, delayed: 0 }),
      );
    } finally {
      await worker.close();
    }
  }

  const poison = async (): Promise<ReconcileResult> => {
    throw new NdxError('INTERNAL', 'poison');
  };

  async function dead<T>(
    ...args: string[]
  ): Promise<{ readonly code: number; readonly out: T; readonly err: string }> {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const code = await run(['dead', ...args, '--json'], createContext({ environment, stdout, stderr }));
    const text = String(stdout.read() ?? '');
    return { code, out: (text === '' ? null : JSON.parse(text)) as T, err: String(stderr.read() ?? '') };
  }
  type Listed = {
    readonly letters: {
      readonly id: string;
      readonly reason: string;
      readonly fromBlock: number;
      readonly retriedAt: string | null;
    }[];
    readonly transactions: unknown[];
  };

  test('a job that fails for good is kept, others go on, and a wiped queue does not lose it', async () => {
    const ids = [await queue.add(batch(1), { lane: 'live' }), await queue.add(batch(2), { lane: 'live' })];
    const done: number[] = [];
    await work(async (item) => {
      if (item.fromBlock === 1) return poison();
      done.push(item.fromBlock);
      return DONE;
    });
    expect(done).toEqual([2]);
    await wipe();
    const { out } = await dead<Listed>('list');
    expect(out.letters).toEqual([
      expect.objectContaining({
        id: ids[0],
        reason: 'INTERNAL: poison',
        attempts: 1,
        fromBlock: 1,
        lane: 'live',
      }),
    ]);
    const shown = await dead<{ events: unknown[]; batch: object }>('show', ids[0] ?? '');
    expect(shown.out.events).toEqual([
      expect.objectContaining({ kind: 'transfer', transactionHash: 'tx-1', amount: '1' }),
    ]);
  });

  test('retry puts it back, also from the database alone; success forgets it, failing again keeps it', async () => {
    await queue.add(batch(3), { lane: 'live' });
    await work(poison);
    await wipe();
    const [letter] = await listDeadLetters(db, { limit: 10 });
    const again = await dead<{ retried: { job: string }[] }>('retry', letter?.job ?? '');
    expect(again).toMatchObject({ code: 0, out: { retried: [{ job: letter?.job }] } });
    expect((await queue.counts()).waiting).toBe(1);
    expect((await dead<Listed>('list')).out.letters[0]?.retriedAt).not.toBeNull();
    await work(poison);
    expect((await dead<Listed>('list')).out.letters).toMatchObject([{ retriedAt: null }]);
    // Now from the queue's own failed job.
    await dead('retry', '--all');
    const seen: Batch[] = [];
    await work(async (item) => {
      seen.push(item);
      return DONE;
    });
    expect(seen).toEqual([batch(3)]);
    expect(await listDeadLetters(db, { limit: 10 })).toEqual([]);
    expect((await queue.counts()).failed).toBe(0);
  });

  test("what a former leader read is retried as anybody's: not fenced off", async () => {
    await queue.add({ ...batch(4), lease: 7 }, { lane: 'live' });
    await work(poison);
    await dead('retry', '--all');
    const seen: Batch[] = [];
    await work(async (item) => {
      seen.push(item);
      return DONE;
    });
    expect(seen).toEqual([batch(4)]);
    expect(await listDeadLetters(db, { limit: 10 })).toEqual([]);
  });

  test('promise 3: a retried batch that is refused is not forgotten', async () => {
    await queue.add(batch(7), { lane: 'live' });
    await work(poison);
    await dead('retry', '--all');
    await work(async () => ({ ...DONE, refused: true }));
    expect((await dead<Listed>('list')).out.letters).toMatchObject([
      { fromBlock: 7, retriedAt: expect.any(String) },
    ]);
  });

  test('acceptance 5: no more are kept than the bounds say, and none that is older: the newest stay', async () => {
    await db.pool.query(
      `INSERT INTO dead_letter (job, chain, lane, reason, attempts, failed_at, payload)
       SELECT 'job-' || day, 'solana', 'live', 'poison', 1, (now() AT TIME ZONE 'UTC') - day * interval '1 day', '{}' FROM generate_series(1, 9) AS day`,
    );
    expect(await pruneDeadLetters(db, { count: 20, days: 6.5 })).toBe(3);
    expect(await pruneDeadLetters(db, { count: 4, days: 6.5 })).toBe(2);
    expect((await listDeadLetters(db, { limit: 10 })).map(({ job }) => job)).toEqual([
      'job-1',
      'job-2',
      'job-3',
      'job-4',
    ]);
    await db.pool.query(`UPDATE dead_letter SET failed_at = failed_at - interval '90 days'`);
    await sweepDeadLetters({ db, queue }, silentLog);
    expect(await listDeadLetters(db, { limit: 10 })).toEqual([]);
  });

  test('a sweep keeps what the moment of failing missed, and forgets what is reconciled meanwhile', async () => {
    const id = await queue.add(batch(5), { lane: 'live' });
    await work(poison);
    await db.pool.query('TRUNCATE dead_letter');
    await sweepDeadLetters({ db, queue }, silentLog);
    expect((await listDeadLetters(db, { limit: 10 })).map((letter) => letter.job)).toEqual([id]);
    await db.pool.query(`INSERT INTO coverage_range VALUES ('solana', 'f', 4, 6)`);
    await sweepDeadLetters({ db, queue }, silentLog);
    expect(await listDeadLetters(db, { limit: 10 })).toEqual([]);
    expect((await queue.counts()).failed).toBe(0);
  });

  test('drop forgets it in queue and database, on the record', async () => {
    const id = await queue.add(batch(6), { lane: 'live' });
    await work(poison);
    expect(await dead('drop', id)).toMatchObject({ code: 0, out: { dropped: [id] } });
    expect((await dead<Listed>('list')).out.letters).toEqual([]);
    expect((await queue.counts()).failed).toBe(0);
    const { rows } = await db.pool.query('SELECT actor, subject, key, before FROM audit_entry');
    expect(rows).toEqual([
      {
        actor: 'ndx dead drop',
        subject: 'dead_letter',
        key: id,
        before: expect.objectContaining({ reason: 'INTERNAL: poison', fromBlock: 6 }),
      },
    ]);
  });

  test('promise 8: undecodable transactions are listed beside them, and dropped only by hand', async () => {
    await db.pool.query(
      `INSERT INTO decode_problem (chain, block, transaction_index, code, transaction_hash, message) VALUES
        ('solana', 9, 1, 'undecodable', 'odd', 'unknown layout'), ('solana', 9, 1, 'logs-truncated', 'odd', 'cut off')`,
    );
    const { out } = await dead<Listed>('list', '--chain', 'solana');
    expect(out.transactions).toMatchObject([
      {
        transactionHash: 'odd',
        block: 9,
        problems: [{ code: 'logs-truncated' }, { code: 'undecodable', message: 'unknown layout' }],
      },
    ]);
    expect((await dead('drop', 'odd')).code).toBe(0);
    expect((await dead<Listed>('list')).out.transactions).toEqual([]);
  });

  test('promise 8: an undecodable transaction is shown raw, and read and decoded again by retry', async () => {
    const hash = signatureOf(17);
    const rpc = await startFakeRpc(
      fakeChain([15, 16, 17, 18], (slot) => [fakeTransaction(signatureOf(slot), [address(3), address(2)])]),
    );
    const before = environment;
    environment = { ...environment, SOLANA_RPC_URL: rpc.url };
    try {
      await db.pool.query(
        `INSERT INTO decode_problem VALUES ('solana', 17, 0, 'undecodable', $1, 'unknown layout')`,
        [hash],
      );
      const shown = await dead<object>('show', hash);
      expect(shown.out).toMatchObject({
        problems: [{ message: 'unknown layout' }],
        raw: { transaction: { signatures: [hash] } },
      });
      expect(await dead('retry', hash)).toMatchObject({
        code: 0,
        out: { retried: [{ id: hash, job: expect.any(String) }] },
      });
      // Today's decoders find nothing odd in it.
      await work((item) => reconcile(db, item, CONTEXT, { job: 'test' }));
      expect((await dead<Listed>('list')).out.transactions).toEqual([]);
    } finally {
      environment = before;
      await rpc.close();
    }
  });

  test('a payload that nobody can read can be shown and dropped, and retrying it says why not', async () => {
    await db.pool.query(
      `INSERT INTO dead_letter (job, chain, lane, reason, attempts, failed_at, payload) VALUES ('strange', 'solana', 'live', 'JOB_INVALID: no batch', 1, now(), '{"x":1}')`,
    );
    expect((await dead('show', 'strange')).out).toMatchObject({
      id: 'strange',
      payload: '{"x":1}',
      unreadable: expect.stringContaining('no `batch` text'),
    });
    const { code, err } = await dead('retry', 'strange');
    expect([code, err]).toEqual([70, expect.stringContaining('cannot be retried, only dropped')]);
    expect((await dead('drop', 'strange')).code).toBe(0);
  });

  test.each([
    [['show', 'nothing'], 1, 'DEAD_LETTER_NOT_FOUND'],
    [['retry'], 64, 'or --all'],
    [['drop', 'x', '--all'], 64, 'exclude each other'],
  ])('ndx dead %j ends with %i', async (args, code, text) => {
    const ended = await dead(...args);
    expect(ended.code).toBe(code);
    expect(ended.err).toContain(text);
  });

  test('a queue that cannot be reached does not hide what the database keeps', async () => {
    await queue.add(batch(8), { lane: 'live' });
    await work(poison);
    environment = { ...environment, REDIS_URL: 'redis://127.0.0.1:1' };
    const { code, out, err } = await dead<Listed>('list');
    expect(code).toBe(0);
    expect(out.letters).toMatchObject([{ fromBlock: 8 }]);
    expect(err).toContain('The solana queue cannot be asked');
  });
});
