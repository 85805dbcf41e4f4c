/**
 * The TON listener against the devnet's real contracts and traffic: it starts in the middle of a running
 * history, is started again with all its memory gone, and the ledger ends as a replay of the whole history on
 * an empty database leaves it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadNetwork, type Network } from '../../config/networks.js';
import { createDirectoryArchive } from '../../src/archive/directory.js';
import { createListener, type Listener } from '../../src/listener/listener.js';
import { projectionContextOf } from '../../src/process/parts.js';
import { type BatchQueue, createQueue } from '../../src/queue/queue.js';
import { type BatchWorker, createWorker } from '../../src/queue/worker.js';
import type { BlockDecoder, ChainReader } from '../../src/readers/reader.js';
import { createTonBlockDecoder } from '../../src/readers/ton/decoder.js';
import { createTonReader, type TonReader } from '../../src/readers/ton/reader.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { replayArchive } from '../../src/replay/archive.js';
import { replayRange } from '../../src/replay/range.js';
import { listCoverage } from '../../src/store/coverage/coverage.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { listDiscovered } from '../../src/store/discovered.js';
import { startDevnet } from '../../workers/devnet.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { dump } from '../support/dump.js';
import { eventually } from '../support/eventually.js';
import { silentLog } from '../support/silent-log.js';

const never = new AbortController().signal;

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
const readers: TonReader[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ndx-ingest-ton-'));
  network = loadNetwork('devnet', join(import.meta.dirname, '../../config/networks'));
  devnet = await startDevnet({
    dataDir: directory,
    host: '127.0.0.1',
    port: 0,
    tonPort: 0,
    seed: 'ingest ton',
    slotMilliseconds: 200,
    transactionsPerSecond: 8,
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
  const queue = createQueue({ backend, chain: 'ton', log: silentLog });
  await queue.ready();
  const projections = projectionContextOf(network);
  const worker = createWorker({
    backend,
    chain: 'ton',
    concurrency: 3,
    log: silentLog,
    handle: (batch, job) => reconcile(db, batch, projections, { job }),
  });
  const made = { database, db, queue, worker };
  sides.push(made);
  return made;
}

/** Has nobody to ask. */
function archivedDecoder(): BlockDecoder {
  if (!network.ton) throw new Error('the devnet configuration follows no TON');
  return createTonBlockDecoder({ follow: network.ton.follow });
}

function reader(
  kinds: readonly ('v4' | 'toncenter-v3' | 'toncenter-v2')[] = ['v4', 'toncenter-v3', 'toncenter-v2'],
): TonReader {
  if (!network.ton || !devnet.tonUrl) throw new Error('the devnet configuration follows no TON');
  const url = devnet.tonUrl;
  const made = createTonReader({
    endpoints: kinds.map((kind) => ({ kind, url })),
    follow: network.ton.follow,
    log: silentLog,
  });
  readers.push(made);
  return made;
}

const ledger = async (db: Database): Promise<string[]> =>
  (await dump(db.pool, ['ledger_event'], ['job', 'source'])).ledger_event ?? [];

const without = (rows: readonly string[], others: readonly string[]): string[] =>
  rows.filter((row) => !others.includes(row));

function listen(side: Side, chain: ChainReader): { readonly listener: Listener; stop(): Promise<void> } {
  const listener = createListener({
    near: 0,
    reader: chain,
    queue: side.queue,
    db: side.db,
    log: silentLog,
    policy: { finality: 'finalized', startBlock: 1 },
    timing: { poll: 200, gaps: 200 },
    archive: createDirectoryArchive(join(directory, 'archive')),
  });
  const controller = new AbortController();
  const ended = listener.run(controller.signal);
  return {
    listener,
    stop: async () => {
      controller.abort();
      await ended;
    },
  };
}

