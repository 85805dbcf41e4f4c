/**
 * A database that is restored to an earlier time, and a standby that is promoted, under a connected stream
 * and a webhook: both begin anew, and hold what the tables say in the end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bell, createBell } from '../../src/feed/bell.js';
import { readEnd } from '../../src/feed/read.js';
import { createPushFeed } from '../../src/push/feed.js';
import { createHub, type Hub } from '../../src/push/stream/hub.js';
import { createStream } from '../../src/push/stream/stream.js';
import { addEndpoint } from '../../src/push/webhooks/registry.js';
import { createSealing } from '../../src/push/webhooks/sealing.js';
import { type Sender, startSender } from '../../src/push/webhooks/sender.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { createOutbound, type Outbound } from '../../src/runtime/outbound/client.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { migrate } from '../../src/store/migrate/migrations.js';
import { startTcpProxy, type TcpProxy } from '../faults/tcp-proxy.js';
import { testApp } from '../support/api.js';
import { backUp, type Cluster, promote, startCluster, startCopy } from '../support/cluster.js';
import { CONTEXT } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { createHolder, ledgerLines, numbered, story } from '../support/feed-story.js';
import { silentLog } from '../support/silent-log.js';
import { createSseClient, type SseClient } from '../support/sse.js';
import { type Receiver, startReceiver } from '../support/webhook-receiver.js';

const directory = mkdtempSync(join(tmpdir(), 'ndx-failover-'));
const sealing = createSealing(undefined);
const clusters: Cluster[] = [];
const end = new AbortController();
let proxy: TcpProxy;
let db: Database;
let bell: Bell;
let hub: Hub;
let app: FastifyInstance;
let receiver: Receiver;
let outbound: Outbound;
let sender: Sender;
let client: SseClient;
let running: Promise<void>;
let stopped = false;

beforeAll(async () => {
  const primary = await startCluster(join(directory, 'primary'));
  clusters.push(primary);
  await migrate(primary.url, new URL('../../prisma', import.meta.url).pathname);
  proxy = await startTcpProxy(primary.port);
  const url = new URL(primary.url);
  url.port = String(proxy.port);
  db = createDatabase({ url: url.href, poolSize: 8 });
  await numbered(db.pool);
  bell = createBell({ pool: db.pool, log: silentLog, often: 50 });
  hub = createHub({ db, bell, log: silentLog });
  app = testApp(db, { stream: createStream({ hub, db }) }).app;
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  client = createSseClient(`${address}/v1/stream`);
  // As an EventSource does: whenever it is cut off, it comes back with its last id.
  const stay = async () => {
    while (!stopped) await client.run(end.signal).catch(() => undefined);
  };
  running = stay();
  await eventually(() => expect(client.lastId()).not.toBe(''));
  receiver = await startReceiver();
  outbound = createOutbound({ allowedHosts: [receiver.host] });
  const feed = createPushFeed(db.pool);
  const cursor = await feed.tip();
  const wish = { url: receiver.url, description: '', filter: {}, ordered: true, batch: 50, cursor };
  receiver.secrets = [(await addEndpoint({ pool: db.pool, sealing }, wish, { dryRun: false })).secret];
  sender = startSender({
    ...{ db, feed, bell, outbound, sealing, holder: 'test', log: silentLog, lease: 500 },
    schedule: { delays: [20], giveUpAfter: 60_000 },
    onAttempt: () => undefined,
  });
});

afterAll(async () => {
  stopped = true;
  end.abort();
  await running;
  await sender.stop();
  await outbound.close();
  await receiver.kill();
  await app.close();
  await hub.stop();
  await bell.stop();
  await db.close();
  await proxy.close();
  for (const cluster of clusters) await cluster.stop().catch(() => undefined);
  rmSync(directory, { recursive: true, force: true });
});

/** What a consumer holds: at a reset it reads the tables, then goes on folding what follows. */
async function fold(told: readonly { readonly type: string; readonly event?: unknown }[], from: string[]) {
  const holder = createHolder();
  holder.replace(from);
  for (const { type, event } of told) if (event) holder.apply(type, event);
  return holder.lines();
}

const streamed = () =>
  client.events.map(({ event: type, data }) => ({
    type,
    event: (JSON.parse(data) as { event?: unknown }).event,
  }));
const pushed = (): { readonly type: string; readonly event?: unknown }[] =>
  receiver.received.flatMap(({ type, data }) => [
    ...(type === 'reset' ? [{ type }] : []),
    ...(data.changes ?? []).map((change) => ({ type: change.type, event: change.event })),
  ]);

/** How many resets each was told so far. */
const resets = () => [streamed(), pushed()].map((told) => told.filter(({ type }) => type === 'reset').length);

const write = async (from: number, to: number) => {
  for (const batch of story().slice(from, to))
    await reconcile(db, batch, CONTEXT, { job: 'test', lane: 'live' });
  await numbered(db.pool);
};

/** Both have been told everything up to now. */
async function told(): Promise<void> {
  const tip = await readEnd(db.pool);
  await eventually(async () => {
    const { rows } = await db.pool.query<{ seq: string; epoch: string }>(
      'SELECT seq, epoch FROM webhook_endpoint',
    );
    expect(rows).toEqual([{ seq: String(tip.seq), epoch: String(tip.epoch) }]);
    expect(hub.position()).toEqual(tip);
  });
}

/** The server is another now; both are told so, read the tables and follow. */
async function movedTo(cluster: Cluster, before: readonly number[], next: [number, number]): Promise<void> {
  proxy.target(cluster.port);
  proxy.cut();
  await eventually(() => numbered(db.pool));
  await eventually(() => expect(resets().map((count, at) => count - (before[at] ?? 0))).toEqual([1, 1]), {
    progress: resets,
  });
  const marks = [streamed().length, pushed().length] as const;
  const tables = await ledgerLines(db.pool);
  await write(...next);
  const ledger = await ledgerLines(db.pool);
  expect(ledger).not.toEqual(tables);
  await eventually(async () => {
    expect(await fold(streamed().slice(marks[0]), tables)).toEqual(ledger);
    expect(await fold(pushed().slice(marks[1]), tables)).toEqual(ledger);
  });
}

test('promise 3: restored to an earlier time, then a standby promoted: both end with what the tables say', async () => {
  const [primary] = clusters as [Cluster];
  await write(0, 8);
  const backup = await backUp(primary, join(directory, 'restored'));
  await write(8, 16);
  await told();
  const lost = await ledgerLines(db.pool);
  expect(await fold(streamed(), [])).toEqual(lost);
  expect(resets()).toEqual([0, 0]);
  await primary.crash();
  const restored = await startCopy(backup, 'restored');
  clusters.push(restored);
  await movedTo(restored, [0, 0], [24, 32]);

  const standby = await startCopy(await backUp(restored, join(directory, 'standby')), { of: restored });
  clusters.push(standby);
  await write(32, 40);
  await told();
  const at = await db.pool.query<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn');
  const behind = new pg.Client({ connectionString: standby.url });
  await behind.connect();
  await eventually(async () => {
    const { rows } = await behind.query<{ there: boolean }>(
      'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS there',
      [at.rows[0]?.lsn],
    );
    return rows[0]?.there === true;
  });
  await behind.end();
  const before = resets();
  await restored.crash();
  await promote(standby);
  await movedTo(standby, before, [40, 56]);
});
