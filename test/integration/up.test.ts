/** `ndx up` that cannot start: it says why, ends with the part's own code, and leaves nothing running. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ndxProcess, prepare } from '../support/ndx.js';

let dataDir: string;
let server: Server;
let port: number;

beforeEach(async () => {
  await prepare();
  dataDir = mkdtempSync(join(tmpdir(), 'ndx-up-'));
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"invalid api key"}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Processes whose command line names the data folder. */
function left(): string[] {
  const table = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' });
  return table.split('\n').filter((line) => line.includes(dataDir) && !line.startsWith('Z'));
}

describe('ndx up', () => {
  test('a taken API port: 69, PORT is named', async () => {
    const ended = await ndxProcess(['up'], { PORT: String(port), NDX_DATA_DIR: dataDir });
    expect(ended.stderr).toMatch(/^ndx: .*set PORT to a free one \[PORT_IN_USE\]\n$/);
    expect(ended.code).toBe(69);
    expect(left()).toEqual([]);
  });

  test.each(['203.0.113.7', 'no-such-host.invalid'])(
    'HOST=%s: 78 before anything is started, and HOST is named',
    async (host) => {
      const ended = await ndxProcess(['up'], { PORT: '0', HOST: host, NDX_DATA_DIR: dataDir });
      expect(ended.stderr).toMatch(/^ndx: HOST: this machine cannot listen on .*\[CONFIG_INVALID\]\n$/);
      expect(ended.code).toBe(78);
    },
  );

  test('an endpoint that refuses the key: 78, and the key is not shown', async () => {
    const ended = await ndxProcess(['up'], {
      PORT: '0',
      NDX_DATA_DIR: dataDir,
      SOLANA_RPC_URL: `http://127.0.0.1:${port}/?api-key=hunter2`,
    });
    expect(ended.stderr).toMatch(/\[RPC_UNAUTHORIZED\]\n$/);
    expect(ended.stderr).not.toContain('hunter2');
    expect(ended.code).toBe(78);
    expect(left()).toEqual([]);
  });

  test('a wrong configuration: 78 before anything is started', async () => {
    const ended = await ndxProcess(['up'], { NDX_DATA_DIR: dataDir, NDX_WORKERS: 'many' });
    expect(ended.stderr).toContain('NDX_WORKERS');
    expect(ended.code).toBe(78);
    expect(left()).toEqual([]);
  });
});
