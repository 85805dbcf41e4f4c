/**
 * What `ndx replay` says and how it ends when its input or its endpoint is wrong; nothing is written then.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ndx, prepare } from '../support/ndx.js';

let database: TestDatabase;
let server: Server;
let base = '';

/** `/html` answers as a web page, `/locked` as a provider that does not know the key. */
beforeAll(async () => {
  await prepare();
  database = await createTestDatabase();
  server = createServer((request, response) => {
    request.resume();
    if (request.url?.startsWith('/html'))
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Welcome</title>');
    else response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"invalid api key"}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await database.drop();
});

const replay = (endpoint: string, ...args: string[]) =>
  ndx(['replay', '--chain', 'solana', ...args], {
    DATABASE_URL: database.url,
    SOLANA_RPC_URL: endpoint,
    NDX_LOG_LEVEL: 'error',
  });

describe('ndx replay', () => {
  test.each([
    ['--from above --to', ['--from', '9', '--to', '5'], 64, '--from 9 is above --to 5'],
    ['half a range', ['--from', '9'], 64, '--from BLOCK and --to BLOCK'],
    ['a range and a transaction', ['--from', '1', '--to', '2', '--tx', 'x'], 64, '--tx'],
    ['an unknown flag', ['--from', '1', '--to', '2', '--fast'], 64, '--fast'],
    ['a block that is no number', ['--from', 'one', '--to', '2'], 64, '--from'],
    ['no signature', ['--tx', 'hello!'], 64, '--tx'],
  ])('%s is wrong use: %j', async (_, args, code, text) => {
    const ended = await replay('http://127.0.0.1:9', ...args);
    expect(ended.stderr).toContain(text);
    expect(ended).toMatchObject({ code, stdout: '' });
  });

  test('an endpoint that cannot be reached: 69, and it is named', async () => {
    const ended = await replay('http://127.0.0.1:9/secret-key', '--from', '1', '--to', '2');
    expect(ended.stderr).toContain('127.0.0.1:9');
    expect(ended.stderr).not.toContain('secret-key');
    expect(ended.code).toBe(69);
  });

  test('an endpoint that answers a web page: 69, and it says so', async () => {
    const ended = await replay(`${base}/html`, '--from', '1', '--to', '2');
    expect(ended.stderr).toMatch(/HTML/i);
    expect(ended.code).toBe(69);
  });

  test('a wrong API key: 78, and the key is not shown', async () => {
    const ended = await replay(`${base}/locked?api-key=hunter2`, '--from', '1', '--to', '2');
    expect(ended.stderr).toContain('RPC_UNAUTHORIZED');
    expect(ended.stderr).not.toContain('hunter2');
    expect(ended.code).toBe(78);
  });
});
