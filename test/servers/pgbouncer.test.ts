/**
 * PgBouncer of Debian before the database, in transaction and in session mode. Needs `pgbouncer`: part of
 * `npm run test:servers`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendChange } from '../../src/feed/append.js';
import { createBell } from '../../src/feed/bell.js';
import { number } from '../../src/feed/number.js';
import { readEnd } from '../../src/feed/read.js';
import { createHub } from '../../src/push/stream/hub.js';
import { freePorts } from '../../src/runtime/ports.js';
import { createPool } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { ndxProcess, prepare } from '../support/ndx.js';
import { silentLog } from '../support/silent-log.js';

const directory = mkdtempSync(join(tmpdir(), 'ndx-pgbouncer-'));
const servers: ChildProcess[] = [];
let database: TestDatabase;
beforeAll(async () => {
  await prepare();
  // It does not run as root.
  chmodSync(directory, 0o755);
  database = await createTestDatabase();
});
afterAll(async () => {
  for (const server of servers) {
    if (server.exitCode !== null) continue;
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
  await database?.drop();
  rmSync(directory, { recursive: true, force: true });
});

/** @returns the address of the test's database through it */
async function pgbouncer(mode: string, more: readonly string[] = []): Promise<string> {
  const port = await freePorts();
  const url = new URL(database.url);
  const name = url.pathname.slice(1);
  const [user, password] = [url.username, decodeURIComponent(url.password)];
  const users = join(directory, `users-${port}`);
  writeFileSync(users, `"${user}" "${password}"\n`);
  const file = join(directory, `${port}.ini`);
  const lines = [
    '[databases]',
    `${name} = host=127.0.0.1 port=${url.port} dbname=${name}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${users}`,
    `pool_mode = ${mode}`,
    ...more,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  servers.push(spawn('/usr/sbin/pgbouncer', [file], { stdio: 'ignore', ...asNobody }));
  url.port = String(port);
  // Nothing but the connection: what it does with a session's settings is what is tried.
  await eventually(
    async () => {
      const pool = createPool({ url: url.href, poolSize: 1 });
      const answer = await pool.query('SELECT 1').catch((error: Error) => error);
      await pool.end();
      return !(answer instanceof Error) || /unsupported startup/.test(answer.message);
    },
    { what: 'PgBouncer to listen' },
  );
  return url.href;
}

/** Lets startup settings pass unheard, as its manual advises for drivers that send them. */
const IGNORING = ['ignore_startup_parameters = options,statement_timeout,extra_float_digits'];
const refusal = (text: string) =>
  expect.stringMatching(
    new RegExp(`^ndx: DATABASE_URL leads through a pooler .*${text}.*\\[CONFIG_INVALID\\]\\n$`),
  );

describe.each([['work'], ['listen', '--chain', 'solana'], ['serve'], ['up']])('ndx %s', (...command) => {
  test.each([
    ['settings of sessions refused', [], 'drops or refuses the settings'],
    ['settings of sessions ignored', IGNORING, 'LISTEN'],
    [
      'settings ignored, sessions in turn',
      [...IGNORING, 'server_round_robin = 1', 'min_pool_size = 3'],
      'LISTEN',
    ],
  ])('in transaction mode, %s: one sentence says what does not work, and it ends', async (_, more, text) => {
    const url = await pgbouncer('transaction', more);
    const { code, stderr } = await ndxProcess(command, {
      DATABASE_URL: url,
      SOLANA_RPC_URL: 'http://127.0.0.1:9',
      NDX_DATA_DIR: join(directory, 'data'),
      PORT: '0',
    });
    expect([code, stderr]).toEqual([78, refusal(text)]);
  });
});

test('with the queue in Redis transaction mode is warned of', async () => {
  const url = await pgbouncer('transaction', IGNORING);
  const { code, stderr } = await ndxProcess(['status'], {
    DATABASE_URL: url,
    REDIS_URL: 'redis://127.0.0.1:9',
  });
  expect(stderr).toMatch(/DATABASE_URL leads through a pooler .*time limits of reads may not hold/);
  expect(code).toBe(0);
});

test('in session mode, its settings ignored, too: LISTEN works there, and the queue still finds no tables', async () => {
  const url = await pgbouncer('session', IGNORING);
  const { code, stderr } = await ndxProcess(['status'], { DATABASE_URL: url });
  expect([code, stderr]).toEqual([78, refusal('that drops or refuses the settings of a session: the queue')]);
});

test('a server itself is no pooler', async () => {
  const { code, stderr } = await ndxProcess(['status'], { DATABASE_URL: database.url });
  expect([code, stderr]).toEqual([0, '']);
});

test('readers of the feed through it, in transaction mode, hear nothing and find what is new by the clock', async () => {
  const url = await pgbouncer('transaction', IGNORING);
  const [through, direct] = [url, database.url].map((address) => createPool({ url: address, poolSize: 3 }));
  if (!through || !direct) throw new Error('there are two pools');
  const numbered = () => eventually(async () => expect((await number(direct)).left).toBe('none'));
  await numbered();
  const bell = createBell({ pool: through, log: silentLog, often: 20, seldom: 86_400_000 });
  const hub = createHub({ db: { pool: through }, bell, log: silentLog });
  try {
    await hub.end();
    await eventually(() => expect(hub.position()).not.toBeNull());
    // More than one: what nobody announces is found each time.
    for (let at = 0; at < 5; at++) {
      const record = { subject: 'x', kind: 'changed', key: `${at}` } as const;
      await appendChange(direct, { lane: 'live', records: [record] });
      await numbered();
      const end = await readEnd(direct);
      await eventually(() => expect(hub.position()).toEqual(end));
    }
  } finally {
    await hub.stop();
    await bell.stop();
    await Promise.all([through.end(), direct.end()]);
  }
});
