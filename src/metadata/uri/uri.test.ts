/** Every spelling of a place becomes one text, and what names no place says so. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { isCid, isRawCid, rawCid } from './cid.js';
import { readReference, readUri } from './uri.js';

const V0 = 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG';
const V1 = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi';
const AR = 'dQw4w9WgXcQdQw4w9WgXcQdQw4w9WgXcQdQw4w9WgXc';

const canonical = (text: string) => {
  const named = readUri(text);
  return 'place' in named ? named.place.canonical : `refused: ${named.refused}`;
};
const placeOf = (text: string) => {
  const named = readUri(text);
  if (!('place' in named)) throw new Error(named.refused);
  return named.place;
};

test.each([
  [`ipfs://${V0}/1.json`, `ipfs://${V0}/1.json`],
  [`ipfs://ipfs/${V0}/1.json`, `ipfs://${V0}/1.json`],
  [`/ipfs/${V0}/1.json`, `ipfs://${V0}/1.json`],
  [`ipfs/${V0}/1.json`, `ipfs://${V0}/1.json`],
  [V0, `ipfs://${V0}`],
  [`${V1}/a b.json`, `ipfs://${V1}/a%20b.json`],
  [`${V1}/a%20b.json`, `ipfs://${V1}/a%20b.json`],
  [`https://gateway.example/ipfs/${V1}/1.json?download=1#x`, `ipfs://${V1}/1.json`],
  [`https://${V1}.ipfs.gateway.example/1.json`, `ipfs://${V1}/1.json`],
  [`IPFS://${V1}/`, `ipfs://${V1}`],
  [`ipfs://${V1}/../../etc`, `ipfs://${V1}/etc`],
  [`ar://${AR}`, `ar://${AR}`],
  [`https://arweave.net/${AR}/0.json`, `ar://${AR}/0.json`],
  ['https://Host.Example/a?b=1#c', 'https://host.example/a?b=1'],
  [`  https://host.example/padded\0\0\0`, 'https://host.example/padded'],
] as const)('spelling %#: one text, and reading that again changes nothing', (text, expected) => {
  expect(canonical(text)).toBe(expected);
  expect(canonical(expected)).toBe(expected);
});

test.each([
  '',
  '\0\0',
  'ipfs://',
  'ipfs://not-a-cid/1.json',
  'ar://short',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'ipns://name',
  '1.json',
  '//host/path',
  `https://host.example/${'x'.repeat(5_000)}`,
  'data:application/json',
  'data:application/json;base64,***',
])('%#: no place, and the reason is said', (text) => {
  expect(canonical(text)).toMatch(/^refused: /);
});

test.each([
  ['data:application/json,{"name":"100%"}', '{"name":"100%"}'],
  ['data:application/json;utf8,%7B%22name%22%3A%22%C3%A9%22%7D', '{"name":"é"}'],
  [`data:application/json;base64,${Buffer.from('{"a":1}').toString('base64')}`, '{"a":1}'],
  ['DATA:,x', 'x'],
])('data: uri %# holds its content', (text, content) => {
  const place = placeOf(text);
  expect(place.kind === 'data' && place.bytes.toString()).toBe(content);
});

test('a data: uri of more than a megabyte is refused', () => {
  expect(canonical(`data:,${'x'.repeat((1 << 20) + 1)}`)).toMatch(/more than 1048576 bytes/);
});

test('a relative reference stands beside the document and never leaves its content', () => {
  const base = placeOf(`ipfs://${V1}/json/1.json`);
  const named = (text: string) => readReference(text, base)?.canonical ?? null;
  expect(named('2.png')).toBe(`ipfs://${V1}/json/2.png`);
  expect(named('../img/2.png')).toBe(`ipfs://${V1}/img/2.png`);
  expect(named('../../../../ipfs/elsewhere')).toBe(null);
  expect(named('//host/2.png')).toBe(null);
  expect(named('javascript:alert(1)')).toBe(null);
  expect(named('')).toBe(null);
  expect(readReference('2.png', placeOf('https://host.example/a/1.json'))?.canonical).toBe(
    'https://host.example/a/2.png',
  );
  expect(readReference('2.png', placeOf('data:,{}'))).toBe(null);
});

test('bytes that are not on IPFS get the CID that they would have there as one raw block', () => {
  // `printf 'hello world' | ipfs add --cid-version 1 --raw-leaves`
  expect(rawCid(Buffer.from('hello world'))).toBe(
    'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
  );
  expect(isRawCid(rawCid(Buffer.from('x')))).toBe(true);
  expect(isRawCid(V1)).toBe(false);
  expect([V0, V1].every(isCid)).toBe(true);
  expect(isCid(createHash('sha256').digest('hex'))).toBe(false);
});
