import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { CannotUnpack, unpack } from './unpack.js';

const TEXT = Buffer.from(JSON.stringify({ jsonrpc: '2.0', result: 'ü'.repeat(1_000), id: 1 }));
const LIMIT = 16 * 1024 * 1024;

test.each([
  ['gzip', gzipSync(TEXT)],
  ['X-GZIP', gzipSync(TEXT)],
  ['br', brotliCompressSync(TEXT)],
  ['deflate', deflateSync(TEXT)],
  ['deflate', deflateRawSync(TEXT)],
  ['identity', TEXT],
  ['', TEXT],
])('an answer compressed as %s is read', async (encoding, body) => {
  expect((await unpack(body, encoding, LIMIT)).equals(TEXT)).toBe(true);
});

test('acceptance 5: what cannot be unpacked, or unpacks to more than it may, is refused', async () => {
  const bomb = gzipSync(Buffer.alloc(LIMIT + 1));
  const refused: [Buffer, string, number, RegExp][] = [
    [bomb, 'gzip', LIMIT, /unpack to more than \d+/],
    [bomb, 'gzip', LIMIT * 4, /unpack to more than \d+/],
    [gzipSync(TEXT), 'gzip', 100, /unpack to more than 100/],
    [TEXT, 'gzip', LIMIT, /cannot be unpacked/],
    [gzipSync(TEXT).subarray(0, 40), 'gzip', LIMIT, /cannot be unpacked/],
    [TEXT, 'lzw', LIMIT, /compressed as lzw/],
    [gzipSync(gzipSync(TEXT)), 'gzip, gzip', LIMIT, /twice/],
  ];
  for (const [body, encoding, limit, message] of refused) {
    const error = await unpack(body, encoding, limit).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CannotUnpack);
    expect((error as Error).message).toMatch(message);
  }
});
