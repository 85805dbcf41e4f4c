/**
 * The listener on a real queue and a real database, with a chain in memory: nothing is lost, whatever happens
 * to the queue.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Batch, ReconcileResult } from '../../src/events/batch.js';
import type { ListenerDeps } from '../../src/listener/context.js';
import { createListener, type Listener } from '../../src/listener/listener.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import type { Lane } from '../../src/queue/job-id.js';
import { type BatchQueue, createQueue } from '../../src/queue/queue.js';
import { type BatchWorker, createWorker } from '../../src/queue/worker.js';
import { NOTHING } from '../../src/reconcile/counting.js';
import { NdxError } from '../../src/runtime/errors.js';
import { readChainState } from '../../src/store/chain-state.js';
import { insertCoverage, listCoverage } from '../../src/store/coverage/coverage.js';
import { createDatabase, type Database, inTransaction } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { createFakeChain, type FakeChain, skipped } from '../support/fake-chain.js';
import { silentLog } from '../support/silent-log.js';

const FINGERPRINT = 'fake000000000000';
const TIMING = { poll: 50, gaps: 50, grace: 3000, aside: 300, merge: 300 };

let database: TestDatabase;
let db: Database;
let pool: pg.Pool;
let backend: QueueBackend;
let queue: BatchQueue;
let seen: Map<number, number>;
const workers: BatchWorker[] = [];
const running: { stop: AbortController; ended: Promise<void> }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url });
  pool = db.pool;
  backend = { kind: 'postgres', url: database.url };
  queue = createQueue({ backend, chain: 'solana', log: silentLog });
  await queue.ready();
});

beforeEach(() => {
  seen = new Map();
});

afterEach(async () => {
  for (const { stop, ended } of running.splice(0)) {
    stop.abort();
    await ended;
  }
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
  await pool.query('TRUNCATE coverage_range, chain_state');
  await wipe();
});

afterAll(async () => {
  await queue.close();
  await db.close();
  await database.drop();
});

const wipe = () => pool.query('TRUNCATE bullmq.job CASCADE');

/** Does what matters of reconcile here: records the batch's blocks and their coverage in one transaction. */
async function handle(batch: Batch): Promise<ReconcileResult> {
  await inTransaction(pool, (client) => insertCoverage(client, batch));
  for (const { block } of batch.transactions) seen.set(block, (seen.get(block) ?? 0) + 1);
  return NOTHING;
}

function work(handler: (batch: Batch) => Promise<ReconcileResult> = handle): BatchWorker {
  const worker = createWorker({
    backend,
    chain: 'solana',
    concurrency: 4,
    log: silentLog,
    handle: handler,
    stalledAfter: 2000,
  });
  workers.push(worker);
  return worker;
}

function listen(
  chain: FakeChain,
  more: Partial<ListenerDeps> & { readonly near?: number } = {},
): { listener: Listener; stop: () => Promise<void> } {
  const listener = createListener({
    near: 0,
    reader: chain.reader,
    queue,
    db,
    log: silentLog,
    policy: { finality: 'finalized', startBlock: 1 },
    timing: TIMING,
    ...more,
  });
  const stop = new AbortController();
  const ended = listener.run(stop.signal);
  running.push({ stop, ended });
  return {
    listener,
    stop: async () => {
      stop.abort();
      await ended;
    },
  };
}

/** Coverage as the database holds it now. */
const covered = () => listCoverage({ pool }, 'solana', FINGERPRINT);
const becomesCovered = (fromBlock: number, toBlock: number) =>
  eventually(async () => expect(await covered()).toEqual([{ fromBlock, toBlock }]));

function everyBlock(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at).filter((block) => !skipped(block));
}

