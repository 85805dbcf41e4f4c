/**
 * The stream under a client whose connections are cut 50 times, while sequencers fight and are killed, forks
 * come and go and ranges are replayed: what the client holds, folded, is the ledger, and no id comes twice.
 */
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Batch } from '../../src/events/batch.js';
import type { DecodedTransaction } from '../../src/events/event.js';
import { formatFeedId } from '../../src/feed/id.js';
import { number } from '../../src/feed/number.js';
import { readEnd } from '../../src/feed/read.js';
import { createHub, type Hub } from '../../src/push/stream/hub.js';
import { createStream } from '../../src/push/stream/stream.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { createDatabase, createPool, type Database } from '../../src/store/database.js';
import { readLedger } from '../../src/store/ledger/ledger.js';
import { testApp } from '../support/api.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { BLOCKS, CONTEXT, history } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { silentLog } from '../support/silent-log.js';
import { createSseClient } from '../support/sse.js';

const CUTS = 50;

let own: TestDatabase;
let db: Database;
let sequencers: pg.Pool;
let hub: Hub;
let app: FastifyInstance;
let url: string;

beforeAll(async () => {
  own = await createTestDatabase();
  db = createDatabase({ url: own.url, poolSize: 8 });
  sequencers = createPool({ url: own.url, poolSize: 2 });
  hub = createHub({ db, log: silentLog, capacity: 200 });
  app = testApp(db, { stream: createStream({ hub, db }) }).app;
  url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/stream`;
});

afterAll(async () => {
  await app.close();
  await hub.stop();
  await Promise.all([db.close(), sequencers.end()]);
  await own.drop();
});

const [FIRST = [], SECOND = []] = fc.sample(history, { numRuns: 2, seed: 11 });

/**
 * A branch, another one, the final chain, and replays of it by a newer decoder, in pieces of three blocks.
 */
function jobs(): Batch[] {
  const pieces = (all: readonly DecodedTransaction[], more: Partial<Batch>): Batch[] =>
    Array.from({ length: BLOCKS / 3 }, (_, at) => {
      const [fromBlock, toBlock] = [at * 3 + 1, at * 3 + 3];
      const transactions = all.filter(({ block }) => block >= fromBlock && block <= toBlock);
      const of = {
        chain: 'solana',
        fingerprint: 'f',
        finality: 'finalized',
        scope: 'blocks',
        source: 'test',
      } as const;
      return { ...of, fromBlock, toBlock, transactions, ...more };
    });
  const read = (all: readonly DecodedTransaction[], decoderVersion: number) =>
    all.map((item) => ({ ...item, events: item.events.map((event) => ({ ...event, decoderVersion })) }));
  return [
    ...pieces(FIRST, { finality: 'confirmed', blocks: [] }),
    ...pieces(SECOND, { finality: 'confirmed', blocks: [] }),
    ...pieces(FIRST, { finality: 'confirmed', blocks: [] }),
    ...pieces(SECOND, {}),
    ...pieces(read(SECOND, 2), { replay: 'r' }),
    ...pieces(read(FIRST, 3), { replay: 'r' }),
    ...pieces(read(SECOND, 4), { replay: 'r' }),
  ];
}

async function step(): Promise<void> {
  await number(sequencers, 2).catch((error: unknown) =>
    expect(String(error)).toMatch(/terminat|connection/i),
  );
}

test('promise 3: connections cut 50 times, sequencers killed and doubled: what the client folds is the ledger', async () => {
  const work = jobs();
  expect(work.length).toBeGreaterThan(CUTS);
  await eventually(async () => expect((await number(db.pool)).left).toBe('none'));
  const client = createSseClient(url, formatFeedId(await readEnd(db.pool)));
  let cut = new AbortController();
  let connection = client.run(cut.signal);
  let cuts = 0;
  for (const [at, batch] of work.entries()) {
    await Promise.all([
      reconcile(db, batch, CONTEXT, { job: 'test', lane: 'live' }),
      step(),
      step(),
      at % 5 === 0 ? db.pool.query(KILL) : undefined,
    ]);
    // Some are cut while nothing is told, some when something of this round has come, most in between.
    if (at % 5 === 1) {
      await eventually(async () => expect((await number(db.pool)).left).toBe('none'));
      const end = await readEnd(db.pool);
      await eventually(() =>
        expect(Number(client.lastId().split('.')[1])).toBeGreaterThanOrEqual(end.seq - 1),
      );
    }
    if (cuts < CUTS) {
      cut.abort();
      await connection;
      cuts += 1;
      cut = new AbortController();
      connection = client.run(cut.signal);
    }
  }
  expect(cuts).toBe(CUTS);
  await eventually(async () => expect((await number(db.pool)).left).toBe('none'));
  const rows = await readLedger(db.pool, 'true', []);
  const ledger = rows.map(
    ({ transactionHash, event, block, finality }) =>
      `${transactionHash}/${event.eventIndex} ${block} ${finality} ${event.kind} ${event.decoderVersion}`,
  );
  await eventually(() => expect(foldOf(client.events)).toEqual(ledger.sort()));
  const ids = client.events.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const order = ids.map((id) => id.split('.').map(Number));
  expect(order).toEqual(order.toSorted(([, a = 0, b = 0], [, c = 0, d = 0]) => a - c || b - d));
  cut.abort();
  await connection;
});

const KILL = `SELECT pg_terminate_backend(pid) FROM pg_locks
  WHERE relation = 'feed_state'::regclass AND mode = 'RowShareLock' AND pid <> pg_backend_pid()`;

interface Body {
  readonly transactionHash: string;
  readonly eventIndex: number;
  readonly block: number;
  readonly finality: string;
  readonly kind: string;
  readonly decoderVersion: number;
}

function foldOf(events: readonly { readonly event: string; readonly data: string }[]): string[] {
  const held = new Map<string, string>();
  for (const { event: kind, data } of events) {
    expect(kind).not.toBe('reset');
    const { event } = JSON.parse(data) as { event: Body };
    const identity = `${event.transactionHash}/${event.eventIndex}`;
    if (kind === 'withdrawn') held.delete(identity);
    else
      held.set(
        identity,
        `${identity} ${event.block} ${event.finality} ${event.kind} ${event.decoderVersion}`,
      );
  }
  return [...held.values()].sort();
}
