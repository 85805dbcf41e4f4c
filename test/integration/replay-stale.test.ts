/**
 * A changed configuration makes what was read before stale: visible, left alone by the listener, brought up
 * to date on request.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createListener } from '../../src/listener/listener.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import { type BatchQueue, createQueue } from '../../src/queue/queue.js';
import { createWorker } from '../../src/queue/worker.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { replayStale } from '../../src/replay/stale.js';
import { listCoverage, listStale } from '../../src/store/coverage/coverage.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { CONTEXT } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { createFakeChain } from '../support/fake-chain.js';
import { silentLog } from '../support/silent-log.js';

let database: TestDatabase;
let db: Database;
let queue: BatchQueue;
let close: () => Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, poolSize: 6 });
  const backend: QueueBackend = { kind: 'postgres', url: database.url };
  queue = createQueue({ backend, chain: 'solana', log: silentLog });
  await queue.ready();
  const handle = (batch: Parameters<typeof reconcile>[1], job: string) =>
    reconcile(db, batch, CONTEXT, { job });
  const worker = createWorker({ backend, chain: 'solana', concurrency: 4, log: silentLog, handle });
  close = () => worker.close();
});

afterAll(async () => {
  await close();
  await queue.close();
  await db.close();
  await database.drop();
});

test('a new fingerprint: stale is told, not read again by itself, and gone after ndx replay --stale', async () => {
  const chain = createFakeChain({ head: 200 });
  const listen = async (reader: typeof chain.reader, until: () => Promise<void>) => {
    const stop = new AbortController();
    const listener = createListener({
      reader,
      queue,
      db,
      log: silentLog,
      policy: { finality: 'finalized', startBlock: 1 },
      timing: { poll: 50, gaps: 50, merge: 100 },
    });
    const ended = listener.run(stop.signal);
    await eventually(until);
    // The state tells of the last look at coverage, which may have been before the last job was done.
    await eventually(() => expect(listener.state().gaps).toEqual([]));
    const state = listener.state();
    stop.abort();
    await ended;
    return state;
  };
  const covered = (fingerprint: string) => listCoverage(db, 'solana', fingerprint);
  await listen(chain.reader, async () =>
    expect(await covered(chain.reader.fingerprint)).toEqual([{ fromBlock: 1, toBlock: 200 }]),
  );

  const changed = { ...chain.reader, fingerprint: 'changed000000000' };
  chain.reads.clear();
  chain.grow(222);
  const state = await listen(changed, async () => {
    expect(await covered('changed000000000')).toEqual([{ fromBlock: 201, toBlock: 222 }]);
    // Several looks at coverage later.
    expect(await listStale(db, 'solana', 'changed000000000')).toEqual([{ fromBlock: 1, toBlock: 200 }]);
  });
  expect(state.gaps).toEqual([]);
  expect(Math.min(...chain.reads.keys())).toBeGreaterThan(200);

  const deps = {
    reader: changed,
    queue,
    db,
    log: silentLog,
    signal: new AbortController().signal,
    concurrency: 4,
  };
  expect(await replayStale({ ...deps, within: { fromBlock: 50, toBlock: 99 } })).toMatchObject({
    blocks: 50,
    failedJobs: [],
  });
  expect(await listStale(db, 'solana', 'changed000000000')).toEqual([
    { fromBlock: 1, toBlock: 49 },
    { fromBlock: 100, toBlock: 200 },
  ]);
  expect(
    await replayStale({ ...deps, within: { fromBlock: 0, toBlock: Number.MAX_SAFE_INTEGER } }),
  ).toMatchObject({
    blocks: 150,
    created: 0,
  });
  expect(await listStale(db, 'solana', 'changed000000000')).toEqual([]);
  expect(await covered('changed000000000')).toEqual([{ fromBlock: 1, toBlock: 222 }]);
  expect(await covered(chain.reader.fingerprint)).toEqual([]);
});
