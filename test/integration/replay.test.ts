/** Replay and late discovery on real PostgreSQL with the real reconcile, over a chain in memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stamped } from '../../src/discovery/stamp.js';
import type { Batch } from '../../src/events/batch.js';
import { createListener } from '../../src/listener/listener.js';
import { locateTransactions } from '../../src/projections/locate.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import { type BatchQueue, createQueue } from '../../src/queue/queue.js';
import { type BatchWorker, createWorker } from '../../src/queue/worker.js';
import { toBatches } from '../../src/readers/batches.js';
import { LIVE_LIMITS } from '../../src/readers/limits.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { dryRunRange } from '../../src/replay/dry-run.js';
import { dryRunTransaction, replayRange, replayTransaction } from '../../src/replay/range.js';
import { incomplete } from '../../src/replay/run.js';
import { NdxError } from '../../src/runtime/errors.js';
import { listCoverage } from '../../src/store/coverage/coverage.js';
import { mergeCoverage } from '../../src/store/coverage/merge-coverage.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { allTables, changesOf, dump, emptyTables } from '../support/dump.js';
import { CONTEXT } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { createFakeChain, type FakeChain, skipped } from '../support/fake-chain.js';
import { silentLog } from '../support/silent-log.js';

const never = new AbortController().signal;

let database: TestDatabase;
let db: Database;
let backend: QueueBackend;
let queue: BatchQueue;
const workers: BatchWorker[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, poolSize: 8 });
  backend = { kind: 'postgres', url: database.url };
  queue = createQueue({ backend, chain: 'solana', log: silentLog });
  await queue.ready();
});

const tables = async () => (await allTables(db.pool)).filter((name) => name !== '_prisma_migrations');

beforeEach(async () => {
  await emptyTables(db.pool);
  await wipe();
});

afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.close())));

afterAll(async () => {
  await queue.close();
  await db.close();
  await database.drop();
});

const wipe = () => db.pool.query('TRUNCATE bullmq.job CASCADE');
const real = (batch: Batch, job: string) => reconcile(db, batch, CONTEXT, { job });

function work(handle: (batch: Batch, job: string) => ReturnType<typeof reconcile> = real): void {
  workers.push(
    createWorker({ backend, chain: 'solana', concurrency: 4, log: silentLog, handle, stalledAfter: 2000 }),
  );
}

const deps = (chain: FakeChain, signal = never) => ({
  reader: chain.reader,
  queue,
  db,
  log: silentLog,
  signal,
});
const replayRows = async () => (await db.pool.query('SELECT * FROM replay_range')).rowCount;
const blocksIn = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at).filter((block) => !skipped(block)).length;
const events = async (where = 'true') =>
  Number((await db.pool.query(`SELECT count(*) FROM ledger_event WHERE ${where}`)).rows[0].count);

const locate = (hash: string) => locateTransactions(db, hash, 'solana');

describe('replay', () => {
  test('promise 1: fills an empty database, and a second time, with four jobs at once, leaves every table byte-equal', async () => {
    const chain = createFakeChain({ head: 300 });
    work();
    const range = { fromBlock: 1, toBlock: 290 };
    const progress: number[] = [];
    const first = await replayRange({
      ...deps(chain),
      range,
      concurrency: 4,
      onProgress: ({ blocks }) => void progress.push(blocks),
    });
    const count = blocksIn(1, 290);
    expect(first).toEqual({
      blocks: 290,
      events: count,
      created: count,
      unchanged: 0,
      changed: 0,
      withdrawn: 0,
      failed: 0,
      failedJobs: [],
      resumed: false,
    });
    expect(progress.at(-1)).toBe(290);
    await mergeCoverage(db, 'solana', chain.reader.fingerprint);
    expect(await listCoverage(db, 'solana', chain.reader.fingerprint)).toEqual([range]);
    const before = await dump(db.pool, await tables());
    const second = await replayRange({ ...deps(chain), range, concurrency: 4 });
    expect(second).toMatchObject({
      blocks: 290,
      events: count,
      created: 0,
      unchanged: count,
      changed: 0,
      withdrawn: 0,
    });
    expect(changesOf(before, await dump(db.pool, await tables()))).toEqual([]);
    expect(incomplete(second)).toBeNull();
  });

  test('promise 1: what a block after a skipped slot makes known is no discovery when it is read again: nothing is announced', async () => {
    expect(skipped(101)).toBe(true);
    const movedAt = [103, 104, 106];
    const chain = () => createFakeChain({ head: 300, nfts: [{ address: 'nft', mintedAt: 102, movedAt }] });
    work();
    const range = { fromBlock: 1, toBlock: 290 };
    expect(await replayRange({ ...deps(chain()), range, concurrency: 1 })).toMatchObject({ failedJobs: [] });
    expect(await events(`asset = 'nft'`)).toBe(1 + movedAt.length);
    await mergeCoverage(db, 'solana', chain().reader.fingerprint);
    const before = await dump(db.pool, await tables());
    // A process that has only the database to know it from.
    expect(await replayRange({ ...deps(chain()), range, concurrency: 4 })).toMatchObject({
      created: 0,
      changed: 0,
      withdrawn: 0,
    });
    expect(changesOf(before, await dump(db.pool, await tables()))).toEqual([]);
  });

  test('interrupted and started again it continues and forgets its progress at the end', async () => {
    const chain = createFakeChain({ head: 2100 });
    work();
    const range = { fromBlock: 1, toBlock: 2000 };
    const stop = new AbortController();
    const interrupted = replayRange({
      ...deps(chain, stop.signal),
      range,
      concurrency: 1,
      onProgress: ({ blocks }) => {
        if (blocks >= 400) stop.abort(new NdxError('INTERRUPTED', 'stop'));
      },
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await eventually(async () => expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0 }));
    const done = Number(
      (await db.pool.query('SELECT sum(to_block - from_block + 1) FROM replay_range WHERE from_block >= 0'))
        .rows[0].sum,
    );
    expect(done).toBeGreaterThanOrEqual(400);
    chain.reads.clear();
    const summary = await replayRange({ ...deps(chain), range, concurrency: 4 });
    expect(summary).toMatchObject({
      blocks: 2000,
      events: blocksIn(1, 2000),
      created: blocksIn(1, 2000),
      resumed: true,
      failedJobs: [],
    });
    expect(chain.reads.size).toBe(blocksIn(done + 1, 2000));
    expect(await replayRows()).toBe(0);
  });

  test('promise 3: a wiped queue is noticed and its jobs are added again', async () => {
    const chain = createFakeChain({ head: 3100 });
    work(async (batch, job) => {
      await sleep(50);
      return real(batch, job);
    });
    const stop = new AbortController();
    const wiping = (async () => {
      for (let times = 0; times < 5 && !stop.signal.aborted; times++) {
        await sleep(150);
        await wipe();
      }
    })();
    const summary = await replayRange({
      ...deps(chain),
      range: { fromBlock: 1, toBlock: 3000 },
      concurrency: 2,
    });
    stop.abort();
    await wiping;
    expect(summary).toMatchObject({ blocks: 3000, events: blocksIn(1, 3000), created: blocksIn(1, 3000) });
    expect(await replayRows()).toBe(0);
  });

  test('promise 8: a batch that cannot be reconciled is named; the others are done, and the next run tries only that one', async () => {
    const chain = createFakeChain({ head: 2100 });
    let poisoned = true;
    const handled: number[] = [];
    work(async (batch, job) => {
      if (poisoned && batch.fromBlock <= 600 && batch.toBlock >= 600)
        throw new NdxError('INTERNAL', 'poison');
      handled.push(batch.fromBlock);
      return real(batch, job);
    });
    const range = { fromBlock: 1, toBlock: 2000 };
    const summary = await replayRange({ ...deps(chain), range, concurrency: 4 });
    expect(summary.failedJobs).toEqual([expect.objectContaining({ reason: 'INTERNAL: poison' })]);
    expect(incomplete(summary)).toMatchObject({ code: 'REPLAY_INCOMPLETE' });
    poisoned = false;
    handled.length = 0;
    const again = await replayRange({ ...deps(chain), range, concurrency: 4 });
    expect(again).toMatchObject({ blocks: 2000, failedJobs: [], resumed: true });
    expect(handled).toEqual([summary.failedJobs[0]?.fromBlock]);
    expect(await replayRows()).toBe(0);
  });

  test('one transaction by its hash', async () => {
    const chain = createFakeChain({ head: 100 });
    work();
    expect(await replayTransaction({ ...deps(chain), locate, hash: 'tx-42' })).toMatchObject({
      blocks: 1,
      events: 1,
      created: 1,
    });
    expect(await replayTransaction({ ...deps(chain), locate, hash: 'tx-42' })).toMatchObject({
      events: 1,
      created: 0,
      unchanged: 1,
    });
    expect(await events()).toBe(1);
    expect(await listCoverage(db, 'solana', chain.reader.fingerprint)).toEqual([]);
    expect(await replayRows()).toBe(0);
    await expect(replayTransaction({ ...deps(chain), locate, hash: 'tx-999' })).rejects.toMatchObject({
      code: 'TRANSACTION_NOT_FOUND',
    });
  });

  test('a dry run tells what would change and writes nothing', async () => {
    const chain = createFakeChain({ head: 100 });
    const before = await dump(db.pool, await tables());
    const plan = (batch: Batch) => reconcile(db, batch, CONTEXT, { job: 'dry-run', dryRun: true });
    const summary = await dryRunRange({
      reader: chain.reader,
      range: { fromBlock: 1, toBlock: 90 },
      concurrency: 2,
      plan,
      signal: never,
      log: silentLog,
    });
    expect(summary).toMatchObject({ blocks: 90, events: blocksIn(1, 90), created: blocksIn(1, 90) });
    expect(summary.rows.ledger_event).toBe(blocksIn(1, 90));
    expect(
      await dryRunTransaction({ reader: chain.reader, locate, hash: 'tx-42', plan, signal: never }),
    ).toMatchObject({
      blocks: 1,
      created: 1,
    });
    expect(changesOf(before, await dump(db.pool, await tables()))).toEqual([]);
  });

  test('a range that is not final yet or upside down is refused', async () => {
    const chain = createFakeChain({ head: 100, lag: 30 });
    await expect(
      replayRange({ ...deps(chain), range: { fromBlock: 1, toBlock: 71 }, concurrency: 1 }),
    ).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    await expect(
      replayRange({ ...deps(chain), range: { fromBlock: 5, toBlock: 4 }, concurrency: 1 }),
    ).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
  });
});

describe('NFTs discovered late', () => {
  const nfts = [
    { address: 'nft-a', mintedAt: 50, movedAt: [60, 299, 300, 302] },
    { address: 'nft-b', mintedAt: 301, movedAt: [302] },
  ];
  const moves = async () =>
    (
      await db.pool.query<{ asset: string; block: string }>(
        `SELECT asset, block FROM ledger_event WHERE asset_kind = 'nft' ORDER BY asset, block`,
      )
    ).rows.map(({ asset, block }) => `${asset} ${block}`);
  const all = ['nft-a 50', 'nft-a 60', 'nft-a 299', 'nft-a 300', 'nft-a 302', 'nft-b 301', 'nft-b 302'];

  test('promise 3: live reads their moves before backfill finds their mint, and none is lost', async () => {
    const chain = createFakeChain({ head: 300, nfts });
    const stop = new AbortController();
    // The gap is held back until live has gone past the moves.
    let release = () => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    const reader = {
      ...chain.reader,
      read: (
        range: { fromBlock: number; toBlock: number },
        options: Parameters<typeof chain.reader.read>[1],
      ) =>
        range.fromBlock < 200
          ? after(held, () => chain.reader.read(range, options))
          : chain.reader.read(range, options),
    };
    const timing = { poll: 50, gaps: 50, grace: 3000, aside: 300, merge: 300 };
    const listener = createListener({
      near: 0,
      reader,
      queue,
      db,
      log: silentLog,
      policy: { finality: 'finalized', startBlock: 1 },
      timing,
    });
    work();
    const ended = listener.run(stop.signal);
    await eventually(() => expect(listener.state().next).toBe(301));
    chain.grow(302);
    await eventually(async () => expect(await moves()).toEqual(['nft-b 301', 'nft-b 302']));
    release();
    await eventually(async () =>
      expect(await listCoverage(db, 'solana', chain.reader.fingerprint)).toEqual([
        { fromBlock: 1, toBlock: 302 },
      ]),
    );
    expect(await moves()).toEqual(all);
    stop.abort();
    await ended;
    expect(await replayRows()).toBe(0);
  });

  test('promise 3: what live has just reconciled is caught up with, too, while live is still reading', async () => {
    const later = [{ address: 'nft-a', mintedAt: 50, movedAt: [60, 320] }];
    const chain = createFakeChain({ head: 300, nfts: later });
    let release = () => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    let resume = () => {};
    const stalled = new Promise<void>((done) => {
      resume = done;
    });
    const reader = {
      ...chain.reader,
      async *read(
        range: { fromBlock: number; toBlock: number },
        options: Parameters<typeof chain.reader.read>[1],
      ) {
        if (range.fromBlock < 200) await held;
        for await (const span of chain.reader.read(range, options)) {
          if (span.fromBlock === 350) await stalled;
          yield span;
        }
      },
    };
    const timing = { poll: 50, gaps: 50, grace: 3000, aside: 300, merge: 300 };
    const stop = new AbortController();
    const listener = createListener({
      near: 0,
      reader,
      queue,
      db,
      log: silentLog,
      policy: { finality: 'finalized', startBlock: 1 },
      timing,
    });
    work();
    const ended = listener.run(stop.signal);
    const covered = () => listCoverage(db, 'solana', chain.reader.fingerprint);
    await eventually(() => expect(listener.state().next).toBe(301));
    chain.grow(400);
    await eventually(async () => expect((await covered()).at(-1)?.toBlock).toBeGreaterThan(320));
    expect(await moves()).toEqual([]);
    release();
    await eventually(async () => expect((await covered())[0]).toMatchObject({ fromBlock: 1 }));
    await eventually(async () => expect((await covered())[0]?.toBlock).toBeGreaterThan(300));
    expect(await moves()).toEqual(['nft-a 50', 'nft-a 60', 'nft-a 320']);
    resume();
    stop.abort();
    await ended;
  });

  test('promise 3: lost jobs of later blocks hold nobody up, and a slow one that comes afterwards takes nothing away', async () => {
    const chain = createFakeChain({ head: 300, nfts });
    const slow = createFakeChain({ head: 300, nfts });
    const spans = slow.reader.read(
      { fromBlock: 290, toBlock: 300 },
      { finality: 'finalized', concurrency: 1, signal: new AbortController().signal },
    );
    const stamps = { knowledge: () => 0 };
    const stale: Batch[] = [];
    for await (const batch of toBatches(
      slow.reader,
      stamped(spans, stamps),
      { finality: 'finalized' },
      LIVE_LIMITS,
    ))
      stale.push(batch);
    // Whatever live enqueues first never arrives.
    const dropped = new Set<number>();
    const leaky = {
      ...queue,
      add: async (batch: Batch, options: Parameters<typeof queue.add>[1]) => {
        if (options.lane === 'backfill' || dropped.has(batch.fromBlock)) return queue.add(batch, options);
        dropped.add(batch.fromBlock);
        return 'lost';
      },
    };
    const timing = { poll: 50, gaps: 50, grace: 3000, aside: 300, merge: 300 };
    const stop = new AbortController();
    const listener = createListener({
      near: 100,
      reader: chain.reader,
      queue: leaky,
      db,
      log: silentLog,
      policy: { finality: 'finalized', startBlock: 1 },
      timing,
    });
    work();
    const ended = listener.run(stop.signal);
    const covered = async () =>
      expect(await listCoverage(db, 'solana', chain.reader.fingerprint)).toEqual([
        { fromBlock: 1, toBlock: 300 },
      ]);
    await eventually(covered);
    expect(await moves()).toEqual(all.slice(0, 4));
    for (const batch of stale) await queue.add(batch, { lane: 'live' });
    await eventually(async () => expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0 }));
    expect(await moves()).toEqual(all.slice(0, 4));
    stop.abort();
    await ended;
  });

  test('promise 3: what another job covers inside the blocks that are being read is caught up with, although they are given up', async () => {
    const chain = createFakeChain({ head: 300, nfts });
    const slow = createFakeChain({ head: 300, nfts });
    const elsewhere = slow.reader.read(
      { fromBlock: 55, toBlock: 65 },
      { finality: 'finalized', concurrency: 1, signal: never },
    );
    const stamps = { knowledge: () => 0 };
    const stale: Batch[] = [];
    for await (const batch of toBatches(
      slow.reader,
      stamped(elsewhere, stamps),
      { finality: 'finalized' },
      LIVE_LIMITS,
    ))
      stale.push(batch);
    let givenUp = 0;
    const reader = {
      ...chain.reader,
      async *read(
        range: { fromBlock: number; toBlock: number },
        options: Parameters<typeof chain.reader.read>[1],
      ) {
        for await (const span of chain.reader.read(range, options)) {
          if (span.fromBlock === 50 && givenUp === 0)
            for (const batch of stale) await real(batch, 'elsewhere');
          if (span.fromBlock === 52 && givenUp++ === 0)
            throw new NdxError('BLOCK_UNAVAILABLE', 'block 52: not now', { retryable: true });
          yield span;
        }
      },
    };
    const timing = { poll: 50, gaps: 50, grace: 3000, aside: 300, merge: 300 };
    const stop = new AbortController();
    const listener = createListener({
      near: 0,
      reader,
      queue,
      db,
      log: silentLog,
      policy: { finality: 'finalized', startBlock: 1 },
      timing,
    });
    work();
    const ended = listener.run(stop.signal);
    const covered = async () =>
      expect(await listCoverage(db, 'solana', chain.reader.fingerprint)).toEqual([
        { fromBlock: 1, toBlock: 300 },
      ]);
    await eventually(covered);
    expect(givenUp).toBeGreaterThan(0);
    expect(await moves()).toEqual(all.slice(0, 4));
    stop.abort();
    await ended;
  });

  test.each(['finalized', 'confirmed'] as const)(
    'promise 3: who reads on (%s) while the job of a mint that live has read is still under way, without knowing it, takes nothing away',
    async (finality) => {
      const chain = createFakeChain({ head: 40, lag: finality === 'confirmed' ? 5 : 0, nfts });
      const slow = createFakeChain({ head: 300, nfts });
      const elsewhere = slow.reader.read(
        { fromBlock: 55, toBlock: 65 },
        { finality: 'finalized', concurrency: 1, signal: never },
      );
      const stale: Batch[] = [];
      const stamps = { knowledge: () => 0 };
      for await (const batch of toBatches(
        slow.reader,
        stamped(elsewhere, stamps),
        { finality: 'finalized' },
        LIVE_LIMITS,
      ))
        stale.push(batch);
      let lost = 0;
      const mint = (batch: Batch) => batch.fromBlock <= 50 && batch.toBlock >= 50;
      const timing = { poll: 50, gaps: 50, grace: 3000, aside: 300, merge: 300 };
      const stop = new AbortController();
      const leaky = {
        ...queue,
        // The mint's job is lost at first, as when a queue is wiped.
        add: async (batch: Batch, options: Parameters<typeof queue.add>[1]) => {
          if (mint(batch) && batch.finality === 'finalized' && lost++ === 0) return 'lost';
          return queue.add(batch, options);
        },
      };
      const listener = createListener({
        near: 100,
        reader: chain.reader,
        queue: leaky,
        db,
        log: silentLog,
        policy: { finality, startBlock: 1 },
        timing,
      });
      work();
      const ended = listener.run(stop.signal);
      await eventually(() => expect(listener.state().next).toBe(41));
      chain.grow(90);
      const covered = async (to: number) =>
        expect(
          (await listCoverage(db, 'solana', chain.reader.fingerprint)).some(
            ({ fromBlock, toBlock }) => fromBlock <= 60 && toBlock >= to,
          ),
        ).toBe(true);
      await eventually(() => covered(80));
      for (const batch of stale) await queue.add(batch, { lane: 'live' });
      await eventually(async () =>
        expect((await listCoverage(db, 'solana', chain.reader.fingerprint))[0]).toMatchObject({
          fromBlock: 1,
        }),
      );
      await eventually(async () => expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0 }));
      await eventually(async () =>
        expect((await listCoverage(db, 'solana', chain.reader.fingerprint))[0]?.toBlock).toBeGreaterThan(79),
      );
      expect(lost).toBeGreaterThan(0);
      expect(await moves()).toEqual(['nft-a 50', 'nft-a 60']);
      stop.abort();
      await ended;
    },
  );

  test('a replay of the mint alone brings their later moves too', async () => {
    const first = createFakeChain({ head: 302, nfts });
    work();
    await replayRange({ ...deps(first), range: { fromBlock: 200, toBlock: 302 }, concurrency: 2 });
    expect(await moves()).toEqual(['nft-b 301', 'nft-b 302']);
    const second = createFakeChain({ head: 302, nfts });
    await replayRange({ ...deps(second), range: { fromBlock: 40, toBlock: 100 }, concurrency: 2 });
    expect(await moves()).toEqual(all);
  });

  test('a new process follows what the ledger already holds', async () => {
    work();
    await replayRange({
      ...deps(createFakeChain({ head: 100, nfts })),
      range: { fromBlock: 40, toBlock: 100 },
      concurrency: 2,
    });
    expect(await moves()).toEqual(['nft-a 50', 'nft-a 60']);
    await replayRange({
      ...deps(createFakeChain({ head: 302, nfts })),
      range: { fromBlock: 200, toBlock: 302 },
      concurrency: 2,
    });
    expect(await moves()).toEqual(all);
  });
});

describe('NFTs that a followed collection vouches for after their mint', () => {
  const nfts = [
    { address: 'nft-a', mintedAt: 50, movedAt: [60, 299, 300, 320], verifiedAt: 301 },
    { address: 'nft-b', mintedAt: 301, movedAt: [302] },
    { address: 'nft-c', mintedAt: 40, movedAt: [42, 44, 260], verifiedAt: 43 },
  ];
  const told = async () =>
    (
      await db.pool.query<{ asset: string; kind: string; block: string }>(
        `SELECT asset, kind, block FROM ledger_event WHERE asset_kind = 'nft' ORDER BY asset, block`,
      )
    ).rows.map(({ asset, kind, block }) => `${asset} ${kind} ${block}`);
  const c = ['nft-c mint 40', 'nft-c transfer 42', 'nft-c transfer 44', 'nft-c transfer 260'];
  const all = [
    ...['nft-a mint 50', 'nft-a transfer 60', 'nft-a transfer 299', 'nft-a transfer 300'],
    ...['nft-a update 301', 'nft-a transfer 320', 'nft-b mint 301', 'nft-b transfer 302'],
    ...c,
  ];
  const timing = { poll: 50, gaps: 50, grace: 3000, aside: 300, merge: 300 };

  test.each(['live, at the tip', 'while gaps are filled'])(
    'promise 3: found %s, their mint and the moves between are fetched',
    async (where) => {
      expect(nfts.flatMap(({ movedAt }) => movedAt).some(skipped)).toBe(false);
      const chain = createFakeChain({ head: where === 'live, at the tip' ? 300 : 330, nfts });
      const stop = new AbortController();
      const listener = createListener({
        ...{ near: 0, reader: chain.reader, queue, db, log: silentLog, timing },
        policy: { finality: 'finalized', startBlock: 1 },
      });
      work();
      const ended = listener.run(stop.signal);
      const covered = (toBlock: number) =>
        eventually(async () =>
          expect(await listCoverage(db, 'solana', chain.reader.fingerprint)).toEqual([
            { fromBlock: 1, toBlock },
          ]),
        );
      if (where === 'live, at the tip') {
        await covered(300);
        expect((await told()).filter((text) => !text.startsWith('nft-c'))).toEqual([]);
        chain.grow(330);
      }
      await covered(330);
      expect((await told()).toSorted()).toEqual([...all, 'nft-c update 43'].toSorted());
      stop.abort();
      await ended;
    },
  );

  test('promise 1: an empty database that is replayed holds the same, and a second replay changes nothing', async () => {
    work();
    const range = { fromBlock: 1, toBlock: 320 };
    for (const chain of [createFakeChain({ head: 330, nfts }), createFakeChain({ head: 330, nfts })])
      expect(await replayRange({ ...deps(chain), range, concurrency: 4 })).toMatchObject({ failedJobs: [] });
    expect((await told()).toSorted()).toEqual([...all, 'nft-c update 43'].toSorted());
    const before = await dump(db.pool, await tables());
    await replayRange({ ...deps(createFakeChain({ head: 330, nfts })), range, concurrency: 4 });
    expect(changesOf(before, await dump(db.pool, await tables()))).toEqual([]);
  });

  test('promise 1: a process that starts later reads the blocks before the update with them', async () => {
    work();
    const range = (fromBlock: number, toBlock: number) => ({ fromBlock, toBlock });
    await replayRange({
      ...deps(createFakeChain({ head: 330, nfts })),
      range: range(290, 320),
      concurrency: 2,
    });
    await replayRange({
      ...deps(createFakeChain({ head: 330, nfts })),
      range: range(1, 289),
      concurrency: 2,
    });
    expect((await told()).toSorted()).toEqual([...all, 'nft-c update 43'].toSorted());
  });
});

async function* after<T>(held: Promise<void>, spans: () => AsyncIterable<T>): AsyncGenerator<T> {
  await held;
  yield* spans();
}
