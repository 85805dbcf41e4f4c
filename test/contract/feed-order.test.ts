/**
 * The feed's order, on real PostgreSQL: whatever commits, crashes, is numbered twice at once or is undone, a
 * reader sees each change exactly once, in one order that never changes.
 */
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Batch } from '../../src/events/batch.js';
import type { DecodedTransaction, Finality } from '../../src/events/event.js';
import { appendChange } from '../../src/feed/append.js';
import type { FeedEntry, FeedId } from '../../src/feed/change.js';
import { formatFeedId } from '../../src/feed/id.js';
import { number } from '../../src/feed/number.js';
import { readEnd, readFeed } from '../../src/feed/read.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { createDatabase, createPool, type Database } from '../../src/store/database.js';
import { readLedger } from '../../src/store/ledger/ledger.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables } from '../support/dump.js';
import { BLOCKS, CONTEXT, history } from '../support/events.js';
import { numbered } from '../support/feed-story.js';

let own: TestDatabase;
let db: Database;
/** Connections of sequencers, which are killed. */
let sequencers: pg.Pool;
/** Connections of writers, some of which crash. */
let writers: pg.Pool;

beforeAll(async () => {
  own = await createTestDatabase();
  db = createDatabase({ url: own.url, poolSize: 6 });
  sequencers = createPool({ url: own.url, poolSize: 2 });
  writers = createPool({ url: own.url, poolSize: 5 });
  await db.pool.query('CREATE TABLE versions (key int PRIMARY KEY, version int NOT NULL)');
});

afterAll(async () => {
  await Promise.all([db.close(), sequencers.end(), writers.end()]);
  await own.drop();
});

const KEYS = 3;

beforeEach(empty);

async function empty(): Promise<void> {
  await emptyTables(db.pool);
  await db.pool.query(`INSERT INTO versions SELECT key, 0 FROM generate_series(0, ${KEYS - 1}) key`);
}

/** Reads on from wherever it is, one page a time. */
function createFollower(start: FeedId) {
  const seen: FeedEntry[] = [];
  let next = start;
  return {
    seen,
    read: async (limit: number): Promise<boolean> => {
      const page = await readFeed(db.pool, { after: next, limit });
      expect(page.reset).toBeUndefined();
      seen.push(...page.entries);
      next = page.next;
      return page.more;
    },
  };
}

/** Numbers until nothing is left, and lets the follower read it all. */
async function catchUp(follower: ReturnType<typeof createFollower>): Promise<void> {
  await numbered(db.pool);
  while (await follower.read(3));
}

async function begin(): Promise<FeedId> {
  await numbered(db.pool);
  return readEnd(db.pool);
}

/** What a sequencer does; its connection may be killed meanwhile, as its process may. */
async function step(): Promise<void> {
  await number(sequencers, 2).catch((error: unknown) =>
    expect(String(error)).toMatch(/terminat|connection/i),
  );
}

