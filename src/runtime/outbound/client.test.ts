/** The guarded client at the socket: where it connects, and what it lets in. */
import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { certificateFor } from '../../../test/support/certificate.js';
import {
  type CountingServer,
  type FakeInternet,
  openFakeInternet,
  serve,
} from '../../../test/support/fake-internet.js';
import type { ErrorCode } from '../error-codes.js';
import { createOutbound, type Outbound, type OutboundOptions, type OutboundRequest } from './client.js';

const PUBLIC = '93.184.215.14';
const OTHER = '2606:2800:21f:cb07:6820:80da:af6b:8b2c';

let internet: FakeInternet;
const open: (CountingServer | Outbound)[] = [];

beforeEach(() => {
  internet = openFakeInternet();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  internet.close();
});

async function server(
  listener: RequestListener,
  tls?: { key: string; cert: string },
): Promise<CountingServer> {
  const started = await serve(listener, tls);
  open.push(started);
  return started;
}

function client(options: OutboundOptions = {}): Outbound {
  const made = createOutbound({ plain: true, resolve: async () => [PUBLIC], ...options });
  open.push(made);
  return made;
}

/** A client whose `http://host/` reaches the listener at the address of the open internet. */
async function asking(listener: RequestListener, options: OutboundOptions = {}) {
  const started = await server(listener);
  internet.place(PUBLIC, started.port);
  const made = client(options);
  return (request: Partial<OutboundRequest> = {}) =>
    made.request({ url: 'http://stranger.test/', ...request });
}

const failing = (code: ErrorCode) => expect.objectContaining({ name: 'NdxError', code });

