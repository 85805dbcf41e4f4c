/**
 * A client of the stream and a receiver of webhooks while everything that can break breaks: connections are
 * cut, senders and the receiver killed, sequencers fight and are killed, forks come and go, ranges are
 * replayed. What each holds, folded, is the ledger.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendChange } from '../../src/feed/append.js';
import { type Bell, createBell } from '../../src/feed/bell.js';
import { formatFeedId } from '../../src/feed/id.js';
import { readEnd } from '../../src/feed/read.js';
import { createHub, type Hub } from '../../src/push/stream/hub.js';
import { createStream } from '../../src/push/stream/stream.js';
import { addEndpoint, listEndpoints } from '../../src/push/webhooks/registry.js';
import { createSealing } from '../../src/push/webhooks/sealing.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { createDatabase, createPool, type Database } from '../../src/store/database.js';
import { testApp } from '../support/api.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { CONTEXT } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { byId, createHolder, fight, ledgerLines, numbered, story } from '../support/feed-story.js';
import { prepare } from '../support/ndx.js';
import { silentLog } from '../support/silent-log.js';
import { createSseClient } from '../support/sse.js';
import { changesOf, type Receiver, startReceiver } from '../support/webhook-receiver.js';

const CUTS = 50;
const KILLS = 10;
const SENDER = new URL('../support/webhook-sender.mjs', import.meta.url).pathname;

let own: TestDatabase;
let db: Database;
let sequencers: pg.Pool;
let bell: Bell;
let hub: Hub;
let app: FastifyInstance;
let url: string;
let receiver: Receiver;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  await prepare();
  own = await createTestDatabase();
  db = createDatabase({ url: own.url, poolSize: 8 });
  sequencers = createPool({ url: own.url, poolSize: 2 });
  bell = createBell({ pool: db.pool, log: silentLog, often: 50 });
  hub = createHub({ db, bell, log: silentLog, capacity: 200 });
  app = testApp(db, { stream: createStream({ hub, db }) }).app;
  url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/stream`;
  receiver = await startReceiver();
});

afterAll(async () => {
  for (const process of processes) await kill(process);
  await receiver.kill();
  await app.close();
  await hub.stop();
  await bell.stop();
  await Promise.all([db.close(), sequencers.end()]);
  await own.drop();
});

function startSender(): ChildProcess {
  const started = spawn(process.execPath, [SENDER, own.url, receiver.host], { stdio: 'ignore' });
  processes.push(started);
  return started;
}

async function kill(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit');
  process.kill('SIGKILL');
  await ended;
}

/** Cuts every connection of the senders. */
const CUT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND query LIKE '%webhook_%' AND pid <> pg_backend_pid()`;

test('promise 3: cut, killed and doubled at random, what stream and webhook tell, folded, is the ledger', async () => {
  const work = story();
  expect(work.length).toBeGreaterThan(CUTS);
  await numbered(db.pool);
  const cursor = await readEnd(db.pool);
  const sealing = createSealing(undefined);
  const wish = { url: receiver.url, description: '', filter: {}, ordered: true, batch: 3, cursor };
  const { secret } = await addEndpoint({ pool: db.pool, sealing }, wish, { dryRun: false });
  receiver.secrets = [secret];
  const client = createSseClient(url, formatFeedId(cursor));
  let cut = new AbortController();
  let connection = client.run(cut.signal);
  let sender = startSender();
  let [cuts, kills] = [0, 0];
  for (const [at, batch] of work.entries()) {
    await Promise.all([
      reconcile(db, batch, CONTEXT, { job: 'test', lane: 'live' }),
      fight(sequencers, at % 5 === 0 ? db.pool : null),
    ]);
    // Some are cut while nothing is told, some when something of this round has come, most in between.
    if (at % 5 === 1) {
      await numbered(db.pool);
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
    if (at % 5 === 3 && kills < KILLS) {
      // While it waits for the answer to what it has sent: nobody knows whether that was received.
      const held = new Promise<void>((sent) => {
        receiver.before = async () => {
          receiver.before = () => undefined;
          await kill(sender);
          // The receiver itself, every other time: before it has kept what came.
          if (kills % 2 === 0) await receiver.kill();
          sent();
        };
      });
      const next = startSender();
      // There is something to send in any case.
      const record = { subject: 'x', kind: 'changed', key: `${kills}` } as const;
      await appendChange(db.pool, { lane: 'live', records: [record] });
      await numbered(db.pool);
      await held;
      if (kills % 2 === 0) await receiver.start();
      else await receiver.kill().then(() => receiver.start());
      sender = next;
      kills += 1;
      await db.pool.query(CUT);
    }
  }
  expect([cuts, kills]).toEqual([CUTS, KILLS]);
  await numbered(db.pool);
  const ledger = await ledgerLines(db.pool);
  const end = await readEnd(db.pool);

  const streamed = () => {
    const holder = createHolder();
    for (const { event: type, data } of client.events) {
      expect(type).not.toBe('reset');
      const { event } = JSON.parse(data) as { event?: unknown };
      if (event !== undefined) holder.apply(type, event);
    }
    return holder.lines();
  };
  await eventually(() => expect(streamed()).toEqual(ledger), { progress: () => client.events.length });
  const ids = client.events.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(ids.toSorted(byId));

  await eventually(
    async () => expect(await listEndpoints(db)).toMatchObject([{ cursor: end, pending: 0, dead: 0 }]),
    { progress: () => receiver.received.length },
  );
  expect(receiver.received.every(({ type }) => type === 'changes')).toBe(true);
  const first = [...new Map(changesOf(receiver).map((change) => [change.id, change])).values()];
  expect(first.map(({ id }) => id)).toEqual(first.map(({ id }) => id).toSorted(byId));
  const holder = createHolder();
  for (const { type, event } of first) if (event) holder.apply(type, event);
  expect(holder.lines()).toEqual(ledger);
  expect(receiver.forged).toEqual([]);
  cut.abort();
  await connection;
});