async function killSequencers(): Promise<void> {
  await db.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY(SELECT pid FROM pg_locks
      WHERE relation = 'feed_state'::regclass AND mode = 'RowShareLock'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AND pid <> pg_backend_pid()`,
  );
}

interface Write {
  readonly key: number;
  /** Round trips between the steps of the transaction. */
  readonly before: number;
  readonly after: number;
  /** How it ends. */
  readonly end: 'commit' | 'rollback' | 'crash';
}

const write: fc.Arbitrary<Write> = fc.record({
  key: fc.nat(KEYS - 1),
  before: fc.nat(4),
  after: fc.nat(4),
  end: fc.constantFrom(
    'commit' as const,
    'commit' as const,
    'commit' as const,
    'rollback' as const,
    'crash' as const,
  ),
});

/** @returns what it told the feed, when it was committed */
async function perform({ key, before, after, end }: Write): Promise<string | null> {
  const client = await writers.connect();
  const idle = async (trips: number) => {
    for (let trip = 0; trip < trips; trip++) await client.query('SELECT 1');
  };
  try {
    await client.query('BEGIN');
    // The transaction has an id before it waits for the row: ids are not the order of writing.
    await client.query('SELECT pg_current_xact_id()');
    await idle(before);
    const { rows } = await client.query<{ version: number }>(
      'UPDATE versions SET version = version + 1 WHERE key = $1 RETURNING version',
      [key],
    );
    const told = `${key}/${rows[0]?.version}`;
    await idle(after);
    await appendChange(client, {
      lane: 'live',
      records: [{ subject: 'version', kind: 'changed', key: told }],
    });
    await idle(before);
    if (end === 'crash') await client.query('SELECT pg_terminate_backend(pg_backend_pid())');
    await client.query(end === 'commit' ? 'COMMIT' : 'ROLLBACK');
    client.release();
    return end === 'commit' ? told : null;
  } catch (error) {
    client.release(true);
    if (end === 'crash') return null;
    throw error;
  }
}

const keyOf = (entry: FeedEntry) => (entry.subject === 'record' ? entry.record.key : entry.subject);

test('promise 3: a reader sees each change exactly once, in one order that never changes, whoever commits, crashes or numbers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(write, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 5 }),
      fc.array(fc.constantFrom('step', 'step', 'kill', 'read'), { minLength: 5, maxLength: 20 }),
      async (scripts, acts) => {
        await empty();
        const start = await begin();
        const [follower, late] = [createFollower(start), createFollower(start)];
        const committed: string[] = [];
        const writing = scripts.map(async (script) => {
          for (const item of script) {
            const told = await perform(item);
            if (told !== null) committed.push(told);
          }
        });
        const sequencing = [0, 1].map(async () => {
          for (const act of acts) {
            if (act === 'kill') await killSequencers();
            else if (act === 'step') await step();
          }
        });
        const reading = (async () => {
          for (const act of acts) if (act === 'read') await follower.read(2);
        })();
        await Promise.all([...writing, ...sequencing, reading]);
        await catchUp(follower);
        await catchUp(late);
        expect(follower.seen.map(keyOf).sort()).toEqual(committed.sort());
        expect(follower.seen).toEqual(late.seen);
        const ids = follower.seen.map(({ id }) => formatFeedId(id));
        expect(new Set(ids).size).toBe(ids.length);
        // What was written upon something else stands after it.
        for (let key = 0; key < KEYS; key++) {
          const versions = follower.seen
            .map((entry) => keyOf(entry).split('/').map(Number))
            .flatMap(([of, version]) => (of === key ? [version] : []));
          expect(versions).toEqual(versions.toSorted((a, b) => (a ?? 0) - (b ?? 0)));
        }
        const numbers = follower.seen.map(({ id }) => id.seq);
        expect(numbers).toEqual(numbers.map((_, at) => start.seq + at));
      },
    ),
    { numRuns: 10, endOnFailure: true },
  );
});

const cuts = fc.uniqueArray(fc.integer({ min: 1, max: BLOCKS - 1 }), { maxLength: 6 });

function batches(all: readonly DecodedTransaction[], places: readonly number[], finality: Finality): Batch[] {
  const ends = [...new Set(places), BLOCKS].sort((a, b) => a - b);
  return ends.map((toBlock, at) => {
    const fromBlock = (ends[at - 1] ?? 0) + 1;
    const transactions = all.filter(({ block }) => block >= fromBlock && block <= toBlock);
    const of = { chain: 'solana', fingerprint: 'f', scope: 'blocks', source: 'test' } as const;
    const blocks = Array.from({ length: toBlock - fromBlock + 1 }, (_, more) => ({
      block: fromBlock + more,
      hash: `${fromBlock + more}`,
    }));
    return {
      ...of,
      finality,
      fromBlock,
      toBlock,
      transactions,
      ...(finality === 'confirmed' ? { blocks } : {}),
    };
  });
}

/** Folds what a follower was told: what the ledger should hold. */
function foldOf(entries: readonly FeedEntry[]): string[] {
  const held = new Map<string, string>();
  for (const entry of entries) {
    if (entry.subject !== 'event' || entry.row === null) continue;
    const { transactionHash, event, position, finality } = entry.row;
    const identity = `${transactionHash} ${event.eventIndex}`;
    if (entry.kind === 'withdrawn') held.delete(identity);
    else held.set(identity, `${identity} ${position} ${finality} ${event.decoderVersion} ${event.kind}`);
  }
  return [...held.values()].sort();
}

test('promise 5: what a reader was told through forks, replays and late jobs, folded, is the ledger', async () => {
  await fc.assert(
    fc.asyncProperty(
      history,
      history,
      cuts,
      cuts,
      fc.infiniteStream(fc.nat()),
      async (branch, final, some, others, random) => {
        await empty();
        const follower = createFollower(await begin());
        const newer = final.map((item) => ({
          ...item,
          events: item.events.map((event) => ({ ...event, decoderVersion: 2 })),
        }));
        const jobs = [
          ...batches(branch, some, 'confirmed'),
          ...batches(final, others, 'confirmed'),
          ...batches(final, some, 'finalized'),
          ...batches(newer, others, 'finalized').map((batch) => ({ ...batch, replay: 'r' })),
        ]
          .map((batch) => ({ batch, at: random.next().value as number }))
          .sort((a, b) => a.at - b.at);
        await Promise.all(
          [0, 1, 2].map(async (worker) => {
            for (let job = jobs.shift(); job; job = jobs.shift()) {
              await reconcile(db, job.batch, CONTEXT, { job: 'test', lane: 'live' });
              await (worker === 0 ? follower.read(5) : step());
            }
          }),
        );
        await catchUp(follower);
        const rows = await readLedger(db.pool, 'true', []);
        const ledger = rows.map(
          ({ transactionHash, event, position, finality }) =>
            `${transactionHash} ${event.eventIndex} ${position} ${finality} ${event.decoderVersion} ${event.kind}`,
        );
        expect(foldOf(follower.seen)).toEqual(ledger.sort());
        const ids = follower.seen.map(({ id }) => formatFeedId(id));
        expect(new Set(ids).size).toBe(ids.length);
      },
    ),
    { numRuns: 5, endOnFailure: true },
  );
});
