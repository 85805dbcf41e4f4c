/** The listener at `confirmed` on a chain in memory that forks, with the real queue, reconcile and tables. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packBlock } from '../../src/archive/archive.js';
import { createDirectoryArchive } from '../../src/archive/directory.js';
import type { Batch, BlockLink } from '../../src/events/batch.js';
import { createListener } from '../../src/listener/listener.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import { type BatchQueue, createQueue } from '../../src/queue/queue.js';
import { createWorker } from '../../src/queue/worker.js';
import type { ChainReader, DecodedSpan } from '../../src/readers/reader.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { NdxError } from '../../src/runtime/errors.js';
import { announcedSince } from '../../src/store/announcements.js';
import { listCoverage } from '../../src/store/coverage/coverage.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { CONTEXT } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { createFakeChain, transactionOf } from '../support/fake-chain.js';
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
  const worker = createWorker({ backend, chain: 'solana', concurrency: 2, log: silentLog, handle });
  close = () => worker.close();
});

afterAll(async () => {
  await close();
  await queue.close();
  await db.close();
  await database.drop();
});

/**
 * A chain whose blocks are all there, each of one transaction; `forked` blocks hold another one under another
 * hash.
 */
function createForkingChain(start = 20) {
  const lag = 10;
  let head = start;
  /** Numbers that the chain no longer holds. */
  const dropped = new Set<number>();
  const reads = new Map<number, number>();
  const blocks = () =>
    Array.from({ length: head + 1 }, (_, block) => block).filter((block) => block > 0 && !dropped.has(block));
  const parentOf = (block: number) => blocks().findLast((other) => other < block) ?? 0;
  const linkOf = (block: number): BlockLink => ({
    block,
    hash: `hash-${block}`,
    parent: parentOf(block),
    parentHash: `hash-${parentOf(block)}`,
  });
  const finalized = () => blocks().findLast((block) => block <= head - lag) ?? 0;
  const base = createFakeChain({ head: 1 }).reader;
  const forgotten: number[] = [];
  const reader: ChainReader = {
    ...base,
    forgetFrom: (block) => forgotten.push(block),
    tip: async () => ({ head, headTime: null, finalized: finalized(), finalizedTime: null, source: 'fake' }),
    finalLink: async (block) => {
      if (dropped.has(block)) throw new NdxError('BLOCK_UNAVAILABLE', 'skipped', { retryable: true });
      return linkOf(block);
    },
    async *read({ fromBlock, toBlock }): AsyncGenerator<DecodedSpan> {
      let from = fromBlock;
      for (const block of blocks().filter((item) => item >= fromBlock && item <= toBlock)) {
        reads.set(block, (reads.get(block) ?? 0) + 1);
        yield {
          fromBlock: from,
          toBlock: block,
          source: 'fake',
          transactions: [transactionOf(block)],
          link: linkOf(block),
          raw: () => Buffer.from(`raw ${block}`),
        };
        from = block + 1;
      }
    },
  };
  return {
    reader,
    reads,
    forgotten,
    grow: (to: number) => {
      head = to;
    },
    drop: (...numbers: number[]) => {
      for (const block of numbers) dropped.add(block);
    },
    blocks,
  };
}

const statusOf = async (block: number) => {
  const { rows } = await db.pool.query<{ status: string }>(
    `SELECT status FROM "Transaction" WHERE "transactionHash" = $1`,
    [`tx-${block}`],
  );
  return rows[0]?.status;
};

test('promise 5: confirmed blocks are pending at once and settle without being read again; a fork is withdrawn at once', async () => {
  const chain = createForkingChain();
  const stop = new AbortController();
  let forks = 0;
  const listener = createListener({
    near: 0,
    reader: chain.reader,
    queue,
    db,
    log: silentLog,
    policy: { finality: 'confirmed', startBlock: 1 },
    timing: { poll: 100, gaps: 100, merge: 100 },
    metrics: {
      onFork: () => {
        forks += 1;
      },
    },
  });
  const ended = listener.run(stop.signal);
  const soon = (check: () => Promise<void>) => eventually(check);
  await soon(async () => expect(await statusOf(20)).toBe('pending'));
  chain.grow(25);
  await soon(async () => expect(await statusOf(25)).toBe('pending'));
  expect(await listCoverage(db, 'solana', chain.reader.fingerprint)).toEqual([
    { fromBlock: 1, toBlock: expect.any(Number) as number },
  ]);
  expect((await listCoverage(db, 'solana', chain.reader.fingerprint))[0]?.toBlock).toBeLessThanOrEqual(15);

  // What may still be abandoned is no gap.
  await soon(async () => expect(listener.state()).toMatchObject({ next: 26, gaps: [] }));

  // 23 to 25 are abandoned long before the branch that goes on is final.
  chain.drop(23, 24, 25);
  chain.grow(27);
  await soon(async () => expect(await statusOf(27)).toBe('pending'));
  await soon(async () =>
    expect(await Promise.all([22, 23, 24, 25, 26].map(statusOf))).toEqual([
      'pending',
      undefined,
      undefined,
      undefined,
      'pending',
    ]),
  );
  expect(forks).toBe(1);
  // What the branch that was left made known is not known any more.
  expect(chain.forgotten).toEqual([23]);

  chain.grow(60);
  await soon(async () =>
    expect(await listCoverage(db, 'solana', chain.reader.fingerprint)).toEqual([
      { fromBlock: 1, toBlock: 50 },
    ]),
  );
  await soon(async () =>
    expect(await Promise.all([22, 26, 27, 50, 51].map(statusOf))).toEqual([
      ...Array(4).fill('completed'),
      'pending',
    ]),
  );
  expect([23, 24, 25].some((block) => chain.blocks().includes(block))).toBe(false);
  // Read once each; 26 showed the fork, and was read again behind it.
  expect([20, 21, 22, 27, 28, 40].map((block) => chain.reads.get(block))).toEqual([1, 1, 1, 1, 1, 1]);
  stop.abort();
  await ended;
});

