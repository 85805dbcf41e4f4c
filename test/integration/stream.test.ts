/** GET /v1/stream over real connections, on real PostgreSQL. */
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendChange } from '../../src/feed/append.js';
import { type Bell, createBell } from '../../src/feed/bell.js';
import { formatFeedId } from '../../src/feed/id.js';
import { readEnd } from '../../src/feed/read.js';
import { createHub, type Hub } from '../../src/push/stream/hub.js';
import { createStream } from '../../src/push/stream/stream.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { ALICE, BOB, batch, COLLECTION, HISTORY, SONG, testApp, write } from '../support/api.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { numbered } from '../support/feed-story.js';
import { silentLog } from '../support/silent-log.js';
import { createSseClient, type SseClient } from '../support/sse.js';

let own: TestDatabase;
let db: Database;
let bell: Bell;
let hub: Hub;
let app: FastifyInstance;
let url: string;
let end: AbortController;
/** Queries of the hub and of readers that catch up. */
let queries: number;
const running: Promise<void>[] = [];

async function serve(
  options: { readonly heartbeat?: number; readonly capacity?: number } = {},
): Promise<void> {
  queries = 0;
  const pool = {
    query: ((...args: Parameters<pg.Pool['query']>) => {
      queries += 1;
      return db.pool.query(...args);
    }) as pg.Pool['query'],
  };
  bell = createBell({ pool: db.pool, log: silentLog, often: 50 });
  hub = createHub({ db: { pool }, bell, log: silentLog, ...options });
  app = testApp(db, { stream: createStream({ hub, db: { pool }, ...options }) }).app;
  url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/stream`;
}

beforeEach(async () => {
  own = await createTestDatabase();
  db = createDatabase({ url: own.url, poolSize: 8 });
  end = new AbortController();
  await numbered(db.pool);
});

afterEach(async () => {
  end.abort();
  await Promise.all(running.splice(0));
  await app.close();
  await hub.stop();
  await bell.stop();
  await db.close();
  await own.drop();
});

/** A client that is connected, so that what is written from now on is told to it. */
async function reader(query = '', lastId = ''): Promise<SseClient> {
  const client = createSseClient(`${url}${query}`, lastId);
  running.push(client.run(end.signal));
  await eventually(() => expect(client.lastId()).not.toBe(lastId === '' ? '' : 'none'));
  return client;
}

const told = ({ events }: SseClient) =>
  events.map(({ event, data }) => {
    const { event: body, reason } = JSON.parse(data) as {
      event?: { kind: string; block: number };
      reason?: string;
    };
    return `${event} ${reason ?? `${body?.kind} ${body?.block}`}`;
  });

test('filters tell of their own, and of what left them as withdrawn', async () => {
  await serve();
  const [all, wallet, nft, collection, kind, final, other] = await Promise.all(
    [
      '',
      `?wallet=${ALICE}`,
      `?nft=${SONG}`,
      `?collection=${COLLECTION}`,
      '?kind=stake',
      '?finality=finalized',
      '?chain=ton',
    ].map((query) => reader(query)),
  );
  const sale = HISTORY.find(({ block, transactionIndex }) => block === 103 && transactionIndex === 0);
  const confirmed = { ...batch(HISTORY, 100, 107), finality: 'confirmed' as const, blocks: [] };
  await write(db, confirmed);
  await numbered(db.pool);
  await eventually(() => expect(all?.events).toHaveLength(11));
  await write(db, batch(HISTORY, 100, 107));
  await numbered(db.pool);
  // What is gone when it is told is not told: so the readers come as far as this first.
  await eventually(() => expect(all?.events).toHaveLength(11 + 11));
  const without = HISTORY.filter((item) => item !== sale).map((item) =>
    item.block === 102 ? { ...item, events: item.events.map((event) => ({ ...event, from: BOB })) } : item,
  );
  await write(db, batch(without, 100, 107));
  await numbered(db.pool);
  await eventually(() => expect(all?.events).toHaveLength(11 + 11 + 2));
  expect(told(all as SseClient).slice(-2)).toEqual(['withdrawn sale 103', 'changed list 102']);
  const atLeast = async (client: SseClient | undefined, wanted: string[]) =>
    eventually(() => expect(told(client as SseClient)).toEqual(wanted));
  await atLeast(wallet, [
    ...['created mint 101', 'created list 102', 'created sale 103'],
    ...['finalized mint 101', 'finalized list 102', 'finalized sale 103'],
    ...['withdrawn sale 103', 'withdrawn list 102'],
  ]);
  await atLeast(nft, [
    ...['created mint 101', 'created list 102', 'created sale 103', 'created transfer 107'],
    ...['finalized mint 101', 'finalized list 102', 'finalized sale 103', 'finalized transfer 107'],
    ...['withdrawn sale 103', 'changed list 102'],
  ]);
  await atLeast(kind, ['created stake 106', 'finalized stake 106']);
  expect(told(final as SseClient).filter((line) => line.startsWith('created'))).toEqual([]);
  expect(told(collection as SseClient)).toContain('created sale 103');
  expect(told(collection as SseClient)).not.toContain('created stake 106');
  expect(other?.events).toEqual([]);
});

test('ids that are none, and filters that are none, are problems that name the field', async () => {
  await serve();
  const answer = async (query: string, lastId?: string) => {
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
    const response = await fetch(`${url}${query}`, { headers });
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const { errors } = (await response.json()) as { errors: { in: string; field: string }[] };
    return [response.status, errors.map((error) => `${error.in} ${error.field}`)];
  };
  for (const id of ['1', '1.2', '1.2.3.4', '01.2.3', '1.0.0', 'a.b.c', '-1.2.3', `1.${'9'.repeat(30)}.1`])
    expect(await answer('', id)).toEqual([400, ['header Last-Event-ID']]);
  expect(await answer('?after=x')).toEqual([400, ['query after']]);
  expect(await answer('?kind=nothing')).toEqual([400, ['query kind']]);
  expect(await answer('?walet=x')).toEqual([400, ['query walet']]);
});

test('an id of an earlier epoch, or older than what is kept, is told to begin anew, and goes on from there', async () => {
  await write(db, batch(HISTORY, 100, 107));
  await numbered(db.pool);
  const { epoch, seq } = await readEnd(db.pool);
  await db.pool.query('UPDATE feed_state SET first = 2, written_by = pg_current_xact_id()::text::bigint');
  await serve();
  const [old, early, ahead] = await Promise.all([
    reader('', `${epoch - 1}.1.0`),
    reader('', `${epoch}.1.0`),
    reader(`?after=${epoch}.${seq + 5}.1`),
  ]);
  await eventually(() => {
    expect(told(old as SseClient)).toEqual(['reset epoch']);
    expect(told(early as SseClient)).toEqual(['reset retention']);
    expect(told(ahead as SseClient)).toEqual(['reset ahead']);
  });
  await db.pool.query(`UPDATE feed_state SET identity = 'another server'`);
  await numbered(db.pool);
  await write(db, batch([], 100, 107));
  await numbered(db.pool);
  await eventually(() => expect(told(old as SseClient)).toHaveLength(2 + 11));
  expect(told(old as SseClient).slice(0, 3)).toEqual(['reset epoch', 'reset epoch', 'withdrawn mint 100']);
});

test('a reader that is told nothing keeps a fresh id', async () => {
  await serve({ heartbeat: 100 });
  const quiet = await reader(`?kind=claim&wallet=${SONG}`);
  await write(db, batch(HISTORY, 100, 107));
  await numbered(db.pool);
  const id = formatFeedId(await readEnd(db.pool));
  await eventually(() => expect(quiet.lastId()).toBe(id));
  expect(quiet.events).toEqual([]);
});

const record = (key: number, characters: number) => ({
  subject: 'x',
  kind: 'changed' as const,
  key: `${key}`,
  content: { text: 'x'.repeat(characters) },
});

test('a reader that takes nothing is cut off when the ring has gone on, and comes back without loss', async () => {
  await serve({ capacity: 100 });
  const start = formatFeedId(await readEnd(db.pool));
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n`);
  await new Promise((read) => socket.once('data', read));
  socket.pause();
  const quick = await reader();
  // Much more than what the connection itself holds.
  const all = 600;
  for (let key = 0; key < all; key += 50) {
    const records = Array.from({ length: 50 }, (_, more) => record(key + more, 40_000));
    await appendChange(db.pool, { lane: 'live', records });
    await numbered(db.pool);
    await eventually(() => expect(quick.events).toHaveLength(key + 50));
  }
  let received = '';
  const closed = new Promise((done) => socket.once('close', done));
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  socket.resume();
  await closed;
  const ids = [...received.matchAll(/^id: (.*)\nevent: .*\ndata: .*\n\n/gm)].map(([, id]) => id);
  expect(ids.length).toBeLessThan(all);
  const back = await reader('', ids.at(-1) ?? start);
  await eventually(() => expect(ids.length + back.events.length).toBe(all));
  expect([...ids, ...back.events.map(({ id }) => id)]).toEqual(quick.events.map(({ id }) => id));
});

