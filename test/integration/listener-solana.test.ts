/**
 * The Solana listener against the devnet's real programs and traffic: it starts in the middle of a running
 * history, and the ledger ends as a replay of the whole history on an empty database leaves it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadNetwork, type Network } from '../../config/networks.js';
import { createListener } from '../../src/listener/listener.js';
import { projectionContextOf } from '../../src/process/parts.js';
import { locateTransactions } from '../../src/projections/locate.js';
import { type BatchQueue, createQueue } from '../../src/queue/queue.js';
import { type BatchWorker, createWorker } from '../../src/queue/worker.js';
import { createSolanaReader, type SolanaReader } from '../../src/readers/solana/reader.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { replayRange, replayTransaction } from '../../src/replay/range.js';
import { listCoverage } from '../../src/store/coverage/coverage.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { startDevnet } from '../../workers/devnet.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { dump } from '../support/dump.js';
import { eventually } from '../support/eventually.js';
import { silentLog } from '../support/silent-log.js';

interface Side {
  readonly database: TestDatabase;
  readonly db: Database;
  readonly queue: BatchQueue;
  readonly worker: BatchWorker;
}

let directory: string;
let devnet: Awaited<ReturnType<typeof startDevnet>>;
let network: Network;
const sides: Side[] = [];
const readers: SolanaReader[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ndx-ingest-'));
  network = loadNetwork('devnet', join(import.meta.dirname, '../../config/networks'));
  devnet = await startDevnet({
    dataDir: directory,
    host: '127.0.0.1',
    port: 0,
    seed: 'ingest',
    slotMilliseconds: 100,
    transactionsPerSecond: 40,
  });
});

afterAll(async () => {
  for (const { worker, queue, db, database } of sides) {
    await worker.close();
    await queue.close();
    await db.close();
    await database.drop();
  }
  for (const reader of readers) await reader.close();
  await devnet?.close();
  await rm(directory, { recursive: true, force: true });
});

async function side(): Promise<Side> {
  const database = await createTestDatabase();
  const db = createDatabase({ url: database.url, poolSize: 6 });
  const backend = { kind: 'postgres', url: database.url } as const;
  const queue = createQueue({ backend, chain: 'solana', log: silentLog });
  await queue.ready();
  const projections = projectionContextOf(network);
  const worker = createWorker({
    backend,
    chain: 'solana',
    concurrency: 3,
    log: silentLog,
    handle: (batch, job) => reconcile(db, batch, projections, { job }),
  });
  const made = { database, db, queue, worker };
  sides.push(made);
  return made;
}

function reader(): SolanaReader {
  if (!network.solana) throw new Error('the devnet configuration follows no Solana');
  const made = createSolanaReader({
    endpoints: [{ url: devnet.url, wsUrl: devnet.wsUrl }],
    follow: network.solana.follow,
    log: silentLog,
  });
  readers.push(made);
  return made;
}

const ledger = async (db: Database): Promise<string[]> =>
  (await dump(db.pool, ['ledger_event'], ['job', 'source'])).ledger_event ?? [];

test('2 and 3: started in the middle of a history, the listener leaves the ledger that a replay of everything leaves', async () => {
  await sleep(8000);
  const live = await side();
  const chain = reader();
  // Backfill waits until live has read moves of NFTs whose mints it has not seen.
  const start = (await chain.tip(new AbortController().signal)).finalized;
  const held = sleep(4000);
  const heldBack: SolanaReader = {
    ...chain,
    read: (range, options) =>
      range.fromBlock < start ? after(held, () => chain.read(range, options)) : chain.read(range, options),
  };
  const listener = createListener({
    near: 0,
    reader: heldBack,
    queue: live.queue,
    db: live.db,
    log: silentLog,
    policy: { finality: 'finalized', startBlock: 0 },
    timing: { poll: 200, gaps: 200 },
  });
  const stop = new AbortController();
  const ended = listener.run(stop.signal);
  await sleep(5000);
  const never = new AbortController().signal;
  const { finalized: end } = await chain.tip(never);
  await eventually(async () => {
    const [first, ...more] = await listCoverage(live.db, 'solana', chain.fingerprint);
    expect(more).toEqual([]);
    expect(first?.fromBlock).toBe(0);
    expect(first?.toBlock).toBeGreaterThanOrEqual(end);
  });
  stop.abort();
  await ended;
  expect(listener.state().lastError).toBeNull();
  await eventually(async () =>
    expect(await live.queue.counts()).toMatchObject({ waiting: 0, active: 0, delayed: 0, failed: 0 }),
  );
  const last = (await listCoverage(live.db, 'solana', chain.fingerprint))[0]?.toBlock ?? 0;

  const fresh = await side();
  const summary = await replayRange({
    reader: reader(),
    queue: fresh.queue,
    db: fresh.db,
    log: silentLog,
    signal: never,
    range: { fromBlock: 0, toBlock: last },
    concurrency: 4,
  });
  expect(summary.failedJobs).toEqual([]);
  const expected = await ledger(fresh.db);
  expect(expected.length).toBeGreaterThan(100);
  const kinds = (
    await fresh.db.pool.query<{ kind: string }>(
      `SELECT DISTINCT asset_kind || ' ' || kind AS kind FROM ledger_event`,
    )
  ).rows.map((row) => row.kind);
  expect(kinds).toEqual(
    expect.arrayContaining(['nft mint', 'nft transfer', 'token transfer', 'token stake', 'nft sale']),
  );
  const found = await ledger(live.db);
  expect(found.filter((row) => !expected.includes(row))).toEqual([]);
  expect(expected.filter((row) => !found.includes(row))).toEqual([]);

  const hash = (
    await fresh.db.pool.query<{ hash: string }>(
      `SELECT transaction_hash AS hash FROM ledger_event WHERE asset_kind = 'nft' AND kind = 'transfer' LIMIT 1`,
    )
  ).rows[0]?.hash;
  const one = await replayTransaction({
    reader: reader(),
    queue: fresh.queue,
    db: fresh.db,
    log: silentLog,
    signal: never,
    locate: (name) => locateTransactions(fresh.db, name, 'solana'),
    hash: hash ?? '',
  });
  expect(one).toMatchObject({ created: 0, changed: 0, withdrawn: 0, failedJobs: [] });
  expect(one.unchanged).toBeGreaterThan(0);
});

async function* after<T>(held: Promise<unknown>, spans: () => AsyncIterable<T>): AsyncGenerator<T> {
  await held;
  yield* spans();
}
