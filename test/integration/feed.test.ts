/** The feed: what reconcile says to it, how it is numbered, and what a reader is told. On real PostgreSQL. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Batch } from '../../src/events/batch.js';
import { appendChange } from '../../src/feed/append.js';
import type { FeedEntry, FeedId } from '../../src/feed/change.js';
import { sweepMarks } from '../../src/feed/marks.js';
import { number } from '../../src/feed/number.js';
import { readEnd, readFeed } from '../../src/feed/read.js';
import { createFilter } from '../../src/feed/told/filter.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables } from '../support/dump.js';
import { CONTEXT } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { transactionOf } from '../support/fake-chain.js';

let own: TestDatabase;
let db: Database;

beforeAll(async () => {
  own = await createTestDatabase();
  db = createDatabase({ url: own.url, poolSize: 8 });
});

afterAll(async () => {
  await db.close();
  await own.drop();
});

beforeEach(async () => {
  await emptyTables(db.pool);
});

const batch = (transactions: Batch['transactions'], more: Partial<Batch> = {}): Batch => ({
  chain: 'solana',
  fingerprint: 'f',
  finality: 'finalized',
  fromBlock: 1,
  toBlock: 9,
  scope: 'blocks',
  transactions,
  source: 'test',
  ...more,
});

/** Numbers until nothing waits: other tests share the server, and their transactions hold ours up. */
const numbered = () =>
  eventually(async () => expect(await number(db.pool)).toMatchObject({ left: 'none', numbered: 0 }));

async function readAll(after: FeedId): Promise<FeedEntry[]> {
  const entries: FeedEntry[] = [];
  for (let next = after; ; ) {
    const page = await readFeed(db.pool, { after: next, limit: 2 });
    expect(page.reset).toBeUndefined();
    entries.push(...page.entries);
    next = page.next;
    if (!page.more) return entries;
  }
}

const told = (entries: readonly FeedEntry[]) =>
  entries.map((entry) =>
    entry.subject === 'event'
      ? `${entry.lane} ${entry.kind} ${entry.row?.transactionHash}/${entry.eventIndex} at ${entry.block} ${entry.row?.finality}`
      : `${entry.lane} ${entry.kind} ${entry.subject}`,
  );

async function begin(): Promise<FeedId> {
  await numbered();
  return readEnd(db.pool);
}

test('created, finalized, changed, moved and withdrawn events are told, each once and with its lane', async () => {
  const start = await begin();
  const [one, two] = [transactionOf(1), transactionOf(2)];
  const seen = batch([one, two], {
    finality: 'confirmed',
    blocks: [
      { block: 1, hash: 'a' },
      { block: 2, hash: 'b' },
    ],
  });
  await reconcile(db, seen, CONTEXT, { job: 'test', lane: 'live' });
  await reconcile(db, batch([one, two]), CONTEXT, { job: 'test' });
  const renamed = { ...one, events: one.events.map((event) => ({ ...event, decoderVersion: 2 })) };
  await reconcile(db, batch([renamed, two], { replay: 'r' }), CONTEXT, { job: 'test' });
  await reconcile(db, batch([renamed, { ...two, block: 3 }], { replay: 'r' }), CONTEXT, { job: 'test' });
  await reconcile(db, batch([{ ...two, block: 3 }]), CONTEXT, { job: 'test' });
  await numbered();
  const entries = await readAll(start);
  const [a, b] = [one.transactionHash, two.transactionHash];
  expect(told(entries)).toEqual([
    'live created undefined/0 at 1 undefined',
    'live created undefined/0 at 2 undefined',
    'backfill finalized undefined/0 at 1 undefined',
    'backfill finalized undefined/0 at 2 undefined',
    'replay changed undefined/0 at 1 undefined',
    `replay changed ${b}/0 at 3 finalized`,
    `backfill withdrawn ${a}/0 at 1 finalized`,
  ]);
  const moved = entries[5];
  expect(moved?.subject === 'event' ? moved.before?.block : null).toBe(2);
  const changed = entries[4];
  expect(changed?.subject === 'event' ? changed.before?.event : null).toEqual(one.events[0]);
  const withdrawn = entries[6];
  expect(withdrawn?.subject === 'event' ? withdrawn.row?.event : null).toEqual(renamed.events[0]);
});