test('a server that stops ends its streams at once', async () => {
  await serve();
  const client = createSseClient(url);
  const ended = client.run(end.signal);
  await eventually(() => expect(client.lastId()).not.toBe(''));
  await app.close();
  await ended;
  expect(end.signal.aborted).toBe(false);
});

test('any number of readers live of one reading of the feed', async () => {
  const many = Number(process.env.NDX_TEST_STREAM_READERS ?? 300);
  await serve();
  const heap = () => {
    globalThis.gc?.();
    return process.memoryUsage().rss / 2 ** 20;
  };
  const empty = heap();
  const readers: SseClient[] = [];
  while (readers.length < many) {
    const more = await Promise.all(Array.from({ length: 50 }, () => reader()));
    readers.push(...more);
  }
  const before = queries;
  const started = performance.now();
  for (let key = 0; key < 10; key++) {
    await appendChange(db.pool, { lane: 'live', records: [record(key, 4_000)] });
    await numbered(db.pool);
  }
  await eventually(() => expect(readers.every(({ events }) => events.length === 10)).toBe(true));
  const delays: number[] = [];
  for (let key = 10; key < 20; key++) {
    await appendChange(db.pool, { lane: 'live', records: [record(key, 4_000)] });
    const appended = performance.now();
    await numbered(db.pool);
    await eventually(() => expect(readers.every(({ events }) => events.length > key)).toBe(true));
    delays.push(performance.now() - appended);
  }
  delays.sort((a, b) => a - b);
  // With the readers themselves, which are in this process, too.
  const memory = `${Math.round(heap() - empty)} MiB for readers and their clients`;
  process.stdout.write(`${many} readers: all told after ${delays[5]?.toFixed(0)} ms (median), ${memory}\n`);
  // One look in 50 ms, whoever reads; each with at most a query for the rows and two for their events.
  expect(queries - before).toBeLessThan(3 * ((performance.now() - started) / 50 + 20));
  const metrics = await app.inject('/metrics');
  expect(metrics.body).toContain(`ndx_stream_readers ${many}`);
});