describe('where it connects', () => {
  test('a name server that changes its mind after the check reaches nothing: the checked address is used', async () => {
    const inside = await server((_, response) => response.end('secret'));
    const answers = [[PUBLIC], ['127.0.0.1']];
    let asked = 0;
    const { request } = client({
      ports: [inside.port],
      resolve: async () => answers[asked++] ?? ['127.0.0.1'],
    });
    const url = `http://rebinding.test:${inside.port}/`;
    await expect(request({ url })).rejects.toEqual(failing('OUTBOUND_UNREACHABLE'));
    expect([asked, internet.opened]).toEqual([1, [`${PUBLIC}:${inside.port}`]]);
    // The next connection is checked again.
    await expect(request({ url })).rejects.toEqual(failing('OUTBOUND_REFUSED'));
    expect([asked, internet.opened.length, inside.connections()]).toEqual([2, 1, 0]);
  });

  test.each([
    ['only private', ['10.0.0.1']],
    ['a private one behind a public one', [PUBLIC, '127.0.0.1']],
    ['a private IPv6 address', [PUBLIC, '::1']],
    ['a mapped address', ['::ffff:127.0.0.1']],
  ])('a name with %s: no connection at all', async (_what, addresses) => {
    const { request } = client({ resolve: async () => addresses });
    await expect(request({ url: 'http://stranger.test/' })).rejects.toEqual(failing('OUTBOUND_REFUSED'));
    expect(internet.opened).toEqual([]);
  });

  test.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
    '①②⑦.0.0.1',
    '0.0.0.0',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '169.254.169.254',
    '0xa9fea9fe',
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '100.64.0.1',
    '[fd00::1]',
    '[fe80::1]',
    '224.0.0.1',
    '255.255.255.255',
  ])('the literal address %s: no connection, and nothing is resolved', async (host) => {
    const inside = await server((_, response) => response.end('secret'));
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [PUBLIC];
    };
    const { request } = client({ ports: [inside.port], resolve });
    await expect(request({ url: `http://${host}:${inside.port}/` })).rejects.toEqual(
      failing('OUTBOUND_REFUSED'),
    );
    expect([asked, internet.opened, inside.connections()]).toEqual([0, [], 0]);
  });

  test.each([
    ['http, where only https is allowed', 'http://stranger.test/', { plain: false }],
    ['another port', 'https://stranger.test:22/', {}],
    ['a port of the database', 'http://stranger.test:5432/', {}],
    ['another scheme', 'ftp://stranger.test/', {}],
    ['a file', 'file:///etc/passwd', {}],
    ['data', 'data:text/plain,x', {}],
    ['a user name and a password', 'https://user:hunter2@stranger.test/', {}],
    ['what is no URL', 'stranger.test', {}],
    ['what is too long', `https://stranger.test/${'x'.repeat(2_100)}`, {}],
  ])('%s is refused before anything is resolved', async (_what, url, options) => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [PUBLIC];
    };
    const made = client({ ...options, resolve });
    const error = await made.request({ url }).catch((thrown: unknown) => thrown);
    expect(error).toEqual(failing('OUTBOUND_REFUSED'));
    expect(String(error)).not.toContain('hunter2');
    expect(() => made.check(url)).toThrow(failing('OUTBOUND_REFUSED'));
    expect([asked, internet.opened]).toEqual([0, []]);
  });

  test('a host that is allowed by name and port is asked although private; its other ports are not', async () => {
    const inside = await server((_, response) => response.end('ours'));
    const other = await server((_, response) => response.end('secret'));
    const { request } = client({ plain: false, allowedHosts: [`127.0.0.1:${inside.port}`] });
    const { body } = await request({ url: `http://127.0.0.1:${inside.port}/` });
    expect(body.toString()).toBe('ours');
    await expect(request({ url: `http://127.0.0.1:${other.port}/` })).rejects.toEqual(
      failing('OUTBOUND_REFUSED'),
    );
    expect(other.connections()).toBe(0);
  });

  test('TLS proves the name, not the address; Host and server name are the name', async () => {
    const certificate = certificateFor('stranger.test');
    const said: unknown[] = [];
    const receiver = await server((request, response) => {
      said.push(request.headers.host, (request.socket as { servername?: string }).servername);
      response.end('over TLS');
    }, certificate);
    internet.place(PUBLIC, receiver.port);
    const { request } = client({ plain: false, ca: certificate.cert });
    const answer = await request({ url: 'https://stranger.test/' });
    expect([answer.body.toString(), said]).toEqual(['over TLS', ['stranger.test', 'stranger.test']]);
    expect(internet.opened).toEqual([`${PUBLIC}:443`]);
    await expect(request({ url: 'https://other.test/' })).rejects.toEqual(failing('OUTBOUND_UNREACHABLE'));
    await expect(client({ plain: false }).request({ url: 'https://stranger.test/' })).rejects.toEqual(
      failing('OUTBOUND_UNREACHABLE'),
    );
    expect(said.length).toBe(2);
  });

  test('where one address does not answer, the next is tried', async () => {
    const receiver = await server((_, response) => response.end('second'));
    internet.place(OTHER, receiver.port);
    const { request } = client({ resolve: async () => [PUBLIC, OTHER] });
    expect((await request({ url: 'http://stranger.test/' })).body.toString()).toBe('second');
    expect(internet.opened).toEqual([`${PUBLIC}:80`, `${OTHER}:80`]);
  });

  test('a name without an address is unreachable', async () => {
    const failure = Object.assign(new Error('queryA ENOTFOUND stranger.test'), { code: 'ENOTFOUND' });
    for (const resolve of [async () => [], async () => Promise.reject(failure)])
      await expect(client({ resolve }).request({ url: 'http://stranger.test/' })).rejects.toEqual(
        failing('OUTBOUND_UNREACHABLE'),
      );
    expect(internet.opened).toEqual([]);
  });
});

describe('redirects', () => {
  test.each([
    'http://127.0.0.1:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://inside.test:PORT/',
    '//2130706433:PORT/',
  ])('to %s: nothing arrives there', async (to) => {
    const inside = await server((_, response) => response.end('secret'));
    const location = to.replace('PORT', String(inside.port));
    const ask = await asking((_, response) => response.writeHead(302, { location }).end(), {
      ports: [80, inside.port],
      resolve: async (host) => [host === 'inside.test' ? '127.0.0.1' : PUBLIC],
    });
    await expect(ask({ redirects: 5 })).rejects.toEqual(failing('OUTBOUND_REFUSED'));
    expect([inside.connections(), internet.opened]).toEqual([0, [`${PUBLIC}:80`]]);
  });

  test('to another scheme, to a port that is not asked, and from https to http are refused', async () => {
    for (const location of ['file:///etc/passwd', 'http://stranger.test:22/', 'gopher://stranger.test/']) {
      const ask = await asking((_, response) => response.writeHead(301, { location }).end());
      await expect(ask({ redirects: 1 })).rejects.toEqual(failing('OUTBOUND_REFUSED'));
    }
    const certificate = certificateFor('stranger.test');
    const receiver = await server((_, response) => {
      response.writeHead(302, { location: 'http://stranger.test/' }).end();
    }, certificate);
    internet.place(PUBLIC, receiver.port);
    const { request } = client({ plain: false, ca: certificate.cert });
    const url = 'https://stranger.test/';
    await expect(request({ url, redirects: 1 })).rejects.toEqual(failing('OUTBOUND_REFUSED'));
  });

  test('none is followed unless asked, no more than asked, and none of a POST', async () => {
    const seen: string[] = [];
    const ask = await asking((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.writeHead(307, { location: `${request.url}x` }).end();
    });
    await expect(ask()).rejects.toEqual(failing('OUTBOUND_REDIRECTED'));
    expect(seen.splice(0)).toEqual(['GET /']);
    await expect(ask({ redirects: 2 })).rejects.toEqual(failing('OUTBOUND_REDIRECTED'));
    expect(seen.splice(0)).toEqual(['GET /', 'GET /x', 'GET /xx']);
    await expect(ask({ method: 'POST', body: '{}', redirects: 2 })).rejects.toEqual(
      failing('OUTBOUND_REDIRECTED'),
    );
    expect(seen).toEqual(['POST /']);
  });

  test('what was sent to the first host is not sent to the next', async () => {
    const keys: unknown[] = [];
    const ask = await asking((request, response) => {
      keys.push(request.headers['x-api-key']);
      if (request.url === '/') response.writeHead(302, { location: 'http://other.test/next' }).end();
      else response.end('there');
    });
    const answer = await ask({ redirects: 1, headers: { 'x-api-key': 'k' } });
    expect([answer.body.toString(), answer.url, keys]).toEqual([
      'there',
      'http://other.test/next',
      ['k', undefined],
    ]);
  });
});

