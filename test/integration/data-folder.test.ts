/**
 * The data folder of embedded parts: nothing in it is ever removed, a killed process does not keep it, a
 * killed server comes back.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabaseAddress } from '../../src/process/database-address.js';
import { readRunFile } from '../../src/process/run-file.js';
import { hold } from '../../src/runtime/held.js';
import { eventually } from '../support/eventually.js';
import { ndx, prepare } from '../support/ndx.js';

const scratch = mkdtempSync(join(tmpdir(), 'ndx-folder-'));
beforeAll(prepare);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const folder = (name: string): string => {
  const path = join(scratch, name);
  mkdirSync(path, { recursive: true });
  return path;
};
/** Only a server that never comes takes so long. */
const open = (dataDir: string, create = true) =>
  openDatabaseAddress({ databaseUrl: undefined, dataDir, create });

describe('nothing is removed, and who reads makes nothing', () => {
  test('a cluster whose PG_VERSION is missing is refused by every command, and stays as it is', async () => {
    const dataDir = folder('damaged');
    const data = join(dataDir, 'postgres', 'data');
    mkdirSync(join(data, 'base'), { recursive: true });
    writeFileSync(join(data, 'base', '1'), 'ten years of work');
    for (const command of [['status'], ['db', 'migrate'], ['verify', '--chain', 'solana']]) {
      const { code, stderr } = await ndx(command, { NDX_DATA_DIR: dataDir });
      expect([code, stderr]).toEqual([69, expect.stringContaining('PG_VERSION is missing')]);
    }
    expect(readFileSync(join(data, 'base', '1'), 'utf8')).toBe('ten years of work');
  });

  test.each([
    ['status'],
    ['gaps'],
    ['dead', 'list'],
    ['verify', '--chain', 'ton'],
    ['explain', 'ab'.repeat(32)],
  ])('ndx %s where there is no database says so and makes none', async (...command) => {
    const dataDir = join(scratch, `nothing-${command[0]}`);
    const { code, stderr } = await ndx(command, { NDX_DATA_DIR: dataDir });
    expect([code, stderr]).toEqual([
      69,
      expect.stringMatching(/there is no database .*\[DATABASE_ABSENT\]\n$/),
    ]);
    expect(readdirSync(scratch)).not.toContain(`nothing-${command[0]}`);
  });

  test.each(['/proc/x', '/dev/null/x', '/dev/null'])(
    'NDX_DATA_DIR=%s is refused by its name at once',
    async (dataDir) => {
      const { code, stderr } = await ndx(['up'], { NDX_DATA_DIR: dataDir });
      expect([code, stderr]).toEqual([78, expect.stringMatching(/^ndx: NDX_DATA_DIR: the folder .*\n$/)]);
    },
  );
});

describe('a killed process keeps nothing', () => {
  test('`up` refuses a folder that a living `up` has, and only that', async () => {
    const dataDir = folder('locked');
    // What a killed one left: its number belongs to another process by now (in a container every first
    // process is 1).
    writeFileSync(join(dataDir, 'run.json'), JSON.stringify({ pid: process.pid }));
    const held = await hold(join(dataDir, 'up.lock'));
    const environment = {
      NDX_DATA_DIR: dataDir,
      PORT: '0',
      DATABASE_URL: 'postgresql://ndx@127.0.0.1:1/ndx',
    };
    expect((await ndx(['up'], environment)).stderr).toContain('ndx already runs on');
    await held?.release();
    expect((await ndx(['up'], environment)).stderr).not.toContain('already runs');
  });

  test.each(['', '{', '[]', '{"pid":"1"}'])('a run.json of %j is nobody', (text) => {
    const dataDir = folder('run-file');
    writeFileSync(join(dataDir, 'run.json'), text);
    expect(readRunFile(dataDir)).toBeNull();
  });
});

describe('the embedded server', () => {
  test('killed, it comes back at the address that everybody was told, with what it held', async () => {
    const dataDir = folder('killed');
    const database = await open(dataDir);
    try {
      await query(database.url, 'CREATE TABLE kept AS SELECT 1 AS n');
      expect(await database.revive()).toBe(false);
      const lock = join(dataDir, 'postgres', 'data', 'postmaster.pid');
      const pid = readFileSync(lock, 'utf8').split('\n')[0] ?? '';
      // As the kernel does when memory is short. Its children end by themselves, and until then no other
      // server may begin.
      process.kill(Number(pid), 'SIGKILL');
      await eventually(() => expect(query(database.url, 'SELECT 1')).rejects.toThrow());
      await eventually(async () => expect(await database.revive()).toBe(true));
      expect(await query(database.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
    } finally {
      await database.close();
    }
  });

  test('keeps its port from run to run, and is stopped by the last who uses it', async () => {
    const dataDir = folder('shared');
    const first = await open(dataDir);
    const second = await open(dataDir, false);
    expect([second.attached, second.url]).toEqual([true, first.url]);
    await first.close();
    expect(await query(second.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    await second.close();
    await expect(query(first.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    const again = await open(dataDir, false);
    expect([again.attached, again.url]).toEqual([false, first.url]);
    await again.close();
  });
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
