/**
 * `ndx` as a user meets it: exit codes, messages, help, and the commands that need nothing but an embedded
 * database.
 */

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/store/embedded/postgres.js';
import { eventually } from '../support/eventually.js';
import { ndx, ndxProcess, prepare, start } from '../support/ndx.js';

const scratch = mkdtempSync(join(tmpdir(), 'ndx-cli-'));
beforeAll(prepare);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('a connection that breaks where nobody listens', () => {
  test.each([
    ['Connection terminated unexpectedly', 69, 'DATABASE_UNREACHABLE'],
    ['a mistake of ours', 70, 'INTERNAL'],
  ])('%s: ends with %i and says so', async (message, code, name) => {
    const thrown = `data:text/javascript,setTimeout(()=>{throw new Error(${JSON.stringify(message)})},3000)`;
    const environment = {
      NODE_OPTIONS: `--import=${encodeURI(thrown)}`,
      NDX_DATA_DIR: join(scratch, 'breaks'),
    };
    const ended = await ndxProcess(
      ['devnet', '--port', '0', '--ton-port', '0', '--documents-port', '0'],
      environment,
    );
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).toContain(`[${name}]`);
  });
});

describe('bad input', () => {
  test.each([
    [['--colour'], "unknown option '--colour'"],
    [['stauts'], 'Did you mean status?'],
    [['status', '--jsno'], 'Did you mean --json?'],
    [['status', 'extra'], 'too many arguments'],
    [['db', 'migrat'], 'Did you mean migrate?'],
    [['devnet', '--port', '70000'], 'whole number from 0 to 65534'],
    [['listen'], "required option '--chain <chain>'"],
    [['listen', '--chain', 'bitcoin'], 'Allowed choices are solana, ton'],
  ])('ndx %j ends with 64 and says why on one line', async (args, text) => {
    const { code, stdout, stderr } = await ndx(args);
    expect(code).toBe(64);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^ndx: .* \[USAGE\]\n$/);
    expect(stderr).toContain(text);
  });

  test('no command shows the help and ends with 64', async () => {
    const { code, stderr } = await ndx([]);
    expect(code).toBe(64);
    expect(stderr).toContain('Usage: ndx');
  });

  test('a wrong environment variable ends with 78 and is named', async () => {
    const { code, stderr } = await ndx(['status'], { PORT: 'http', NDX_DATA_DIR: join(scratch, 'unused') });
    expect([code, stderr]).toEqual([
      78,
      'ndx: the environment is not valid: PORT must be a whole number from 0 to 65535 [CONFIG_INVALID]\n',
    ]);
  });

  test('a malformed network file ends with 78 and its path is named', async () => {
    const file = join(scratch, 'network.json');
    writeFileSync(
      file,
      JSON.stringify({
        network: 'mine',
        solana: { commitment: 'processed', tokens: [{ symbol: 'NDT', mint: 'abc', decimals: 9 }] },
      }),
    );
    const { code, stderr } = await ndx(['listen', '--chain', 'solana'], {
      NDX_NETWORK: file,
      NDX_DATA_DIR: join(scratch, 'network'),
    });
    expect(existsSync(join(scratch, 'network')), 'nothing was started').toBe(false);
    expect(code).toBe(78);
    expect(stderr).toContain(file);
    expect(stderr).toContain('solana.commitment');
    expect(stderr).toContain('solana.tokens[0].mint: must be a base58 address of 32 bytes');
  });

  test('an unreachable database ends with 69 and no password is shown', async () => {
    const { code, stdout, stderr } = await ndx(['db', 'migrate'], {
      DATABASE_URL: 'postgresql://ndx:hunter2@127.0.0.1:1/ndx',
    });
    expect(code).toBe(69);
    expect(stderr).toContain('[DATABASE_UNREACHABLE]');
    expect(stdout + stderr).not.toContain('hunter2');
  });
});

