/**
 * `ndx doctor` and what is refused before anything starts: the setting is named, in the first second, and
 * nothing is made.
 */
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/process/doctor/doctor.js';
import { createPool } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ndx, prepare } from '../support/ndx.js';

const scratch = mkdtempSync(join(tmpdir(), 'ndx-doctor-'));
const dataDir = join(scratch, 'data');
const noEndpoints = join(scratch, 'mine.json');
let server: TestDatabase;

beforeAll(async () => {
  await prepare();
  server = await createTestDatabase();
  writeFileSync(noEndpoints, JSON.stringify({ network: 'mine', ton: { follow: {} } }));
});
afterAll(async () => {
  await server.drop();
  rmSync(scratch, { recursive: true, force: true });
});

async function doctor(environment: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await ndx(['doctor', '--json'], { NDX_DATA_DIR: dataDir, ...environment });
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return { code, stderr, finding: (check: string) => findings.find((one) => one.check === check) };
}

describe('ndx doctor', () => {
  test('with a migrated database: what is right is said, what is missing named, and nothing is made', async () => {
    const { code, stderr, finding } = await doctor({ DATABASE_URL: server.url, PORT: '0' });
    for (const check of [
      'configuration',
      'NDX_DATA_DIR',
      'free space',
      'HOST and PORT',
      'database',
      'migrations',
    ])
      expect(finding(check)).toMatchObject({ state: 'ok' });
    expect(finding('clock')).toMatchObject({ state: 'ok' });
    expect(finding('queue')).toMatchObject({ state: 'ok', message: 'on the same PostgreSQL' });
    expect(finding('solana endpoints')).toMatchObject({ state: 'wrong', code: 'CONFIG_INVALID' });
    expect(code).toBe(78);
    expect(stderr).toMatch(/^ndx: solana endpoints: .*SOLANA_RPC_URL.*\[CONFIG_INVALID\]\n$/);
    expect(existsSync(dataDir)).toBe(false);
  });

  test('a taken port, a server that is not there, an endpoint that is none', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { finding } = await doctor({
      PORT: String(port),
      DATABASE_URL: 'postgresql://ndx:hidden-password@127.0.0.1:1/ndx',
      SOLANA_RPC_URL: 'http://127.0.0.1:1/?api-key=hidden-key',
    });
    taken.close();
    expect(finding('HOST and PORT')).toMatchObject({ state: 'wrong', code: 'PORT_IN_USE' });
    expect(finding('database')).toMatchObject({ state: 'wrong', code: 'DATABASE_UNREACHABLE' });
    expect(finding('solana endpoints')).toMatchObject({ state: 'wrong', code: 'RPC_UNREACHABLE' });
    expect(JSON.stringify(['database', 'solana endpoints'].map(finding))).not.toContain('hidden');
  });

  test('a database that only reads', async () => {
    const pool = createPool({ url: server.url, poolSize: 1 });
    const name = new URL(server.url).pathname.slice(1);
    await pool.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await pool.end();
    const { finding } = await doctor({ DATABASE_URL: server.url });
    expect(finding('database')?.message).toContain('only reads');
  });
});

describe('ndx up', () => {
  test('a network file without endpoints: no simulated users by accident', async () => {
    const ended = await ndx(['up'], { NDX_DATA_DIR: dataDir, NDX_NETWORK: noEndpoints, PORT: '0' });
    expect([ended.code, ended.stderr]).toEqual([
      78,
      expect.stringMatching(/^ndx: .*names no endpoint for ton.*TON_V4_URL.*ndx up --devnet.*\n$/),
    ]);
    expect(existsSync(dataDir)).toBe(false);
  });
});
