/** Webhooks on the real feed: what a receiver is sent, and what happens when he does not take it. */
import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { appendChange } from '../../src/feed/append.js';
import { type Bell, createBell } from '../../src/feed/bell.js';
import { beginEpoch } from '../../src/feed/epoch.js';
import { formatFeedId } from '../../src/feed/id.js';
import { number } from '../../src/feed/number.js';
import type { Filter } from '../../src/feed/told/filter.js';
import { createPushFeed, type PushFeed } from '../../src/push/feed.js';
import { listDeliveries, redeliver } from '../../src/push/webhooks/history.js';
import {
  addEndpoint,
  findEndpoint,
  listEndpoints,
  removeEndpoint,
  replayFrom,
  rotateSecret,
  setState,
} from '../../src/push/webhooks/registry.js';
import type { Schedule } from '../../src/push/webhooks/schedule.js';
import { createSealing } from '../../src/push/webhooks/sealing.js';
import { type Sender, startSender } from '../../src/push/webhooks/sender.js';
import { sendTest } from '../../src/push/webhooks/test-call.js';
import { createOutbound, type Outbound } from '../../src/runtime/outbound/client.js';
import { createDatabase, type Database, inTransaction } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { silentLog } from '../support/silent-log.js';
import { changesOf, type Receiver, startReceiver } from '../support/webhook-receiver.js';

const sealing = createSealing(Buffer.alloc(32, 7));
const DO = { dryRun: false };
const QUICK: Schedule = { delays: [10], giveUpAfter: 60_000 };

let own: TestDatabase;
let db: Database;
let feed: PushFeed;
let receiver: Receiver;
const receivers: Receiver[] = [];
const senders: { readonly sender: Sender; readonly outbound: Outbound; readonly bell: Bell }[] = [];

beforeAll(async () => {
  own = await createTestDatabase();
  db = createDatabase({ url: own.url, poolSize: 8 });
  feed = createPushFeed(db.pool);
  // The first step begins the feed's first epoch.
  await numbered();
});
afterAll(async () => {
  await db.close();
  await own.drop();
});
beforeEach(async () => {
  await db.pool.query('TRUNCATE webhook_endpoint CASCADE');
  receiver = await another();
});
afterEach(async () => {
  for (const { sender, outbound, bell } of senders.splice(0)) {
    await sender.stop();
    await bell.stop();
    await outbound.close();
  }
  await Promise.all(receivers.splice(0).map((one) => one.kill()));
});

async function another(): Promise<Receiver> {
  const started = await startReceiver();
  receivers.push(started);
  return started;
}

function send(schedule = QUICK): Sender {
  const outbound = createOutbound({ allowedHosts: receivers.map(({ host }) => host) });
  const bell = createBell({ pool: db.pool, log: silentLog, often: 20 });
  const sender = startSender({
    db,
    feed,
    outbound,
    sealing,
    schedule,
    holder: `test ${senders.length}`,
    log: silentLog,
    bell,
    onAttempt: () => undefined,
  });
  senders.push({ sender, outbound, bell });
  return sender;
}

interface Wish {
  readonly to?: Receiver;
  readonly filter?: Filter;
  readonly batch?: number;
  readonly ordered?: boolean;
}

/** Adds an endpoint that is told what happens from now on. */
async function endpoint({
  to = receiver,
  filter = {},
  batch = 100,
  ordered = true,
}: Wish = {}): Promise<string> {
  const cursor = await feed.tip();
  const added = await addEndpoint(
    { pool: db.pool, sealing },
    { url: to.url, description: '', filter, ordered, batch, cursor },
    DO,
  );
  to.secrets = [added.secret];
  return added.endpoint.id;
}

/** Puts changes into the feed, `perRow` a transaction, and waits until they have their numbers. */
async function change(keys: readonly string[], { subject = 'metadata', perRow = 1, wallets = ['w'] } = {}) {
  for (let at = 0; at < keys.length; at += perRow) {
    const records = keys.slice(at, at + perRow).map((key) => ({
      subject,
      kind: 'changed' as const,
      key,
      about: { wallets },
      content: { said: `${key} é` },
    }));
    await appendChange(db.pool, { lane: 'live', records });
  }
  await numbered();
}

