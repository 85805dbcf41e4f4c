import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exchange } from './exchange.js';

const BODY = Buffer.from(Array.from({ length: 700_000 }, (_, at) => (at * 7) % 251));
let server: Server;
let pool: Pool;
let asked = 0;

beforeEach(async () => {
  asked = 0;
  server = createServer((request, response) => {
    asked += 1;
    if (request.url === '/length')
      response.writeHead(200, { 'content-length': BODY.length, 'x-kind': 'whole' }).end(BODY);
    else if (request.url === '/chunks') {
      response.writeHead(200);
      for (let at = 0; at < BODY.length; at += 50_000) response.write(BODY.subarray(at, at + 50_000));
      response.end();
    } else if (request.url === '/cut') {
      response.writeHead(200, { 'content-length': BODY.length }).write(BODY.subarray(0, 1_000));
      setTimeout(() => response.destroy(), 20);
    } else if (request.url === '/empty') response.writeHead(204).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { connections: 1 });
});
afterEach(async () => {
  await pool.destroy();
  server.closeAllConnections();
  server.close();
});

const get = (path: string, signal = new AbortController().signal) =>
  exchange(pool, { path, method: 'GET' }, signal, BODY.length);

test('an answer is whole and in one piece, whether it says its length or not', async () => {
  for (const path of ['/length', '/chunks', '/length']) {
    const { status, body } = await get(path);
    expect(status).toBe(200);
    expect(body.equals(BODY), path).toBe(true);
  }
  expect((await get('/length')).headers['x-kind']).toBe('whole');
  expect(await get('/empty')).toMatchObject({ status: 204, body: Buffer.alloc(0) });
});

test('promise 3: an answer that is cut off is an error, never a shorter body', async () => {
  await expect(get('/cut')).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
});

test('the signal ends a request under way and one that waits for its connection, which is then never sent', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const underWay = get('/never', controller.signal);
  const waiting = get('/length', controller.signal);
  while (asked === 0) await new Promise((done) => setTimeout(done, 5));
  controller.abort(reason);
  await expect(underWay).rejects.toBe(reason);
  await expect(waiting).rejects.toBe(reason);
  expect((await get('/length')).body.length).toBe(BODY.length);
  expect(asked).toBe(2);
});
