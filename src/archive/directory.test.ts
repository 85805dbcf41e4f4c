import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createArchiving } from '../ingest/archiving.js';
import type { DecodedSpan } from '../ingest/reader.js';
import { createDirectoryArchive } from './directory.js';

const root = mkdtempSync(join(tmpdir(), 'ndx-archive-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const list = async (blocks: AsyncIterable<number>) => {
  const out: number[] = [];
  for await (const block of blocks) out.push(block);
  return out;
};

test('blocks come back as they were given, in order, from many folders', async () => {
  const archive = createDirectoryArchive(join(root, 'a'));
  for (const block of [20_001, 9_999, 10_000, 3]) await archive.put('solana', block, await archive.pack(bytes(`block ${block}`)));
  await archive.put('ton', 5, await archive.pack(bytes('other')));
  expect(await list(archive.blocks('solana', { fromBlock: 4, toBlock: 20_000 }))).toEqual([9_999, 10_000]);
  expect(await list(archive.blocks('solana', { fromBlock: 0, toBlock: Number.MAX_SAFE_INTEGER }))).toEqual([3, 9_999, 10_000, 20_001]);
  expect(new TextDecoder().decode(await archive.get('solana', 10_000))).toBe('block 10000');
  await archive.put('solana', 3, await archive.pack(bytes('again')));
  expect(new TextDecoder().decode(await archive.get('solana', 3))).toBe('again');
});

test('what is missing or damaged is told by its name', async () => {
  const archive = createDirectoryArchive(join(root, 'a'));
  await expect(archive.get('solana', 77)).rejects.toMatchObject({ code: 'BLOCK_UNAVAILABLE', message: expect.stringContaining('77') });
  writeFileSync(join(root, 'a', 'solana', '0', '8.gz'), 'no gzip');
  await expect(archive.get('solana', 8)).rejects.toMatchObject({ code: 'BLOCK_UNAVAILABLE' });
});

test('5: a confirmed block is kept only when just it becomes final, and only when it holds something of ours', async () => {
  const archive = createDirectoryArchive(join(root, 'b'));
  const archiving = createArchiving(archive, 'solana');
  const transaction = {} as DecodedSpan['transactions'][number];
  const span = (block: number, hash: string, ours = true): DecodedSpan => ({
    fromBlock: block,
    toBlock: block,
    source: 's',
    transactions: ours ? [transaction] : [],
    raw: () => bytes(`${block} ${hash}`),
    link: { block, hash, parent: block - 1, parentHash: 'p' },
  });
  async function* spans(...all: DecodedSpan[]) {
    yield* all;
  }
  for await (const _ of archiving.through(spans(span(1, 'a'), span(2, 'b'), span(3, 'c', false)), 'confirmed'));
  for await (const _ of archiving.through(spans(span(9, 'z'), span(10, 'z', false)), 'finalized'));
  const all = { fromBlock: 0, toBlock: 100 };
  expect(await list(archive.blocks('solana', all))).toEqual([9]);
  await archiving.settled([
    { block: 1, hash: 'a' },
    { block: 2, hash: 'another' },
    { block: 3, hash: 'c' },
  ]);
  expect(await list(archive.blocks('solana', all))).toEqual([1, 9]);
  archiving.forgetUntil(2);
  await archiving.settled([{ block: 2, hash: 'b' }]);
  expect(await list(archive.blocks('solana', all))).toEqual([1, 9]);
});
