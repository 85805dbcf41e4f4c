/**
 * Ready means: can do its work now. Listener and worker say 503 with the reason while nothing can be written,
 * and 200 again when it can; the API reads on, and says what stands still. The queue stands on PostgreSQL and
 * on Redis.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../../src/runtime/ports.js';
import { createPool } from '../../src/store/database.js';
import { type Part, startPart } from '../faults/processes.js';
import { BACKENDS } from '../support/backends.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { prepare } from '../support/ndx.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { admin } from '../support/solana-devnet.js';

type Name = 'listener' | 'worker' | 'api';

describe.each(BACKENDS)('queue on %s', (queue) => {
  const directory = mkdtempSync(join(tmpdir(), 'ndx-ready-'));
  const logFile = join(directory, 'log');
  const parts: Part[] = [];
  let database: TestDatabase;
  let redis: TestRedis | undefined;
  /** As the server's own user, whom nothing is refused. */
  let owner: pg.Pool;
  let name: string;
  let user: string;
  let urls: Record<Name, string>;

  beforeAll(async () => {
    await prepare();
    database = await createTestDatabase();
    owner = createPool({ url: database.url, poolSize: 2 });
    const url = new URL(database.url);
    name = url.pathname.slice(1);
    // A user of its own, so that rights can be taken away.
    user = `u_${name}`;
    await owner.query(`CREATE ROLE ${user} LOGIN PASSWORD 'p'`);
    await owner.query(`GRANT ALL ON DATABASE ${name} TO ${user}`);
    await owner.query(`GRANT ALL ON SCHEMA public TO ${user}`);
    await owner.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${user}`);
    await owner.query(`GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${user}`);
    url.username = user;
    url.password = 'p';
    redis = queue === 'redis' ? await startRedis() : undefined;
    const ports = [await freePorts(2), await freePorts(), await freePorts(), await freePorts()];
    const devnet = `http://127.0.0.1:${ports[0]}`;
    const base = {
      NDX_DATA_DIR: join(directory, 'data'),
      DATABASE_URL: url.href,
      SOLANA_RPC_URL: devnet,
      NDX_DEVNET_RATE: '10',
      // What is tried here is not that a watchdog bites.
      NDX_STUCK_AFTER: '3600',
      ...(redis ? { REDIS_URL: redis.url } : {}),
    };
    const part = (of: string, args: readonly string[], env: Record<string, string> = {}) =>
      parts.push(startPart({ name: of, args, env: { ...base, ...env }, logFile }));
    part('devnet', ['devnet', '--port', String(ports[0]), '--ton-port', '0', '--documents-port', '0']);
    await eventually(async () => (await admin(devnet, 'GET', 'heads')) !== null, {
      what: 'the devnet to answer',
    });
    urls = {
      listener: `http://127.0.0.1:${ports[1]}`,
      worker: `http://127.0.0.1:${ports[2]}`,
      api: `http://127.0.0.1:${ports[3]}`,
    };
    part('listener', ['listen', '--chain', 'solana'], { NDX_HEALTH_PORT: String(ports[1]) });
    part('worker', ['work', '--chain', 'solana'], { NDX_HEALTH_PORT: String(ports[2]) });
    part('api', ['serve'], { PORT: String(ports[3]) });
    await allReady();
  }, 600_000);
  afterAll(async () => {
    for (const part of parts) await part.stop();
    await owner?.query(`DROP OWNED BY ${user} CASCADE`).catch(() => undefined);
    await owner?.end();
    await database?.drop();
    await redis?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const ready = async (of: Name) => {
    const reply = await fetch(`${urls[of]}/ready`, { signal: AbortSignal.timeout(10_000) });
    return { status: reply.status, text: await reply.text() };
  };
  const says = (of: Name, status: number, reason = ''): Promise<void> =>
    eventually(
      async () => {
        const now = await ready(of);
        expect(now).toEqual({ status, text: expect.stringContaining(reason) });
      },
      { what: `${of} to answer ${status} ${reason}` },
    );
  async function allReady(): Promise<void> {
    for (const of of ['listener', 'worker', 'api'] as const) await says(of, 200);
  }
  const newest = async (): Promise<number> =>
    Number((await owner.query('SELECT max(to_block) AS block FROM coverage_range')).rows[0]?.block ?? 0);
  /** New sessions begin under what was set; the old ones end. */
  const endSessions = () =>
    owner.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1 AND datname = $2',
      [user, name],
    );
  /** Everybody is ready again by himself, in the same processes, and blocks go on. */
  async function recovers(): Promise<void> {
    const before = await newest();
    await allReady();
    await eventually(async () => (await newest()) > before, { what: 'blocks to be reconciled again' });
    expect(parts.flatMap((part) => part.fell)).toEqual([]);
  }

  test('a database that is read-only, as a standby is: all say so, and write again when it takes writes', async () => {
    await owner.query(`ALTER ROLE ${user} SET default_transaction_read_only = on`);
    await endSessions();
    for (const of of ['listener', 'worker'] as const) await says(of, 503, 'the database is read-only');
    await says('api', 200, 'the database is read-only');
    // Sessions of that time stay read-only for ever: nobody keeps one.
    await owner.query(`ALTER ROLE ${user} RESET default_transaction_read_only`);
    await recovers();
  }, 600_000);

  test('rights that were taken away: the tables are named', async () => {
    await owner.query(`REVOKE INSERT ON ledger_event FROM ${user}`);
    await owner.query(`REVOKE UPDATE ON chain_state FROM ${user}`);
    await says('worker', 503, 'ledger_event');
    await says('listener', 503, 'chain_state');
    await owner.query(`GRANT ALL ON ledger_event, chain_state TO ${user}`);
    await recovers();
  }, 600_000);

  test('a disk without room, while nothing is to be written and while something is', async () => {
    // The server has no room for temporary files: what it then says (53400) is of the kind of a full disk.
    await owner.query(`ALTER ROLE ${user} SET temp_file_limit = 0`);
    await endSessions();
    for (const of of ['listener', 'worker'] as const) await says(of, 503, 'the database has no room');
    await owner.query(`ALTER ROLE ${user} RESET temp_file_limit`);
    await endSessions();
    await recovers();
  }, 600_000);

  test('batches that cannot be written for another reason: the worker says which', async () => {
    await owner.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused by a trigger'; END $$`,
    );
    await owner.query('CREATE TRIGGER refuse BEFORE INSERT ON coverage_range EXECUTE FUNCTION refuse()');
    await says('worker', 503, 'the newest batch could not be written: refused by a trigger');
    await owner.query('DROP TRIGGER refuse ON coverage_range');
    await recovers();
  }, 600_000);

  test.runIf(queue === 'redis')(
    'a Redis without memory: listener and worker say so, in a few lines',
    async () => {
      const client = new Redis(redis?.url ?? '');
      const lines = () => readFileSync(logFile, 'utf8').split('\n').length;
      const before = lines();
      await client.config('SET', 'maxmemory', '1');
      for (const of of ['listener', 'worker'] as const)
        await says(of, 503, 'the queue cannot take jobs: OOM');
      await client.config('SET', 'maxmemory', '0');
      await client.quit();
      await recovers();
      expect(lines() - before).toBeLessThan(200);
    },
    600_000,
  );
});
