/** What is read of a document, and that nothing a stranger writes stops the reading. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Place, readUri } from '../uri/uri.js';
import { readDocument } from './document.js';

const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi';
const named = readUri(`ipfs://${CID}/1.json`);
const PLACE = ('place' in named ? named.place : null) as Place;
const read = (document: unknown) =>
  readDocument(
    typeof document === 'string' ? Buffer.from(document) : Buffer.from(JSON.stringify(document)),
    PLACE,
  );
const fields = (document: unknown) => {
  const result = read(document);
  if ('refused' in result) throw new Error(result.refused);
  return result.fields;
};

test('a document of a track', () => {
  expect(
    fields({
      name: 'Night Drive',
      description: 'An <b>EP</b>',
      image: 'cover.png',
      external_url: 'https://label.example/night',
      attributes: [{ trait_type: 'Genre', value: 'house' }],
      animation_url: `https://gateway.example/ipfs/${CID}/track.mp3`,
      properties: {
        category: 'audio',
        files: [{ uri: `ipfs://${CID}/track.mp3`, type: 'Audio/MPEG' }, 'x.wav'],
      },
    }),
  ).toEqual({
    name: 'Night Drive',
    description: 'An <b>EP</b>',
    image: `ipfs://${CID}/cover.png`,
    externalUrl: 'https://label.example/night',
    attributes: [{ trait_type: 'Genre', value: 'house' }],
    media: [
      { uri: `ipfs://${CID}/track.mp3`, mime: 'audio/mpeg' },
      { uri: `ipfs://${CID}/x.wav`, mime: 'audio/wav' },
    ],
  });
});

const NOTHING = {
  name: null,
  description: null,
  image: null,
  externalUrl: null,
  attributes: null,
  media: [],
};

test.each([
  [
    'null for everything',
    { name: null, description: null, image: null, attributes: null, external_url: null },
  ],
  [
    'objects and lists for texts',
    { name: {}, description: [], image: [[]], external_url: {}, attributes: 'x' },
  ],
  ['scripts for addresses', { image: 'javascript:alert(1)', external_url: 'javascript:alert(1)' }],
  ['a page for a picture', { image: 'data:text/html,<script>' }],
  ['blank texts', { name: '  ', description: '\0', image: '' }],
  ['lists of lists for files', { properties: { files: [[[]], null, 3, {}] } }],
])('%s: left out', (_what, document) => {
  expect(fields(document)).toEqual(NOTHING);
});

test('numbers for texts are their decimal text', () => {
  expect(fields({ name: 7, description: 1.5 })).toMatchObject({ name: '7', description: '1.5' });
  expect(fields('{"name":1e999}').name).toBe(null);
});

test('NUL characters and halves of surrogate pairs are not stored, in names of attributes either', () => {
  const document = '{"name":"a\\u0000b","description":"\\ud800x","attributes":{"k\\u0000":["\\udc00"]}}';
  expect(fields(document)).toMatchObject({
    name: 'ab',
    description: '\ufffdx',
    attributes: { k: ['\ufffd'] },
  });
});

test('attributes are kept as given, lists of lists too', () => {
  const attributes = [[1, [2]], { a: { b: null } }, 'x'];
  expect(fields({ attributes }).attributes).toEqual(attributes);
});

test.each([
  ['nothing', Buffer.alloc(0), 'empty'],
  ['a page', Buffer.from(' <!doctype html><html>'), 'HTML'],
  ['a picture', Buffer.from('89504e470d0a1a0a0000', 'hex'), 'PNG'],
  ['sound', Buffer.from('ID3\u0004xxxxxxxx'), 'MP3'],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]), 'no UTF-8'],
  ['a list', Buffer.from('[]'), 'no object'],
  ['null', Buffer.from('null'), 'no object'],
  ['half a document', Buffer.from('{"name":"x"'), 'no JSON'],
  ['a deep one', Buffer.from(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 'levels'],
  ['a large one', Buffer.alloc((1 << 20) + 1, 0x20), '1048577 bytes'],
])('%s is no document', (_what, bytes, why) => {
  const result = readDocument(bytes, PLACE);
  expect('refused' in result && result.refused).toContain(why);
});

test('a byte order mark is no part of the document', () => {
  expect(fields(`\ufeff{"name":"x"}`).name).toBe('x');
});

test('any JSON is read without an error, and read twice gives the same', () => {
  fc.assert(
    fc.property(
      fc.record({ name: fc.jsonValue(), image: fc.jsonValue(), attributes: fc.jsonValue() }),
      (document) => {
        expect(read(document)).toEqual(read(document));
      },
    ),
  );
});
