/**
 * Two Solana endpoints over real HTTP of which one shows less of a block, with the real queue, reconcile and
 * tables: what they contradict each other about is not covered, waits as a gap that says why, and heals.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createListener, type Listener } from '../../src/listener/listener.js';
import { listeningProblems } from '../../src/process/health/listening.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import { type BatchQueue, createQueue } from '../../src/queue/queue.js';
import { type BatchWorker, createWorker } from '../../src/queue/worker.js';
import { createSolanaReader, type SolanaReader } from '../../src/readers/solana/reader.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { listAllCoverage } from '../../src/store/coverage/coverage.js';
import { sumOwed } from '../../src/store/coverage/owed-checks.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { CONTEXT } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import {
  address,
  type FakeRpc,
  fakeChain,
  fakeTransaction,
  signatureOf,
  startFakeRpc,
} from '../support/fake-solana-rpc.js';
import { silentLog } from '../support/silent-log.js';

const OURS = address(42);
const SLOTS = Array.from({ length: 21 }, (_, at) => at + 10);
const HEAD = 29;
const transactionsOf = (slot: number) =>
  [0, 100].map((more) => fakeTransaction(signatureOf(slot + more), [address(3), OURS, address(2)]));
const removing = (lied: number) => (slot: number) => transactionsOf(slot).slice(0, slot === lied ? 1 : 2);

let database: TestDatabase;
let db: Database;
let queue: BatchQueue;
let worker: BatchWorker;
let honest: FakeRpc;
let liar: FakeRpc;
const readers: SolanaReader[] = [];
const running: { readonly stop: AbortController; readonly ended: Promise<unknown> }[] = [];

beforeEach(async () => {
  honest = await startFakeRpc(fakeChain(SLOTS, transactionsOf));
  liar = await startFakeRpc(fakeChain(SLOTS, transactionsOf));
  for (const rpc of [honest, liar]) rpc.head = HEAD;
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, poolSize: 6 });
  const backend: QueueBackend = { kind: 'postgres', url: database.url };
  queue = createQueue({ backend, chain: 'solana', log: silentLog });
  await queue.ready();
  const handle = (batch: Parameters<typeof reconcile>[1], job: string) =>
    reconcile(db, batch, CONTEXT, { job });
  worker = createWorker({ backend, chain: 'solana', concurrency: 2, log: silentLog, handle });
});

afterEach(async () => {
  for (const { stop, ended } of running.splice(0)) {
    stop.abort();
    await ended;
  }
  for (const reader of readers.splice(0)) await reader.close();
  await worker.close();
  await queue.close();
  await db.close();
  await database.drop();
  await Promise.all([honest.close(), liar.close()]);
});

function listen(finality: 'confirmed' | 'finalized'): Listener {
  const reader = createSolanaReader({
    endpoints: [liar, honest].map(({ url }) => ({ url, wsUrl: null })),
    follow: {
      programs: [],
      tokens: [{ symbol: 'OUR', mint: OURS, decimals: 6 }],
      nfts: { mints: [], collections: [], creators: [], all: false },
    },
    log: silentLog,
    retries: 1,
    backoffMs: 5,
    headsEveryMs: 100,
    timeouts: { blockMs: 2_000, smallMs: 2_000 },
  });
  readers.push(reader);
  const listener = createListener({
    reader,
    queue,
    db,
    log: silentLog,
    policy: { finality, startBlock: 10 },
    timing: { poll: 50, gaps: 50, grace: 3000, aside: 100, merge: 100, denied: 600 },
  });
  const stop = new AbortController();
  running.push({ stop, ended: listener.run(stop.signal).catch((error: unknown) => error) });
  return listener;
}

async function covered(): Promise<number[]> {
  const ranges = await listAllCoverage(db, 'solana');
  return ranges.flatMap(({ fromBlock, toBlock }) =>
    Array.from({ length: toBlock - fromBlock + 1 }, (_, at) => fromBlock + at),
  );
}

const wanted = (to: number) => Array.from({ length: to - 9 }, (_, at) => at + 10);
const until = (blocks: readonly number[]) =>
  eventually(async () => expect(await covered()).toEqual(blocks), { what: 'what is covered' });

test('promise 4: a block that endpoints contradict each other about is a gap that says why, and heals', async () => {
  liar.chain = fakeChain(SLOTS, removing(15));
  const listener = listen('finalized');
  await until(wanted(HEAD).filter((slot) => slot !== 15));
  const { gaps } = await eventually(
    async () => {
      const state = listener.state();
      expect(state.lastError).toMatchObject({
        code: 'SOURCES_DISAGREE',
        message: expect.stringMatching(/block 15.*http:.*http:/),
      });
      return state;
    },
    { what: 'the listener to say why' },
  );
  expect(gaps).toEqual([{ fromBlock: 15, toBlock: 15 }]);
  liar.chain = fakeChain(SLOTS, transactionsOf);
  await until(wanted(HEAD));
});

test('promise 4: a newest block that endpoints contradict each other about is waited for, and not ready', async () => {
  liar.chain = fakeChain(SLOTS, removing(HEAD));
  const listener = listen('finalized');
  await until(wanted(HEAD - 1));
  const ready = () => listeningProblems(listener.state(), 60_000);
  await eventually(async () => expect(ready()).toEqual([expect.stringContaining(`block ${HEAD}`)]), {
    what: 'the listener to be unready',
  });
  liar.chain = fakeChain(SLOTS, transactionsOf);
  await until(wanted(HEAD));
  await eventually(async () => expect(ready()).toEqual([]), { what: 'the listener to be ready' });
});

test.each(['finalized', 'confirmed'] as const)(
  'promise 3: what was believed of one endpoint at %s is read again when the other contradicts it',
  async (finality) => {
    liar.chain = fakeChain(SLOTS, removing(15));
    honest.fault = (method) => (method === 'getBlock' ? { stall: true } : undefined);
    listen(finality);
    // The second word does not come: nobody waits for it longer than a moment.
    await until(wanted(HEAD));
    honest.fault = () => undefined;
    await until(wanted(HEAD).filter((slot) => slot !== 15));
    const { rows } = await db.pool.query<{ key: string }>(
      `SELECT key FROM audit_entry WHERE action = 'withdraw' AND reason LIKE 'another endpoint%'`,
    );
    expect(rows).toEqual([{ key: 'blocks=15..15' }]);
    liar.chain = fakeChain(SLOTS, transactionsOf);
    await until(wanted(HEAD));
  },
);

test('promise 3: a listener that is killed before the second word takes nothing along: the next one settles it', async () => {
  liar.chain = fakeChain(SLOTS, removing(15));
  honest.fault = (method) => (method === 'getBlock' ? { stall: true } : undefined);
  listen('finalized');
  await until(wanted(HEAD));
  expect((await sumOwed(db, 'solana')).count).toBeGreaterThan(0);
  for (const { stop, ended } of running.splice(0)) {
    stop.abort();
    await ended;
  }
  honest.fault = () => undefined;
  const listener = listen('finalized');
  await until(wanted(HEAD).filter((slot) => slot !== 15));
  liar.chain = fakeChain(SLOTS, transactionsOf);
  await until(wanted(HEAD));
  await eventually(async () => expect(listener.state().owed).toEqual({ count: 0, since: null }), {
    what: 'nothing to be owed',
  });
});
