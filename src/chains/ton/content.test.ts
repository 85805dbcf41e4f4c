/** TEP-64 in all three layouts, against what `@ton/core` writes. */
import { createHash } from 'node:crypto';
import { beginCell, type Cell, Dictionary } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownCell } from '../../../test/support/cells.js';
import { createBuilder } from './cells/builder.js';
import { contentUri } from './content.js';

const key = (name: string) => BigInt(`0x${createHash('sha256').update(name).digest('hex')}`);
const snake = (text: string) => beginCell().storeUint(0, 8).storeStringTail(text).endCell();

/** The text in chunks of `size` bytes, which may divide characters. */
function chunked(text: string, size: number): Cell {
  const bytes = Buffer.from(text);
  const chunks = Dictionary.empty(Dictionary.Keys.Uint(32), Dictionary.Values.Cell());
  for (let at = 0; at * size < bytes.length; at++)
    chunks.set(
      at,
      beginCell()
        .storeBuffer(bytes.subarray(at * size, (at + 1) * size))
        .endCell(),
    );
  return beginCell().storeUint(1, 8).storeDict(chunks).endCell();
}

function onChain(values: Readonly<Record<string, Cell>>): Cell {
  const dictionary = Dictionary.empty(Dictionary.Keys.BigUint(256), Dictionary.Values.Cell());
  for (const [name, value] of Object.entries(values)) dictionary.set(key(name), value);
  return beginCell().storeUint(0, 8).storeDict(dictionary).endCell();
}

const read = (cell: Cell) => contentUri(ownCell(cell));
const document = (uri: string | null) => {
  const [head, body = ''] = (uri ?? '').split(',');
  expect(head).toBe('data:application/json;base64');
  return JSON.parse(Buffer.from(body, 'base64').toString()) as unknown;
};

test('off-chain content is its address', () => {
  expect(read(beginCell().storeUint(1, 8).storeStringTail('https://host.example/1.json').endCell())).toBe(
    'https://host.example/1.json',
  );
});

test('on-chain content is a document, whether its values are snakes or chunks', () => {
  const long = 'ünïcödé '.repeat(60);
  const uri = read(
    onChain({ name: snake('Night Drive'), description: chunked(long, 7), unknown: snake('x') }),
  );
  expect(document(uri)).toEqual({ name: 'Night Drive', description: long });
});

test('semi-chain content is a document that names its address, and an address alone is that address', () => {
  const address = snake('ipfs://x');
  expect(document(read(onChain({ uri: address, name: snake('On the chain') })))).toEqual({
    uri: 'ipfs://x',
    name: 'On the chain',
  });
  expect(read(onChain({ uri: address }))).toBe('ipfs://x');
});

test('a value that is no text leaves the others as they are, and one that is too long is left out', () => {
  const values = { name: beginCell().storeUint(1, 3).endCell(), description: snake('here') };
  expect(document(read(onChain(values)))).toEqual({ description: 'here' });
  expect(document(read(onChain({ ...values, name: snake('x'.repeat(16_385)) })))).toEqual({
    description: 'here',
  });
});

test('chunks that all refer to the same cells are not read more often than the bound allows', () => {
  const shared = beginCell().storeStringTail('x'.repeat(5_000)).endCell();
  const chunks = Dictionary.empty(Dictionary.Keys.Uint(32), Dictionary.Values.Cell());
  for (let at = 0; at < 2_000; at++) chunks.set(at, shared);
  const value = beginCell().storeUint(1, 8).storeDict(chunks).endCell();
  expect(read(onChain({ name: value }))).toBe(null);
});

test('any other cell is no content, and no error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      const uri = contentUri(createBuilder().bytes(noise).cell());
      expect(uri === null || typeof uri === 'string').toBe(true);
    }),
  );
  expect(read(beginCell().endCell())).toBe(null);
  expect(read(onChain({}))).toBe(null);
});
