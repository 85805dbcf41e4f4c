/** `ndx webhook` and `ndx push` as an operator meets them. */
import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/program.js';
import { appendChange } from '../../src/feed/append.js';
import { number } from '../../src/feed/number.js';
import { createContext } from '../../src/process/context.js';
import { freePorts } from '../../src/runtime/ports.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { prepare } from '../support/ndx.js';
import { changesOf, type Receiver, startReceiver } from '../support/webhook-receiver.js';

const MAIN = new URL('../../dist/src/cli/main.js', import.meta.url).pathname;
const KEY = 'ab'.repeat(32);

let own: TestDatabase;
let db: Database;
let receiver: Receiver;
let environment: Record<string, string>;

beforeAll(async () => {
  await prepare();
  own = await createTestDatabase();
  db = createDatabase({ url: own.url, poolSize: 2 });
  receiver = await startReceiver();
  environment = { DATABASE_URL: own.url, NDX_OUTBOUND_ALLOW: receiver.host, NDX_SECRET_KEY: KEY };
  await numbered();
});
afterAll(async () => {
  await receiver.kill();
  await db.close();
  await own.drop();
});

const numbered = () =>
  eventually(async () => expect(await number(db.pool)).toMatchObject({ left: 'none', numbered: 0 }));

async function ndx(...args: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(args, createContext({ environment, stdout, stderr }));
  stdout.end();
  stderr.end();
  return { code, out: await text(stdout), errors: await text(stderr) };
}

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, out, errors } = await ndx(...args, '--json');
  expect([code, errors]).toEqual([0, '']);
  return JSON.parse(out) as Record<string, unknown>;
}

test('a webhook from its adding to its removal, with a process that sends', async () => {
  const dry = await json('webhook', 'add', receiver.url, '--dry-run');
  expect(dry).toMatchObject({ secret: null });
  expect(await json('webhook', 'list')).toMatchObject({ webhooks: [] });
  const added = await json('webhook', 'add', receiver.url, '--filter', '{"subjects":["link"]}');
  const { id } = added.webhook as { id: string };
  receiver.secrets = [String(added.secret)];
  expect(await json('webhook', 'list')).toMatchObject({ webhooks: [{ id, state: 'enabled', pending: 0 }] });
  expect((await ndx('webhook', 'show', id)).out).toContain(receiver.url);
  expect(await json('webhook', 'test', id)).toMatchObject({ status: 204 });
  receiver.script.push(500);
  expect((await ndx('webhook', 'test', id)).errors).toContain('[WEBHOOK_NOT_RECEIVED]');

  const port = await freePorts();
  const pushing = spawn(process.execPath, [MAIN, 'push'], {
    env: { PATH: process.env.PATH, ...environment, NDX_HEALTH_PORT: String(port) },
    stdio: 'ignore',
  });
  const ended = new Promise((done) => pushing.once('exit', done));
  try {
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    await eventually(async () => expect(await get('/ready')).toBe('{"ready":true,"reasons":[]}'));
    await appendChange(db.pool, {
      lane: 'live',
      records: [
        { subject: 'link', kind: 'created', key: 'a' },
        { subject: 'metadata', kind: 'created', key: 'b' },
      ],
    });
    await numbered();
    await eventually(() => expect(changesOf(receiver).map(({ record }) => record?.key)).toEqual(['a']));
    expect(await get('/metrics')).toContain('ndx_webhook_attempts_total{outcome="received"} 1');
    const { secret } = await json('webhook', 'rotate', id, '--overlap', '0');
    receiver.secrets = [String(secret)];
    await json('webhook', 'replay', id, '--from', 'beginning');
    await eventually(() => expect(changesOf(receiver).map(({ record }) => record?.key)).toEqual(['a', 'a']));
  } finally {
    pushing.kill('SIGTERM');
  }
  expect(await ended).toBe(0);

  const { deliveries } = (await json('webhook', 'deliveries', id)) as { deliveries: { id: string }[] };
  expect(deliveries).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }]);
  expect(await json('webhook', 'redeliver', deliveries[0]?.id ?? '')).toEqual({
    redelivered: deliveries[0]?.id,
  });
  expect(await json('webhook', 'deliveries', id, '--state', 'pending')).toMatchObject({
    deliveries: [{ id: deliveries[0]?.id }],
  });
  expect(await json('webhook', 'disable', id)).toMatchObject({ state: 'disabled', reason: 'by hand' });
  expect(await json('webhook', 'enable', id)).toMatchObject({ state: 'enabled', reason: null });
  expect(await json('webhook', 'remove', id, '--dry-run')).toMatchObject({ id });
  expect(await json('webhook', 'remove', id)).toMatchObject({ id });
  expect(await json('webhook', 'list')).toMatchObject({ webhooks: [] });
});

test.each([
  [['add', 'http://127.0.0.1:1/'], 'OUTBOUND_REFUSED'],
  [['add', 'https://a:b@receiver.test/'], 'OUTBOUND_REFUSED'],
  [['add', 'https://receiver.test/', '--filter', '{"kinds":["gift"]}'], 'USAGE'],
  [['add', 'https://receiver.test/', '--filter', '{"kind":["sale"]}'], 'USAGE'],
  [['add', 'https://receiver.test/', '--from', '1.2.3'], 'USAGE'],
  [['show', 'wh_none'], 'WEBHOOK_NOT_FOUND'],
  [['redeliver', 'msg_none'], 'DELIVERY_NOT_FOUND'],
  [['replay', 'wh_none'], 'USAGE'],
  [['replay', 'wh_none', '--block', 'solana'], 'USAGE'],
  [['replay', 'wh_none', '--block', 'solana:5'], 'INPUT_INVALID'],
  [['replay', 'wh_none', '--from', 'beginning'], 'WEBHOOK_NOT_FOUND'],
])('ndx webhook %j ends with %s', async (args, code) => {
  const { errors } = await ndx('webhook', ...args);
  expect(errors).toContain(`[${code}]`);
  expect((await db.pool.query('SELECT id FROM webhook_endpoint')).rows).toEqual([]);
});