describe('listener', () => {
  test('starts at the tip at once and fills what is before it afterwards', async () => {
    const chain = createFakeChain({ head: 400 });
    const order: string[] = [];
    const { listener } = listen(chain, { metrics: { onBatch: ({ lane }) => void order.push(lane) } });
    await eventually(() => expect(order).toContain('backfill'));
    expect(order[0]).toBe('live');
    work();
    chain.grow(410);
    await becomesCovered(1, 410);
    expect([...seen.keys()].toSorted((a, b) => a - b)).toEqual(everyBlock(1, 410));
    await eventually(() =>
      expect(listener.state()).toMatchObject({ head: 410, next: 411, gaps: [], lastError: null }),
    );
    expect(await readChainState(db, 'solana')).toMatchObject({
      genesis: 'genesis',
      startBlock: 1,
      finalized: expect.any(Number),
      fingerprint: FINGERPRINT,
    });
  });

  test('promise 3: nothing is lost when the queue is wiped again and again', async () => {
    const chain = createFakeChain({ head: 202 });
    let handled = 0;
    listen(chain, { maxWaiting: 20 });
    work(async (batch) => {
      handled += 1;
      await sleep(30);
      return handle(batch);
    });
    for (let round = 1; round <= 6; round++) {
      chain.grow(202 + round * 50);
      await sleep(150);
      await wipe();
    }
    await becomesCovered(1, 502);
    expect(handled).toBeGreaterThan(0);
    expect([...seen.keys()].toSorted((a, b) => a - b)).toEqual(everyBlock(1, 502));
  });

  test('promise 3: started again it goes on where coverage ends and reads nothing twice', async () => {
    const chain = createFakeChain({ head: 300 });
    const first = listen(chain);
    work();
    await becomesCovered(1, 300);
    await first.stop();
    chain.reads.clear();
    chain.grow(350);
    listen(chain, { policy: { finality: 'finalized', startBlock: null } });
    await becomesCovered(1, 350);
    expect([...chain.reads.keys()].toSorted((a, b) => a - b)).toEqual(everyBlock(301, 350));
  });

  test('promise 4: a block that no endpoint gives stays a visible gap, holds nobody up, and is filled when it appears', async () => {
    const chain = createFakeChain({ head: 300 });
    chain.missing.add(100);
    let told: readonly object[] = [];
    const onGaps = (gaps: readonly object[]) => {
      told = gaps;
    };
    const { listener } = listen(chain, { metrics: { onGaps } });
    work();
    await eventually(async () =>
      expect(await covered()).toEqual([
        { fromBlock: 1, toBlock: 99 },
        { fromBlock: 101, toBlock: 300 },
      ]),
    );
    await eventually(() => expect(listener.state().gaps).toEqual([{ fromBlock: 100, toBlock: 100 }]));
    expect(told).toEqual([{ fromBlock: 100, toBlock: 100 }]);
    chain.missing.clear();
    await becomesCovered(1, 300);
    await eventually(() => expect(told).toEqual([]));
  });

  test('live goes on past a block that no endpoint gives', async () => {
    const chain = createFakeChain({ head: 11 });
    listen(chain);
    work();
    await becomesCovered(1, 11);
    chain.missing.add(12);
    chain.grow(20);
    await sleep(500);
    chain.grow(40);
    await eventually(async () => expect((await covered()).at(-1)).toEqual({ fromBlock: 13, toBlock: 40 }));
    expect((await covered())[0]?.toBlock).toBe(11);
  });

  test('promise 3: a job that the queue lost is asked after, and its blocks are read again long before its time is over', async () => {
    const chain = createFakeChain({ head: 100 });
    const { listener } = listen(chain, { timing: { ...TIMING, grace: 600_000 } });
    await eventually(() => expect(listener.state().inFlight).toBeGreaterThan(1));
    await wipe();
    work();
    await becomesCovered(1, 100);
  });

  test('promise 8: a gap whose job is a dead letter is tried again, and filled when it can be', async () => {
    const chain = createFakeChain({ head: 30 });
    let poisoned = 0;
    work(async (batch) => {
      if (batch.fromBlock > 10 || batch.toBlock < 10 || poisoned > 0) return handle(batch);
      poisoned += 1;
      throw new NdxError('INTERNAL', 'poison');
    });
    listen(chain);
    await becomesCovered(1, 30);
    expect(poisoned).toBe(1);
  });

  test('promise 4: an address that another process found and that cannot be caught up with keeps no gap from being filled', async () => {
    const chain = createFakeChain({ head: 30 });
    let asked = 0;
    const readAddress = (): never => {
      asked += 1;
      throw new NdxError('BLOCK_UNAVAILABLE', 'no endpoint gives its transactions', { retryable: true });
    };
    const { listener } = listen(chain, { reader: { ...chain.reader, discovers: true, readAddress } });
    await eventually(() => expect(listener.state().next).toBe(31));
    await pool.query(
      `INSERT INTO ledger_event (chain, block, transaction_index, event_index, transaction_hash, kind, outcome, finality, asset_kind, asset, facts, decoder, decoder_version, digest, source, job)
       VALUES ('solana', 5, 0, 0, 'mint', 'mint', 'ok', 'finalized', 'nft', 'late', '{}', 'spl-token', 1, 0, 'test', 'test')`,
    );
    work();
    await becomesCovered(1, 30);
    await eventually(() => expect(asked).toBeGreaterThan(0));
    expect(listener.state().lastError).toMatchObject({ code: 'BLOCK_UNAVAILABLE' });
    chain.grow(60);
    await becomesCovered(1, 60);
    await pool.query('TRUNCATE coverage_range');
    await pool.query(`INSERT INTO coverage_range VALUES ('solana', $1, 1, 39), ('solana', $1, 51, 60)`, [
      FINGERPRINT,
    ]);
    await becomesCovered(1, 60);
    await pool.query('TRUNCATE ledger_event, late_discovery, chain_knowledge');
  });

  test('live that has fallen far behind goes on at the tip; the stretch between is a gap, and filled', async () => {
    const chain = createFakeChain({ head: 11 });
    const read = { live: 0, backfill: 0 };
    const onBatch = ({ lane, blocks }: { readonly lane: Lane; readonly blocks: number }) => {
      read[lane] += blocks;
    };
    listen(chain, { metrics: { onBatch } });
    work();
    await becomesCovered(1, 11);
    Object.assign(read, { live: 0, backfill: 0 });
    chain.grow(2011);
    await becomesCovered(1, 2011);
    expect(read.live).toBeLessThan(10);
    expect(read.backfill).toBeGreaterThan(1900);
  });

  test('promise 3: an address that blocks read ahead make known again is ours from the first of them on', async () => {
    const chain = createFakeChain({ head: 30 });
    async function* read(...args: Parameters<typeof chain.reader.read>) {
      for await (const span of chain.reader.read(...args))
        yield [12, 13, 21].includes(span.toBlock) ? { ...span, discovered: ['nft'] } : span;
    }
    listen(chain, { reader: { ...chain.reader, discovers: true, read }, near: 512 });
    work();
    await becomesCovered(1, 30);
    const { rows } = await pool.query(`SELECT addresses, since::int[] FROM late_discovery`);
    await pool.query('TRUNCATE late_discovery, chain_knowledge');
    expect(rows).toEqual([{ addresses: ['nft'], since: [12] }]);
  });

  test('an outage of the endpoints is told and survived', async () => {
    const chain = createFakeChain({ head: 20 });
    const { listener } = listen(chain);
    work();
    await becomesCovered(1, 20);
    chain.outage = new NdxError('RPC_UNREACHABLE', 'connection refused', { retryable: true });
    await eventually(() =>
      expect(listener.state().lastError).toMatchObject({
        code: 'RPC_UNREACHABLE',
        message: 'connection refused',
      }),
    );
    chain.outage = null;
    chain.grow(25);
    await becomesCovered(1, 25);
    expect(listener.state().lastError).toBeNull();
  });

  test('backpressure: the queue never holds more than the bound however much there is to read', async () => {
    const chain = createFakeChain({ head: 50_000 });
    // One block a job, so that there are thousands.
    const reader = {
      ...chain.reader,
      read: (...args: Parameters<typeof chain.reader.read>) => heavy(chain.reader.read(...args)),
    };
    let most = 0;
    listen(chain, { reader, maxWaiting: 30 });
    const look = async () => {
      most = Math.max(most, (await queue.counts()).waiting);
      return most >= 25;
    };
    await eventually(look, { progress: () => most });
    for (let looks = 0; looks < 100; looks++) {
      await look();
      await sleep(20);
    }
    expect(most).toBeLessThanOrEqual(32);
  });

  test('a database of another chain is refused at the start', async () => {
    const chain = createFakeChain({ head: 10 });
    const first = listen(chain);
    await eventually(async () => expect(await readChainState(db, 'solana')).not.toBeNull());
    await first.stop();
    const other = createListener({
      near: 0,
      reader: createFakeChain({ head: 10, genesis: 'another' }).reader,
      queue,
      db,
      log: silentLog,
      policy: { finality: 'finalized', startBlock: 1 },
    });
    await expect(other.run(new AbortController().signal)).rejects.toMatchObject({ code: 'RPC_WRONG_CHAIN' });
  });

  test('finality policy: `finalized` reads nothing above it, `confirmed` reads up to the head and says so', async () => {
    const chain = createFakeChain({ head: 100, lag: 30 });
    const finalities = new Map<number, string>();
    work(async (batch) => {
      for (const { block } of batch.transactions) finalities.set(block, batch.finality);
      return handle(batch);
    });
    const first = listen(chain);
    await becomesCovered(1, 70);
    await first.stop();
    expect(new Set(finalities.values())).toEqual(new Set(['finalized']));
    listen(chain, { policy: { finality: 'confirmed', startBlock: 1 }, near: 512 });
    await becomesCovered(1, 100);
    expect(finalities.get(100)).toBe('confirmed');
    expect(finalities.get(70)).toBe('finalized');
  });
});

async function* heavy(
  spans: ReturnType<FakeChain['reader']['read']>,
): ReturnType<FakeChain['reader']['read']> & AsyncGenerator {
  for await (const span of spans) {
    const [transaction] = span.transactions;
    if (!transaction) {
      yield span;
      continue;
    }
    const [event] = transaction.events;
    const events = event ? Array.from({ length: 501 }, (_, eventIndex) => ({ ...event, eventIndex })) : [];
    yield { ...span, transactions: [{ ...transaction, events }] };
  }
}
