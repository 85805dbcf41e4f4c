/**
 * Every way in which a host can be hostile, against a real socket: no content, no crash, and the next time is
 * set.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHosts } from '../../src/metadata/fetch/hosts.js';
import { createResolver } from '../../src/metadata/fetch/resolver.js';
import { type Place, readUri } from '../../src/metadata/uri/uri.js';
import { createOutbound } from '../../src/runtime/outbound/client.js';
import { openFakeInternet, serve } from '../support/fake-internet.js';
import { type MetadataWeb, startMetadataWeb } from '../support/metadata-web.js';

const LIMITS = { wireBytes: 1 << 20, unpackedBytes: 1 << 20 };
const BOMB = gzipSync(Buffer.alloc(8 << 20));
const NOTHING = { etag: null, lastModified: null };
const signal = new AbortController().signal;

let web: MetadataWeb;
beforeEach(async () => {
  web = await startMetadataWeb({ limits: LIMITS });
});
afterEach(() => web.close());

const placeOf = (uri: string): Place => {
  const named = readUri(uri);
  if (!('place' in named)) throw new Error(named.refused);
  return named.place;
};
const resolve = (path: string) => web.resolver.resolve(placeOf(web.url(path)), NOTHING, signal);
const fields = async (path: string) => {
  const resolved = await resolve(path);
  if (resolved === 'unchanged' || !('content' in resolved)) throw new Error('no content');
  return resolved.content.fields;
};

describe('answers that are no document', () => {
  test.each<[string, MetadataWeb['answers'] extends Map<string, infer A> ? A : never, RegExp]>([
    ['HTML that says it is JSON', '<!doctype html><html></html>', /HTML/],
    ['a picture that says it is JSON', Buffer.from('89504e470d0a1a0a', 'hex'), /PNG/],
    ['null', 'null', /no object/],
    ['a number', '7', /no object/],
    ['a list of lists', '[[[[]]]]', /no object/],
    ['half of a document', '{"name":"x', /no JSON/],
    ['nothing', '', /empty/],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), /UTF-8/],
    ['a deep one', `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, /levels/],
    ['two megabytes', `{"a":"${'x'.repeat(2 << 20)}"}`, /1048576 bytes/],
    [
      'two megabytes without saying how many',
      (_, response) => {
        response.writeHead(200);
        for (let at = 0; at < 32; at++) response.write(Buffer.alloc(1 << 16, 0x20));
        response.end();
      },
      /1048576 bytes/,
    ],
    [
      'eight megabytes of zeros packed a thousandfold',
      (_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB);
      },
      /unpacks to more/,
    ],
    [
      'what is not packed as it says',
      (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('{"name":"x"}'),
      /unpack/,
    ],
    [
      'an unknown encoding',
      (_, response) => void response.writeHead(200, { 'content-encoding': 'zip' }).end('{}'),
      /packed as "zip"/,
    ],
    ['a cut connection', (request) => void request.socket.destroy(), /cannot be reached|HTTP/],
    [
      'a body that is cut off',
      (request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"name"', () => request.socket.destroy());
      },
      /./,
    ],
    [
      'a redirect without end',
      (request, response) => void response.writeHead(302, { location: request.url ?? '/' }).end(),
      /redirects/,
    ],
    ['a redirect to nowhere', (_, response) => void response.writeHead(302).end(), /redirects to nowhere/],
    ['status 404', (_, response) => void response.writeHead(404).end('{"name":"no"}'), /status 404/],
    [
      'status 500 with a document',
      (_, response) => void response.writeHead(500).end('{"name":"no"}'),
      /status 500/,
    ],
    ['304 that nobody asked for', (_, response) => void response.writeHead(304).end(), /status 304/],
  ])('%s', async (_what, answer, why) => {
    web.answers.set('/x', answer);
    await expect(resolve('/x')).rejects.toThrow(why);
  });
});

describe('answers that never end', () => {
  test.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ['no answer', () => undefined],
    [
      'a byte now and then',
      (_, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('%s: given up after the time limit', async (_what, answer) => {
    const slow = await startMetadataWeb({ limits: { ...LIMITS, whole: 300 } });
    try {
      slow.answers.set('/x', answer);
      await expect(slow.resolver.resolve(placeOf(slow.url('/x')), NOTHING, signal)).rejects.toThrow(
        /longer than 300 ms/,
      );
    } finally {
      await slow.close();
    }
  });
});

describe('documents in bad shape', () => {
  test('NUL characters, numbers for texts, null, lists for texts, scripts: what is usable is kept as data', async () => {
    web.answers.set(
      '/x',
      '{"name":"a\\u0000<script>","description":7,"image":null,"external_url":["x"],"attributes":[[1],[[2]]]}',
    );
    expect(await fields('/x')).toEqual({
      name: 'a<script>',
      description: '7',
      image: null,
      externalUrl: null,
      attributes: [[1], [[2]]],
      media: [],
    });
  });

  test('the content type says nothing, and a packed document is unpacked', async () => {
    web.answers.set('/x', (_, response) => {
      response
        .writeHead(200, { 'content-type': 'image/png', 'content-encoding': 'gzip' })
        .end(gzipSync('{"name":"packed"}'));
    });
    expect((await fields('/x')).name).toBe('packed');
  });
});

describe('politeness', () => {
  test('a conditional request is answered with 304, and nothing is read', async () => {
    const seen: (string | undefined)[] = [];
    web.answers.set('/x', (request, response) => {
      seen.push(request.headers['if-none-match']);
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"1"' }).end('{"name":"x"}');
    });
    const first = await resolve('/x');
    expect(first).toMatchObject({ content: { etag: '"1"' } });
    const known = { etag: '"1"', lastModified: null };
    expect(await web.resolver.resolve(placeOf(web.url('/x')), known, signal)).toBe('unchanged');
    expect(seen).toEqual([undefined, '"1"']);
  });

  test('a host that asks for patience is given it: nothing is asked until then', async () => {
    web.answers.set('/x', (_, response) => void response.writeHead(429, { 'retry-after': '120' }).end());
    await expect(resolve('/x')).rejects.toThrow(/status 429/);
    const busy = await resolve('/y');
    expect(busy).toMatchObject({ busyFor: expect.any(Number) });
    expect((busy as { busyFor: number }).busyFor).toBeGreaterThan(100_000);
    expect(web.asked).toEqual(['/x']);
  });

  test('no more than the allowed number of requests is open at a host', async () => {
    let open = 0;
    let most = 0;
    for (let at = 0; at < 20; at++)
      web.answers.set(`/${at}`, (_, response) => {
        open += 1;
        most = Math.max(most, open);
        setImmediate(() => {
          open -= 1;
          response.end('{"name":"x"}');
        });
      });
    const all = await Promise.all(Array.from({ length: 20 }, (_, at) => resolve(`/${at}`)));
    expect(most).toBeLessThanOrEqual(4);
    expect(all.filter((one) => one !== 'unchanged' && 'content' in one).length).toBeGreaterThan(0);
    expect(all.filter((one) => one !== 'unchanged' && 'busyFor' in one).length).toBeGreaterThan(0);
  });
});

test('what a CID names by its hash is believed only when the bytes are those', async () => {
  const cid = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e';
  web.answers.set(`/ipfs/${cid}`, '{"name":"forged"}');
  await expect(web.resolver.resolve(placeOf(cid), NOTHING, signal)).rejects.toThrow(/other bytes/);
});

test('semi-chain content: what stands on the chain goes before what its uri names', async () => {
  web.answers.set('/off.json', '{"name":"off","description":"from the web","image":"cover.png"}');
  const onChain = Buffer.from(JSON.stringify({ uri: web.url('/off.json'), name: 'on the chain' }));
  const place = placeOf(`data:application/json;base64,${onChain.toString('base64')}`);
  expect(await web.resolver.resolve(place, NOTHING, signal)).toMatchObject({
    content: {
      fields: { name: 'on the chain', description: 'from the web', image: web.url('/cover.png') },
    },
  });
});

describe('private addresses', () => {
  const PUBLIC = '93.184.215.14';

  test('none is ever connected to: by name, by number, by redirect, or because a name server changes its mind', async () => {
    const inside = await serve((_, response) => response.end('{"name":"secret"}'));
    const outside = await serve((request, response) => {
      const [, target = ''] = /^\/to\?(.*)$/.exec(request.url ?? '') ?? [];
      response.writeHead(302, { location: decodeURIComponent(target) }).end();
    });
    const internet = openFakeInternet();
    internet.place(PUBLIC, outside.port);
    let lookups = 0;
    const outbound = createOutbound({
      plain: true,
      ports: [80, 443, inside.port],
      limits: LIMITS,
      resolve: async (name) => {
        if (name === 'open.test') return [PUBLIC];
        if (name === 'rebinding.test') return lookups++ === 0 ? ['93.184.215.99'] : ['127.0.0.1'];
        return name === 'mixed.test' ? [PUBLIC, '10.0.0.1'] : ['127.0.0.1'];
      },
    });
    try {
      const resolver = createResolver({
        outbound,
        hosts: createHosts({ atOnce: () => 4 }),
        ipfsGateways: [`http://inside.test:${inside.port}`],
        arweaveGateways: [`http://inside.test:${inside.port}`],
      });
      const targets = [
        ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', 'localhost', 'inside.test', 'mixed.test'],
        ...['[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '10.0.0.1', '192.168.0.1', 'rebinding.test'],
      ].map((host) => `http://${host}:${inside.port}/x.json`);
      const uris = [
        ...targets,
        targets.at(-1) ?? '',
        ...targets.map((target) => `http://open.test/to?${encodeURIComponent(target)}`),
        'ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/1.json',
        `data:application/json,${encodeURIComponent(JSON.stringify({ uri: targets[0] }))}`,
      ];
      for (const uri of uris)
        expect(
          await resolver.resolve(placeOf(uri), NOTHING, signal).catch((error: Error) => error),
        ).not.toHaveProperty('content');
      expect(inside.connections()).toBe(0);
      const hosts = new Set(internet.opened.map((socket) => socket.replace(/:\d+$/, '')));
      expect([...hosts].sort()).toEqual([PUBLIC, '93.184.215.99']);
    } finally {
      await outbound.close();
      internet.close();
      await Promise.all([inside.close(), outside.close()]);
    }
  });
});