describe('what it lets in', () => {
  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
  ])('%s is unpacked; a bomb is not', async (encoding, pack) => {
    let body = pack(Buffer.from('{"name":"x"}'));
    const ask = await asking((_, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body),
    );
    expect((await ask()).body.toString()).toBe('{"name":"x"}');
    body = pack(Buffer.alloc(16 << 20));
    expect(body.length).toBeLessThan(100_000);
    await expect(ask()).rejects.toEqual(failing('OUTBOUND_TOO_LARGE'));
    body = randomBytes(100);
    await expect(ask()).rejects.toEqual(failing('OUTBOUND_BAD_RESPONSE'));
  });

  test('packed in an unknown way, or twice: refused', async () => {
    for (const encoding of ['zstd', 'gzip, gzip', 'x']) {
      const ask = await asking((_, response) =>
        response.writeHead(200, { 'content-encoding': encoding }).end('x'),
      );
      await expect(ask()).rejects.toEqual(failing('OUTBOUND_BAD_RESPONSE'));
    }
  });

  test('a body that says it is too long is not read, one that does not say so is cut off', async () => {
    const long = await asking((_, response) => {
      response.writeHead(200, { 'content-length': 5_000_000 }).write('x');
    });
    await expect(long()).rejects.toEqual(failing('OUTBOUND_TOO_LARGE'));
    let sent = 0;
    const endless = await asking((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
        response.once('drain', more);
      };
      more();
    });
    await expect(endless()).rejects.toEqual(failing('OUTBOUND_TOO_LARGE'));
    await expect(endless({ limits: { wireBytes: 10 } })).rejects.toEqual(failing('OUTBOUND_TOO_LARGE'));
    const { body } = await endless({ beginning: 100 });
    expect(body.length).toBe(100);
    expect(sent).toBeLessThan(64 << 20);
  });

  test('headers that are too long', async () => {
    const ask = await asking((_, response) =>
      response.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end(),
    );
    await expect(ask()).rejects.toEqual(failing('OUTBOUND_TOO_LARGE'));
  });

  test('a server that is silent, one that drips, and one that ends in the middle', async () => {
    const silent = await asking(() => undefined, { limits: { headers: 50 } });
    await expect(silent()).rejects.toEqual(failing('OUTBOUND_TIMEOUT'));
    const dripping = await asking(
      (_, response) => {
        const timer = setInterval(() => response.write('x'), 10);
        response.on('close', () => clearInterval(timer));
      },
      { limits: { whole: 100 } },
    );
    await expect(dripping()).rejects.toEqual(failing('OUTBOUND_TIMEOUT'));
    const broken = await asking((_, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('x', () => response.destroy());
    });
    await expect(broken()).rejects.toEqual(failing('OUTBOUND_UNREACHABLE'));
    const garbage = await asking((request) => request.socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    await expect(garbage()).rejects.toEqual(failing('OUTBOUND_BAD_RESPONSE'));
  });

  test('a caller who gives up gets his own reason', async () => {
    const controller = new AbortController();
    const ask = await asking(() => controller.abort(new Error('ending')));
    await expect(ask({ signal: controller.signal })).rejects.toThrow('ending');
  });
});
