/** Stream and webhooks on one feed: with the same filter both tell the same, in the same words. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendChange } from '../../src/feed/append.js';
import { type Bell, createBell } from '../../src/feed/bell.js';
import type { Filter } from '../../src/feed/told/filter.js';
import { createPushFeed } from '../../src/push/feed.js';
import { createHub, type Hub } from '../../src/push/stream/hub.js';
import { createStream } from '../../src/push/stream/stream.js';
import { addEndpoint, findEndpoint } from '../../src/push/webhooks/registry.js';
import { createSealing } from '../../src/push/webhooks/sealing.js';
import { type Sender, startSender } from '../../src/push/webhooks/sender.js';
import { createOutbound, type Outbound } from '../../src/runtime/outbound/client.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { rowId } from '../../src/store/ids.js';
import { ALICE, BOB, batch, COLLECTION, HISTORY, MARKET, SONG, testApp, write } from '../support/api.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { numbered } from '../support/feed-story.js';
import { silentLog } from '../support/silent-log.js';
import { createSseClient, type SseClient } from '../support/sse.js';
import { type Receiver, startReceiver } from '../support/webhook-receiver.js';

const USER = rowId('user', ALICE);
/** The stream's query, and the webhook's filter of the same meaning. */
const FILTERS: readonly [query: string, filter: Filter][] = [
  ['', {}],
  [`?wallet=${ALICE}`, { wallets: [ALICE] }],
  [`?wallet=${MARKET}`, { wallets: [MARKET] }],
  [`?user=${USER}`, { users: [USER] }],
  [`?nft=${SONG}`, { nfts: [SONG] }],
  [`?collection=${COLLECTION}`, { collections: [COLLECTION] }],
  [`?collection=${COLLECTION}&wallet=${BOB}`, { collections: [COLLECTION], wallets: [BOB] }],
  ['?kind=stake', { kinds: ['stake'] }],
  ['?finality=finalized', { finality: 'finalized' }],
  ['?chain=ton', { chains: ['ton'] }],
];

let own: TestDatabase;
let db: Database;
let bell: Bell;
let hub: Hub;
let app: FastifyInstance;
let receiver: Receiver;
let outbound: Outbound;
let sender: Sender;
const end = new AbortController();
const streams: SseClient[] = [];
const endpoints: string[] = [];
const running: Promise<void>[] = [];