describe('help', () => {
  test('works whatever the environment holds', async () => {
    const { code, stdout } = await ndx(['status', '--help'], { PORT: 'wrong', NDX_NETWORK: '/nowhere.json' });
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
  });

  test('prints the version', async () => {
    expect((await ndx(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('has no colours when nobody looks', async () => {
    const { stdout } = await ndx(['--help']);
    expect(stdout).not.toContain(String.fromCharCode(27));
  });
});

describe('db migrate and status on the embedded database', () => {
  const environment = { NDX_DATA_DIR: join(scratch, 'data') };

  test('a database without tables ends with 78 and names the command that makes them', async () => {
    await (await startEmbeddedPostgres(join(scratch, 'data', 'postgres'))).stop();
    const { code, stderr } = await ndx(['status'], environment);
    expect(code).toBe(78);
    expect(stderr).toContain('ndx db migrate');
  });

  test('several at once: one migrates, all succeed, and the server is stopped by the last', async () => {
    const ended = await Promise.all(
      [1, 2, 3].map(() => ndxProcess(['db', 'migrate', '--json'], environment)),
    );
    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(ended.map(() => [0, '']));
    const applied = ended.map(({ stdout }) => (JSON.parse(stdout) as { applied: string[] }).applied);
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    expect(readdirSync(join(environment.NDX_DATA_DIR, 'postgres', 'data'))).not.toContain('postmaster.pid');
  });

  test('once more changes nothing', async () => {
    expect((await ndx(['db', 'migrate'], environment)).stdout).toContain('Nothing to do');
  });

  test('status says that nothing is followed yet, to people and as JSON', async () => {
    expect((await ndx(['status'], environment)).stdout).toContain('ndx up');
    expect(JSON.parse((await ndx(['status', '--json'], environment)).stdout)).toEqual({
      network: 'devnet',
      database: 'embedded',
      queue: 'postgres',
      chains: [],
    });
  });
});

describe('devnet', () => {
  const environment = {
    NDX_DATA_DIR: join(scratch, 'devnet'),
    NDX_DEVNET_SLOT_MS: '50',
    NDX_DEVNET_RATE: '20',
  };

  async function rpc(url: string, method: string, params: unknown[] = []): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const answer = await fetch(url, { method: 'POST', headers, body });
    return ((await answer.json()) as { result: unknown }).result;
  }

  test('plays, tells what it played, ends cleanly on Ctrl-C and goes on where it ended', async () => {
    const first = await start(
      ['devnet', '--port', '0', '--ton-port', '0', '--documents-port', '0', '--json'],
      environment,
    );
    const { rpc: url } = JSON.parse(first.firstLine) as { rpc: string };
    const genesis = await rpc(url, 'getGenesisHash');
    await eventually(async () =>
      expect(await rpc(url, 'getSlot', [{ commitment: 'finalized' }])).toBeGreaterThan(5),
    );
    const paused = await fetch(`${url}/admin/traffic`, { method: 'POST', body: '{"paused":true}' });
    expect(await paused.json()).toMatchObject({ paused: true, undecided: 0 });
    const oracle = await (await fetch(`${url}/admin/oracle`)).json();
    expect(oracle).toHaveProperty('balances');
    const slot = Number(await rpc(url, 'getSlot', [{ commitment: 'finalized' }]));
    expect(await first.end('SIGINT')).toBe(0);

    const second = await start(
      ['devnet', '--port', '0', '--ton-port', '0', '--documents-port', '0', '--json', '--no-traffic'],
      environment,
    );
    const again = (JSON.parse(second.firstLine) as { rpc: string }).rpc;
    expect(await rpc(again, 'getGenesisHash')).toBe(genesis);
    expect(await rpc(again, 'getSlot')).toBeGreaterThanOrEqual(slot);
    expect((await fetch(`${again}/admin/oracle`)).status, 'nobody plays').toBe(404);
    expect(await second.end('SIGTERM')).toBe(0);
  });

  test('a taken port ends with 69 and says what to do', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    try {
      const { code, stderr } = await ndxProcess(
        [
          'devnet',
          '--port',
          String((other.address() as AddressInfo).port),
          '--ton-port',
          '0',
          '--documents-port',
          '0',
        ],
        environment,
      );
      expect(code).toBe(69);
      expect(stderr).toContain('[PORT_IN_USE]');
      expect(stderr).toContain('--port');
    } finally {
      other.close();
    }
  });
});