test('promise 3: what settled blocks make known is announced before they settle: who read on without it is refused', async () => {
  const chain = createForkingChain(3020);
  const stop = new AbortController();
  const reader: ChainReader = {
    ...chain.reader,
    discovers: true,
    async *read(range, options) {
      for await (const span of chain.reader.read(range, options))
        yield span.toBlock === 3022 ? { ...span, discovered: ['nft'] } : span;
    },
  };
  const policy = { finality: 'confirmed', startBlock: 3000 } as const;
  const timing = { poll: 100, gaps: 100, merge: 100 };
  const listener = createListener({ near: 0, reader, queue, db, log: silentLog, policy, timing });
  const ended = listener.run(stop.signal);
  const soon = (check: () => Promise<void>) => eventually(check);
  const covered = async () => (await listCoverage(db, 'solana', reader.fingerprint)).at(-1)?.toBlock ?? 0;
  const readOn: Batch = {
    ...{
      chain: 'solana',
      fingerprint: reader.fingerprint,
      finality: 'finalized',
      scope: 'blocks',
      knowledge: 0,
    },
    ...{ fromBlock: 3023, toBlock: 3024, transactions: [], source: 'test' },
  };
  const plan = () => reconcile(db, readOn, CONTEXT, { job: 'test', dryRun: true });
  await soon(async () => expect(await statusOf(3020)).toBe('pending'));
  chain.grow(3025);
  await soon(async () => expect(await statusOf(3025)).toBe('pending'));
  expect(await plan()).not.toMatchObject({ refused: true });
  chain.grow(3040);
  await soon(async () => expect(await covered()).toBe(3030));
  expect(await plan()).toMatchObject({ refused: true });
  expect((await announcedSince(db.pool, 'solana', 0)).addresses).toEqual(new Map([['nft', 3022]]));
  expect(chain.reads.get(3022)).toBe(1);
  stop.abort();
  await ended;
});

test.each([
  ['settles with its archive', undefined, 1],
  ['whose archive had to forget what waited reads it again', 11.4, 2],
])('acceptance 5: a chain at confirmed %s, and every final block is kept', async (_, blocksHeld, reads) => {
  const directory = mkdtempSync(join(tmpdir(), 'ndx-finality-'));
  const archive = createDirectoryArchive(directory);
  const first = reads * 1000;
  const chain = createForkingChain(first + 20);
  const stop = new AbortController();
  const policy = { finality: 'confirmed', startBlock: first } as const;
  const timing = { poll: 100, gaps: 100, merge: 100 };
  const listener = createListener({
    ...{ near: 0, reader: chain.reader, queue, db, log: silentLog, policy, timing, archive },
    ...(blocksHeld === undefined
      ? {}
      : { mostHeld: blocksHeld * (await packBlock(Buffer.from('raw 2021'))).length }),
  });
  const ended = listener.run(stop.signal);
  const soon = (check: () => Promise<void>) => eventually(check);
  await soon(async () => expect(await statusOf(first + 20)).toBe('pending'));
  // Ten blocks wait for being final; now and again three come at once, and that is too much.
  for (let head = first + 21; head <= first + 60; head += head % 15 === 0 ? 3 : 1) {
    chain.grow(head);
    await soon(async () => expect(listener.state().finalized).toBe(head - 10));
  }
  chain.grow(first + 60);
  const wanted = Array.from({ length: 51 }, (_, at) => first + at);
  await soon(async () => expect(await statusOf(first + 50)).toBe('completed'));
  await soon(async () => {
    const kept: number[] = [];
    for await (const { block } of archive.list('solana', { fromBlock: 0, toBlock: first + 50 }))
      kept.push(block);
    expect(kept).toEqual(wanted);
  });
  expect(new TextDecoder().decode(await archive.get('solana', first + 15))).toBe(`raw ${first + 15}`);
  const again = wanted.filter((block) => block > first + 20 && chain.reads.get(block) === 2);
  expect(again.length > 5 && again.length < 30).toBe(reads === 2);
  stop.abort();
  await ended;
  rmSync(directory, { recursive: true, force: true });
});