beforeAll(async () => {
  own = await createTestDatabase();
  db = createDatabase({ url: own.url, poolSize: 8 });
  await numbered(db.pool);
  bell = createBell({ pool: null, log: silentLog, often: 20 });
  hub = createHub({ db, bell, log: silentLog });
  app = testApp(db, { stream: createStream({ hub, db }) }).app;
  const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/stream`;
  receiver = await startReceiver();
  outbound = createOutbound({ allowedHosts: [receiver.host] });
  const sealing = createSealing(undefined);
  const feed = createPushFeed(db.pool);
  const cursor = await feed.tip();
  for (const [query, filter] of FILTERS) {
    const client = createSseClient(`${url}${query}`);
    running.push(client.run(end.signal));
    streams.push(client);
    const added = await addEndpoint(
      { pool: db.pool, sealing },
      { url: receiver.url, description: '', filter, ordered: true, batch: 100, cursor },
      { dryRun: false },
    );
    receiver.secrets.push(added.secret);
    endpoints.push(added.endpoint.id);
  }
  await eventually(() => expect(streams.every((client) => client.lastId() !== '')).toBe(true));
  sender = startSender({
    ...{ db, feed, bell, outbound, sealing, holder: 'test', log: silentLog },
    schedule: { delays: [10], giveUpAfter: 60_000 },
    onAttempt: () => undefined,
  });
});

afterAll(async () => {
  end.abort();
  await Promise.all(running);
  await sender.stop();
  await outbound.close();
  await receiver.kill();
  await app.close();
  await hub.stop();
  await bell.stop();
  await db.close();
  await own.drop();
});

const streamed = (at: number): unknown[] => (streams[at]?.events ?? []).map(({ data }) => JSON.parse(data));
const pushed = (at: number): unknown[] =>
  receiver.received
    .filter(({ id }) => id.startsWith(`msg_${endpoints[at]}_`))
    .flatMap(({ data }) => data.changes ?? []);

/** Everybody has read everything: what is gone when it is told is not told. */
async function read(events: number): Promise<void> {
  await numbered(db.pool);
  await eventually(() => expect([streamed(0).length, pushed(0).length]).toEqual([events, events]));
  const tip = await createPushFeed(db.pool).tip();
  for (const id of endpoints)
    await eventually(async () => expect((await findEndpoint(db, id)).cursor).toEqual(tip));
}

const said = (told: readonly unknown[]) =>
  (told as { type: string; subject: string; event?: { kind: string; block: number } }[]).map(
    ({ type, subject, event }) => `${type} ${event ? `${event.kind} ${event.block}` : subject}`,
  );

test('with the same filter, stream and webhook tell the same of events and records', async () => {
  await write(db, { ...batch(HISTORY, 100, 107), finality: 'confirmed', blocks: [] });
  await read(11);
  await write(db, batch(HISTORY, 100, 107));
  await read(22);
  // A sale is gone; Alice's listing becomes Bob's; the NFT that was minted in block 104 was never there.
  const gone = (block: number) => block === 103 || block === 104 || block === 105;
  const others = HISTORY.filter(({ block }) => !gone(block)).map((item) =>
    item.block === 102 ? { ...item, events: item.events.map((event) => ({ ...event, from: BOB })) } : item,
  );
  await write(db, batch(others, 100, 107));
  await read(22 + 5);
  const about = { wallets: [ALICE], users: [USER], collections: [COLLECTION] };
  const link = { subject: 'link', kind: 'changed', key: ALICE, about } as const;
  await appendChange(db.pool, { lane: 'live', records: [link, { ...link, internal: true }] });
  await read(22 + 6);

  for (const at of FILTERS.keys()) {
    await eventually(() => expect(streamed(at)).toEqual(pushed(at)));
    // Both in the feed's order.
    const ids = (pushed(at) as { id: string }[]).map(({ id }) => id.split('.').map(Number));
    expect(ids).toEqual(ids.toSorted(([, a = 0, b = 0], [, c = 0, d = 0]) => a - c || b - d));
  }
  // What a wallet only pays or gets by a movement, and what left the filter, is told.
  expect(said(pushed(2))).toEqual(['created sale 103', 'finalized sale 103', 'withdrawn sale 103']);
  const ofAlice = [
    ...['created mint 101', 'created list 102', 'created sale 103'],
    ...['finalized mint 101', 'finalized list 102', 'finalized sale 103'],
    ...['withdrawn sale 103', 'withdrawn list 102', 'changed link'],
  ];
  expect(said(pushed(1))).toEqual(ofAlice);
  expect(said(pushed(3))).toEqual(ofAlice);
  // By the tables' word on the NFT, also where the event does not name the collection.
  expect(said(pushed(5))).toEqual(
    expect.arrayContaining([
      'created sale 103',
      'created burn 105',
      'withdrawn sale 103',
      'changed list 102',
    ]),
  );
  // Of an NFT that is gone nobody knows the collection any more: withdrawn all the same.
  expect(said(pushed(5))).toContain('withdrawn burn 105');
  expect(said(pushed(6))).toEqual([
    ...['created sale 103', 'created transfer 107', 'finalized sale 103', 'finalized transfer 107'],
    ...['withdrawn sale 103', 'created list 102'],
  ]);
  expect(said(pushed(8)).filter((line) => line.startsWith('created'))).toEqual([]);
  expect(pushed(9)).toEqual([]);
});