/** Numbers until nothing waits: other tests share the server, and their transactions hold ours up. */
function numbered() {
  return eventually(async () => expect(await number(db.pool)).toMatchObject({ left: 'none', numbered: 0 }));
}

const keys = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `k${from + at}`);
const keysOf = (of: Receiver) => changesOf(of).map(({ record }) => record?.key);
const received = (of: Receiver, count: number) =>
  eventually(() => expect(changesOf(of).length).toBeGreaterThanOrEqual(count), {
    progress: () => changesOf(of).length,
  });
const deliveries = (id: string) => listDeliveries(db, { endpoint: id, state: null, limit: 100 });

describe('a receiver that answers', () => {
  test('is told every change in order, in batches, signed by Standard Webhooks', async () => {
    const id = await endpoint({ batch: 3 });
    await change(keys(0, 10), { perRow: 4 });
    send();
    await received(receiver, 10);
    expect(keysOf(receiver)).toEqual(keys(0, 10));
    expect(receiver.forged).toEqual([]);
    expect(receiver.received.map(({ data }) => data.changes?.length)).toEqual([3, 3, 3, 1]);
    expect(changesOf(receiver)[0]).toMatchObject({ type: 'changed', lane: 'live', subject: 'metadata' });
    await change(keys(10, 11));
    await received(receiver, 11);
    await eventually(async () => expect(await listEndpoints(db)).toMatchObject([{ pending: 0, dead: 0 }]));
    const log = await deliveries(id);
    expect(log.map(({ state, attempts, status }) => [state, attempts, status])).toEqual(
      Array(5).fill(['delivered', 1, 204]),
    );
    expect(new Set(receiver.came).size).toBe(5);
  });

  test('is told only what its filter asks for, and its cursor goes on over the rest', async () => {
    const id = await endpoint({ filter: { subjects: ['metadata'], wallets: ['alice', 'bob'] } });
    await change(['a'], { wallets: ['alice'] });
    await change(['b'], { wallets: ['carol'] });
    await change(['c'], { wallets: ['carol', 'bob'] });
    await change(['d'], { subject: 'link', wallets: ['bob'] });
    send();
    await received(receiver, 2);
    expect(keysOf(receiver)).toEqual(['a', 'c']);
    await eventually(async () => expect((await findEndpoint(db, id)).cursor).toEqual(await feed.tip()));
    expect(receiver.came.length).toBe(1);
  });

  test('verifies with either secret while one takes the place of the other, and the old one ends', async () => {
    const id = await endpoint();
    const [old = ''] = receiver.secrets;
    const { secret } = await rotateSecret({ pool: db.pool, sealing }, id, 3_600_000, DO);
    send();
    for (const one of [old, secret]) {
      receiver.secrets = [one];
      const before = changesOf(receiver).length;
      await change(keys(0, 1));
      await received(receiver, before + 1);
    }
    const last = await rotateSecret({ pool: db.pool, sealing }, id, 0, DO);
    receiver.secrets = [old, secret];
    await change(keys(1, 2));
    await eventually(() => expect(receiver.forged.length).toBeGreaterThan(0));
    receiver.secrets = [last.secret];
    await received(receiver, 3);
    expect(keysOf(receiver)).toEqual(['k0', 'k0', 'k1']);
    expect((await db.pool.query('SELECT secret FROM webhook_secret')).rows.map((row) => row.secret)).toEqual(
      (await db.pool.query('SELECT secret FROM webhook_secret')).rows.map(() =>
        expect.stringMatching(/^sealed:/),
      ),
    );
  });

  test('is sent a test message on demand, which HMAC-SHA-256 by hand verifies, too', async () => {
    const id = await endpoint();
    const outbound = createOutbound({ allowedHosts: [receiver.host] });
    try {
      const sent: { url: string; headers: Record<string, string>; body: string }[] = [];
      const spied: Outbound = {
        ...outbound,
        request: (request) => {
          sent.push(request as (typeof sent)[number]);
          return outbound.request(request);
        },
      };
      const attempt = await sendTest({ pool: db.pool, sealing, receivers: spied }, id);
      expect(attempt).toMatchObject({ outcome: 'received', status: 204, error: null });
      expect(receiver.received).toMatchObject([{ type: 'test' }]);
      const [{ headers, body } = { headers: {} as Record<string, string>, body: '' }] = sent;
      const [secret = ''] = receiver.secrets;
      const mac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
        .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
        .digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${mac}`);
    } finally {
      await outbound.close();
    }
  });
});

describe('a receiver that does not take a message', () => {
  test('is asked again, with the same id and content, and nothing overtakes it', async () => {
    receiver.script.push(500, 503, { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 429);
    const id = await endpoint({ batch: 2 });
    await change(keys(0, 6));
    send();
    await received(receiver, 6);
    expect(keysOf(receiver)).toEqual(keys(0, 6));
    expect(receiver.came.length).toBe(7);
    expect(new Set(receiver.came.slice(0, 5)).size).toBe(1);
    // What he has received is written down after his answer has come.
    await eventually(async () =>
      expect((await deliveries(id)).map(({ attempts }) => attempts)).toEqual([1, 1, 5]),
    );
    expect((await findEndpoint(db, id)).failingSince).toBeNull();
  });

  test('without order: others are not held up by one that fails', async () => {
    const refused = Array<number>(3).fill(500);
    receiver.script.push(...refused);
    await endpoint({ batch: 1, ordered: false });
    await change(keys(0, 30));
    send({ delays: [300], giveUpAfter: 60_000 });
    await received(receiver, 30);
    expect([...keysOf(receiver)].sort()).toEqual(keys(0, 30).sort());
    expect(receiver.came.length).toBe(33);
  });

  test('410 disables the endpoint; enabled again, it goes on where it stood', async () => {
    receiver.script.push(410);
    const id = await endpoint();
    await change(keys(0, 2));
    send();
    await eventually(async () =>
      expect(await findEndpoint(db, id)).toMatchObject({
        state: 'disabled',
        reason: expect.stringContaining('410'),
      }),
    );
    await change(keys(2, 3));
    expect(receiver.came.length).toBe(1);
    await setState({ pool: db.pool, sealing }, id, 'enabled', DO);
    await received(receiver, 3);
    expect(keysOf(receiver)).toEqual(keys(0, 3));
  });

  test('what he refuses for days is a dead letter, the next message follows, and it can be sent once more', async () => {
    const id = await endpoint({ batch: 1 });
    receiver.script.push(422, 422);
    await change(keys(0, 2));
    send({ delays: [5], giveUpAfter: 0 });
    await received(receiver, 1);
    expect(keysOf(receiver)).toEqual(['k1']);
    const log = await eventually(async () => {
      const found = await deliveries(id);
      expect(found.map(({ state }) => state)).toEqual(['delivered', 'dead']);
      return found;
    });
    expect(log[1]).toMatchObject({ status: 422, error: 'the receiver answered with status 422' });
    await redeliver({ pool: db.pool, feed }, log[1]?.id ?? '', DO);
    await received(receiver, 2);
    expect(keysOf(receiver)).toEqual(['k1', 'k0']);
  });

  test('what does not reach him is never given up', async () => {
    const id = await endpoint();
    await receiver.kill();
    await change(keys(0, 1));
    send({ delays: [5], giveUpAfter: 0 });
    await eventually(async () => expect((await deliveries(id))[0]?.attempts).toBeGreaterThan(5), {
      progress: async () => (await deliveries(id))[0]?.attempts,
    });
    expect(await deliveries(id)).toMatchObject([{ state: 'pending', status: null }]);
    expect((await deliveries(id))[0]?.error).toContain('OUTBOUND_UNREACHABLE');
    await receiver.start();
    await received(receiver, 1);
  });
});

describe('by hand', () => {
  test('what was received is sent again from the feed, with its id', async () => {
    const id = await endpoint();
    await change(keys(0, 3));
    send();
    await received(receiver, 3);
    const [first] = await eventually(async () => {
      const log = await deliveries(id);
      expect(log[0]?.state).toBe('delivered');
      return log;
    });
    await redeliver({ pool: db.pool, feed }, first?.id ?? '', DO);
    await received(receiver, 6);
    expect(keysOf(receiver)).toEqual([...keys(0, 3), ...keys(0, 3)]);
    expect(new Set(receiver.came).size).toBe(1);
  });

  test('replay from a point tells everything after it again; what waits is not told twice', async () => {
    const id = await endpoint({ batch: 2 });
    const start = await feed.tip();
    await change(keys(0, 4));
    send();
    await received(receiver, 4);
    await replayFrom({ pool: db.pool, sealing }, id, start, DO);
    await received(receiver, 8);
    expect(keysOf(receiver)).toEqual([...keys(0, 4), ...keys(0, 4)]);
    await expect(replayFrom({ pool: db.pool, sealing }, 'wh_none', start, DO)).rejects.toMatchObject({
      code: 'WEBHOOK_NOT_FOUND',
    });
  });

  test('each change is audited, and a dry run changes nothing', async () => {
    await db.pool.query('TRUNCATE audit_entry');
    const deps = { pool: db.pool, sealing };
    const id = await endpoint();
    const dry = { dryRun: true };
    const before = await db.pool.query('SELECT * FROM webhook_endpoint');
    await setState(deps, id, 'disabled', dry);
    await rotateSecret(deps, id, 0, dry);
    await replayFrom(deps, id, { epoch: 0, seq: 1, n: 0 }, dry);
    await removeEndpoint(deps, id, dry);
    expect((await db.pool.query('SELECT * FROM webhook_endpoint')).rows).toEqual(before.rows);
    await setState(deps, id, 'disabled', DO);
    await rotateSecret(deps, id, 0, DO);
    await removeEndpoint(deps, id, DO);
    const { rows } = await db.pool.query('SELECT action, key, before, after FROM audit_entry ORDER BY id');
    expect(rows.map(({ action, key }) => [action, key])).toEqual(
      ['add', 'disable', 'rotate', 'remove'].map((action) => [action, id]),
    );
    expect(JSON.stringify(rows)).not.toContain('whsec_');
    expect((await db.pool.query('SELECT * FROM webhook_secret')).rows).toEqual([]);
  });
});

test('a new epoch: after the message that waits comes `reset`, nothing else of the old one, then what follows', async () => {
  const id = await endpoint({ batch: 1 });
  receiver.script.push(...Array<number>(10_000).fill(500));
  await change(keys(0, 2));
  send();
  await eventually(() => expect(receiver.came.length).toBeGreaterThan(0));
  await inTransaction(db.pool, (client) => beginEpoch(client));
  await numbered();
  receiver.script.length = 0;
  const reset = await eventually(() => {
    const found = receiver.received.find(({ type }) => type === 'reset');
    expect(found?.data.reason).toContain('began anew');
    return found;
  });
  expect(reset?.data.from).toBe(formatFeedId(await feed.tip()));
  await eventually(async () => expect((await findEndpoint(db, id)).cursor).toEqual(await feed.tip()));
  await change(keys(2, 4));
  await received(receiver, 3);
  const told = receiver.received.map(({ type, data }) => data.changes?.[0]?.record?.key ?? type);
  expect(told).toEqual(['k0', 'reset', 'k2', 'k3']);
});

test('a slow receiver does not slow a quick one', async () => {
  const slow = await another();
  let release: () => void = () => undefined;
  const held = new Promise<void>((done) => {
    release = done;
  });
  slow.before = () => held;
  await endpoint({ to: slow, batch: 10 });
  await endpoint({ batch: 10 });
  send();
  const delays: number[] = [];
  for (let round = 0; round < 20; round++) {
    await change(keys(round, round + 1));
    const told = performance.now();
    await received(receiver, round + 1);
    delays.push(performance.now() - told);
  }
  delays.sort((a, b) => a - b);
  // The slow one holds its first message all the while.
  expect([new Set(slow.came).size, slow.received.length]).toEqual([1, 0]);
  process.stdout.write(
    `quick beside slow: p50 ${delays[10]?.toFixed(0)} ms, most ${delays[19]?.toFixed(0)} ms\n`,
  );
  release();
  await received(slow, 20);
  expect(keysOf(slow)).toEqual(keys(0, 20));
});

test('nothing is lost however long a receiver was down, and several senders tell nothing twice', async () => {
  const changes = Number(process.env.NDX_TEST_WEBHOOK_CHANGES ?? 5_000);
  await endpoint({ batch: 250 });
  await receiver.kill();
  send();
  send();
  await change(keys(0, changes), { perRow: 50 });
  await receiver.start();
  const started = performance.now();
  await received(receiver, changes);
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${changes} changes after an outage: ${seconds.toFixed(1)} s\n`);
  expect(keysOf(receiver)).toEqual(keys(0, changes));
});