async function covered(side: Side, fingerprint: string, upTo: number): Promise<number> {
  let last = 0;
  await eventually(async () => {
    const [first, ...more] = await listCoverage(side.db, 'ton', fingerprint);
    expect(more).toEqual([]);
    expect(first?.fromBlock).toBe(1);
    expect(first?.toBlock).toBeGreaterThanOrEqual(upTo);
    last = first?.toBlock ?? 0;
  });
  return last;
}

async function drained({ queue }: Side): Promise<void> {
  await eventually(async () =>
    expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, delayed: 0, failed: 0 }),
  );
}

test('2 and 3: started in the middle of a history and started again, the listener leaves the ledger that a replay of everything leaves', async () => {
  await sleep(10_000);
  const live = await side();
  const chain = reader();
  const start = (await chain.tip(never)).finalized;
  // Backfill waits until live has read transfers between wallets that were given their jettons before.
  const held = sleep(6_000);
  const heldBack: ChainReader = {
    ...chain,
    async *read(range, options) {
      if (range.fromBlock < start) await held;
      yield* chain.read(range, options);
    },
  };
  const first = listen(live, heldBack);
  await sleep(9_000);
  // However slow the machine is: until live has found something.
  await eventually(async () =>
    expect((await listDiscovered(live.db, 'ton', 'accounts')).size).toBeGreaterThan(0),
  );
  await first.stop();
  // Nobody leads here, so nobody would refuse what the one that stopped has left behind.
  await drained(live);
  const known = (await listDiscovered(live.db, 'ton', 'accounts')).size;
  expect(known).toBeGreaterThan(0);

  // All memory gone, and only one API left.
  const second = reader(['v4']);
  const again = listen(live, second);
  await sleep(4_000);
  const { finalized: end } = await second.tip(never);
  await covered(live, second.fingerprint, end);
  // Both of its loops may have found accounts at once and read again: whatever it was is over.
  await eventually(() => expect(again.listener.state().lastError).toBeNull());
  await again.stop();
  await drained(live);
  const last = (await listCoverage(live.db, 'ton', second.fingerprint))[0]?.toBlock ?? 0;

  const fresh = await side();
  const summary = await replayRange({
    reader: reader(['toncenter-v3', 'v4']),
    queue: fresh.queue,
    db: fresh.db,
    log: silentLog,
    signal: never,
    range: { fromBlock: 1, toBlock: last },
    concurrency: 4,
  });
  expect(summary.failedJobs).toEqual([]);
  expect(summary.events).toBeGreaterThan(20);
  const [told, whole] = [await ledger(live.db), await ledger(fresh.db)];
  expect({ missing: without(whole, told), besides: without(told, whole) }).toEqual({
    missing: [],
    besides: [],
  });
  // Live may have found more in the blocks that it read last and did not hand on.
  const found = async (db: Database) =>
    [...(await listDiscovered(db, 'ton', 'accounts'))]
      .flatMap(([address, since]) => (since <= last ? [address] : []))
      .sort();
  expect(await found(live.db)).toEqual(await found(fresh.db));

  // And so does the archive that both listeners kept, accounts that were discovered late and all, without
  // anybody to ask.
  const offline = await side();
  const archive = createDirectoryArchive(join(directory, 'archive'));
  const replayed = () =>
    replayArchive({
      reader: archivedDecoder(),
      queue: offline.queue,
      db: offline.db,
      log: silentLog,
      signal: never,
      range: { fromBlock: 1, toBlock: last },
      concurrency: 4,
      archive,
    });
  expect(await replayed()).toMatchObject({ failedJobs: [], unchanged: 0, events: whole.length });
  const archived = await ledger(offline.db);
  expect({ missing: without(whole, archived), besides: without(archived, whole) }).toEqual({
    missing: [],
    besides: [],
  });
  expect(await found(offline.db)).toEqual(await found(fresh.db));
  // Promise 1: once more changes nothing.
  expect(await replayed()).toMatchObject({ failedJobs: [], created: 0, changed: 0, withdrawn: 0 });
});