test('promise 1: what changes nothing writes no row', async () => {
  const all = batch([transactionOf(1), transactionOf(2)]);
  await reconcile(db, all, CONTEXT, { job: 'test' });
  await numbered();
  const end = await readEnd(db.pool);
  await reconcile(db, { ...all, replay: 'r' }, CONTEXT, { job: 'test' });
  await reconcile(db, batch([transactionOf(3)]), CONTEXT, { job: 'test', dryRun: true });
  await numbered();
  expect(await readEnd(db.pool)).toEqual(end);
});

test('a record of another table is told with whom it is about', async () => {
  const start = await begin();
  const record = {
    subject: 'link',
    kind: 'created' as const,
    key: 'l1',
    about: { wallets: ['alice'], users: ['u1'] },
    content: { since: 'now' },
  };
  expect(await appendChange(db.pool, { lane: 'live', records: [record] })).toBe(true);
  expect(await appendChange(db.pool, { lane: 'live', records: [] })).toBe(false);
  await numbered();
  expect(await readAll(start)).toMatchObject([{ subject: 'record', kind: 'created', record, lane: 'live' }]);
});

test('a row that nobody can read tells its followers to begin anew, and holds up none that follow', async () => {
  const start = await begin();
  await db.pool.query(`INSERT INTO feed_pending (entries, content) VALUES (1, '{"r":[{"subject":1}]}')`);
  await appendChange(db.pool, { lane: 'live', records: [{ subject: 'x', kind: 'changed', key: '1' }] });
  await numbered();
  expect(await readAll(start)).toMatchObject([
    { subject: 'unreadable', kind: 'reset', reason: 'r[0].subject must be text but is 1' },
    { subject: 'record' },
  ]);
});

test('what the platform writes to its own tables is one internal entry a row, however often it writes', async () => {
  const start = await begin();
  await db.pool.query(
    `INSERT INTO "User" (id, username, "updatedAt") VALUES ('u', 'ana', now()), ('v', 'ben', now());
     INSERT INTO "User" (id, "isPlaceholder", "updatedAt") VALUES ('p', true, now());
     INSERT INTO "Track" (id, title, "audioUrl", "artistId", duration, "updatedAt") VALUES ('t', 'Song', 'Qm', 'u', 1, now());
     INSERT INTO "TrackFile" (id, "trackId", "ipfsHash", "fileType") VALUES ('f', 't', 'Qm', 'audio')`,
  );
  await sweepMarks(db.pool);
  for (let play = 0; play < 20; play++)
    await db.pool.query(`UPDATE "Track" SET "playCount" = "playCount" + 1 WHERE id = 't'`);
  await db.pool.query(`UPDATE "User" SET username = username`);
  await db.pool.query(`DELETE FROM "User" WHERE id = 'v'; DELETE FROM "TrackFile"`);
  // In pieces: what does not fit is swept by the next one.
  while ((await sweepMarks(db.pool, 15)) > 0);
  expect(await sweepMarks(db.pool)).toBe(0);
  await numbered();
  const entries = await readAll(start);
  const records = entries.flatMap((entry) => (entry.subject === 'record' ? [entry.record] : []));
  expect(records.map(({ subject, kind, key }) => `${kind} ${subject} ${key}`)).toEqual([
    ...['created user u', 'created user v', 'created track t', 'created track_file f'],
    ...['changed track t', 'changed track t', 'withdrawn user v', 'withdrawn track_file f'],
  ]);
  expect(records.every(({ internal }) => internal)).toBe(true);
  expect(entries.map(createFilter({}))).toEqual(entries.map(() => null));
});
