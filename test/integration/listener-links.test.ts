/**
 * Endpoints that answer for another chain, and tips that are none, with the real queue, reconcile and tables:
 * nothing false stays, and nothing of ours is missing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Batch } from '../../src/events/batch.js';
import { createListener, type Listener } from '../../src/listener/listener.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import { type BatchQueue, createQueue } from '../../src/queue/queue.js';
import { type BatchWorker, createWorker } from '../../src/queue/worker.js';
import { toBatches } from '../../src/readers/batches.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { readChainState } from '../../src/store/chain-state.js';
import { listStretches } from '../../src/store/coverage/links.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { CONTEXT } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { silentLog } from '../support/silent-log.js';
import { createTwoChains, type TwoChains } from '../support/two-chains.js';

const TIMING = { poll: 50, gaps: 50, grace: 3000, aside: 300, merge: 200, denied: 600 };
let database: TestDatabase;
let db: Database;
let queue: BatchQueue;
let worker: BatchWorker;
const running: { readonly stop: AbortController; readonly ended: Promise<unknown> }[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, poolSize: 6 });
  const backend: QueueBackend = { kind: 'postgres', url: database.url };
  queue = createQueue({ backend, chain: 'solana', log: silentLog });
  await queue.ready();
  const handle = (batch: Batch, job: string) => reconcile(db, batch, CONTEXT, { job });
  worker = createWorker({ backend, chain: 'solana', concurrency: 2, log: silentLog, handle });
});

afterEach(async () => {
  for (const { stop, ended } of running.splice(0)) {
    stop.abort();
    await ended;
  }
  await worker.close();
  await queue.close();
  await db.close();
  await database.drop();
});

function listen(chain: TwoChains, timing: Partial<typeof TIMING> = {}): Listener {
  const listener = createListener({
    reader: chain.reader,
    queue,
    db,
    log: silentLog,
    policy: { finality: 'finalized', startBlock: 1 },
    timing: { ...TIMING, ...timing },
  });
  const stop = new AbortController();
  running.push({ stop, ended: listener.run(stop.signal).catch((error: unknown) => error) });
  return listener;
}

async function ledger(): Promise<{ readonly blocks: number[]; readonly lies: number }> {
  const { rows } = await db.pool.query<{ block: string; transaction_hash: string }>(
    'SELECT block, transaction_hash FROM ledger_event ORDER BY block',
  );
  const lies = rows.filter(({ transaction_hash: hash }) => hash.startsWith('false')).length;
  return { blocks: rows.map(({ block }) => Number(block)), lies };
}

const upTo = (head: number) => Array.from({ length: head }, (_, at) => at + 1);
/** As long as it gets on; how fast says nothing. */
const soon = (check: () => Promise<void>) => eventually(check);
const complete = (head: number) =>
  soon(async () => expect(await ledger()).toEqual({ blocks: upTo(head), lies: 0 }));

/** Reconciles a range as a listener did that believed the other chain. */
async function believe(chain: TwoChains, fromBlock: number, toBlock: number): Promise<void> {
  const { reader } = chain;
  chain.of = 'theirs';
  const signal = new AbortController().signal;
  const spans = reader.read({ fromBlock, toBlock }, { finality: 'finalized', concurrency: 1, signal });
  for await (const batch of toBatches(reader, spans, { finality: 'finalized' }, reader.backfill))
    await reconcile(db, batch, CONTEXT, { job: 'before' });
  chain.of = 'ours';
}

describe('the endpoint answers for another chain', () => {
  for (const foreign of [true, false]) {
    const whose = foreign
      ? 'with another first block'
      : 'with the same first block and other blocks after it';
    test(`promise 6: for a while, one ${whose}: nothing of it is written, and afterwards nothing is missing`, async () => {
      const chain = createTwoChains(40);
      chain.foreign = foreign;
      const listener = listen(chain, { denied: 120_000 });
      await complete(40);
      chain.of = 'theirs';
      // Further ahead than live follows block by block: it would jump there.
      chain.head = 700;
      await soon(async () => expect(listener.state().lastError).not.toBeNull());
      // Long enough for more failures in a row than live has patience for.
      await sleep(8000);
      expect((await ledger()).lies).toBe(0);
      expect(listener.state().lastError?.code).toBe(foreign ? 'RPC_WRONG_CHAIN' : 'BLOCK_UNAVAILABLE');
      chain.of = 'ours';
      await complete(700);
    });
  }

  test('promise 9: what was written of it before heals by itself: the stretches do not follow upon each other', async () => {
    const chain = createTwoChains(120);
    await believe(chain, 51, 80);
    expect((await ledger()).lies).toBe(30);
    listen(chain);
    await complete(120);
    await soon(async () => {
      expect(await listStretches(db, 'solana')).toMatchObject([
        { fromBlock: 1, toBlock: 120, last: { block: 120, hash: 'hash-120' } },
      ]);
    });
    const { rows } = await db.pool.query('SELECT action, key FROM audit_entry');
    expect(rows).toEqual([{ action: 'withdraw', key: 'blocks=51..80' }]);
  });

  test('promise 4: live does not go on from a tip when the newest covered block is none of the chain: it is read again', async () => {
    const chain = createTwoChains(60);
    await believe(chain, 1, 30);
    chain.head = 2000;
    listen(chain);
    await soon(async () => expect((await ledger()).lies).toBe(0));
    await complete(2000);
  });
});

describe('the tip is none', () => {
  test('promise 4: 10^12 blocks further for a while: not believed, not written down, said, and live goes on', async () => {
    const chain = createTwoChains(40);
    const listener = listen(chain);
    await complete(40);
    chain.tip = 10 ** 12;
    await soon(async () => expect(listener.state().lastError?.code).toBe('RPC_BAD_RESPONSE'));
    expect(listener.state().lastError?.message).toMatch(/fake: its newest block 1000000000000/);
    chain.head = 60;
    chain.tip = null;
    await complete(60);
    expect(listener.state()).toMatchObject({ head: 60, next: 61 });
    expect((await readChainState(db, 'solana'))?.head).toBeLessThanOrEqual(60);
  });

  test('promise 4: a few thousand blocks further for a while: live steps back when the chain is not that far', async () => {
    const chain = createTwoChains(40);
    const listener = listen(chain);
    await complete(40);
    chain.tip = 4000;
    await soon(async () => expect(listener.state().next).toBe(4000));
    chain.head = 60;
    chain.tip = null;
    await complete(60);
    await soon(async () => expect(listener.state().next).toBe(61));
  });

  test('promise 4: a first start believes no tip whose block the endpoint does not have', async () => {
    const chain = createTwoChains(40);
    chain.tip = 10 ** 12;
    const listener = listen(chain);
    await soon(async () => expect(listener.state().lastError).not.toBeNull());
    chain.tip = null;
    await complete(40);
    expect((await readChainState(db, 'solana'))?.head).toBe(40);
  });
});
