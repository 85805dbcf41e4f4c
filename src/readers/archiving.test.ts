import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Archive } from '../archive/archive.js';
import { createDirectoryArchive } from '../archive/directory.js';
import type { Finality } from '../events/event.js';
import { createArchiving } from './archiving.js';
import type { ChainReader, DecodedSpan, FoundTransaction } from './reader.js';

const root = mkdtempSync(join(tmpdir(), 'ndx-archiving-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const signal = new AbortController().signal;
const transaction = (block: number) => ({ block }) as DecodedSpan['transactions'][number];
const bytes = (text: string) => new TextEncoder().encode(text);

interface Fake {
  readonly hash?: string;
  readonly ours?: boolean;
  readonly discovered?: readonly string[];
}

function span(block: number, { hash = `h${block}`, ours = true, discovered }: Fake = {}): DecodedSpan {
  return {
    fromBlock: block,
    toBlock: block,
    source: 's',
    transactions: ours ? [transaction(block)] : [],
    raw: () => bytes(`${block} ${hash}`),
    link: { block, hash, parent: block - 1, parentHash: 'p' },
    ...(discovered ? { discovered } : {}),
  };
}

/** A reader of these spans; `found` is what an address's history holds. */
function readerOf(spans: readonly DecodedSpan[], found: readonly number[] = []): ChainReader {
  return {
    chain: 'solana',
    async *read({ fromBlock, toBlock }: { fromBlock: number; toBlock: number }) {
      for (const one of spans) if (one.fromBlock >= fromBlock && one.toBlock <= toBlock) yield one;
    },
    async *readAddress() {
      for (const block of found) yield { transaction: transaction(block), source: 's' } as FoundTransaction;
    },
    async *readAddresses() {
      for (const one of spans)
        yield { ...one, transactions: found.includes(one.toBlock) ? [transaction(one.toBlock)] : [] };
    },
  } as unknown as ChainReader;
}

async function readAll(reader: ChainReader, finality: Finality): Promise<DecodedSpan[]> {
  const out: DecodedSpan[] = [];
  for await (const one of reader.read({ fromBlock: 0, toBlock: 100 }, { finality, concurrency: 1, signal }))
    out.push(one);
  return out;
}

async function archived(archive: Archive): Promise<number[]> {
  const out: number[] = [];
  for await (const { block } of archive.list('solana', { fromBlock: 0, toBlock: 100 })) out.push(block);
  return out;
}

let places = 0;
async function emptyArchive(): Promise<Archive> {
  const archive = createDirectoryArchive(join(root, String(places++)));
  await archive.check();
  return archive;
}

test('promise 5: a confirmed block is kept only when just it becomes final, and only when it holds something of ours', async () => {
  const archive = await emptyArchive();
  const { reader, settled, forgetUntil } = createArchiving({
    archive,
    reader: readerOf([span(1), span(2), span(3, { ours: false })]),
  });
  await readAll(reader, 'confirmed');
  expect(await archived(archive)).toEqual([]);
  await settled([
    { block: 1, hash: 'h1' },
    { block: 2, hash: 'another' },
    { block: 3, hash: 'h3' },
  ]);
  expect(await archived(archive)).toEqual([1]);
  forgetUntil(2);
  await settled([{ block: 2, hash: 'h2' }]);
  expect(await archived(archive)).toEqual([1]);
});

test('a final block is kept before it is handed on, also when it only makes something known, and its raw form goes no further', async () => {
  const archive = await emptyArchive();
  const { reader } = createArchiving({
    archive,
    reader: readerOf([span(9), span(10, { ours: false }), span(11, { ours: false, discovered: ['a'] })]),
  });
  const spans = await readAll(reader, 'finalized');
  expect(spans.map((one) => [one.toBlock, 'raw' in one])).toEqual([
    [9, false],
    [10, false],
    [11, false],
  ]);
  expect(await archived(archive)).toEqual([9, 11]);
  for await (const one of reader.read(
    { fromBlock: 9, toBlock: 9 },
    { finality: 'finalized', concurrency: 1, signal },
  ))
    expect(new TextDecoder().decode(await archive.get('solana', one.toBlock))).toBe('9 h9');
});

test('promise 3: blocks in which an address that was discovered late has something are kept as they are with it', async () => {
  for (const how of ['readAddress', 'readAddresses'] as const) {
    const archive = await emptyArchive();
    const { reader } = createArchiving({ archive, reader: readerOf([span(4), span(5), span(6)], [4, 6]) });
    const range = { fromBlock: 0, toBlock: 100 };
    const read = async (finality: Finality) => {
      const found =
        how === 'readAddress'
          ? reader.readAddress('a', range, { finality, signal })
          : reader.readAddresses?.(['a'], range, { finality, signal, late: () => true });
      for await (const _ of found ?? []);
    };
    // It is kept when it is read as final.
    await read('confirmed');
    expect(await archived(archive), how).toEqual([]);
    await read('finalized');
    expect(await archived(archive), how).toEqual([4, 6]);
  }
});

test('a block that cannot be read again for the archive fails what found it, and can be tried again', async () => {
  const { reader } = createArchiving({ archive: await emptyArchive(), reader: readerOf([], [4]) });
  const reading = async () => {
    for await (const _ of reader.readAddress(
      'a',
      { fromBlock: 0, toBlock: 9 },
      { finality: 'finalized', signal },
    ));
  };
  await expect(reading()).rejects.toMatchObject({ code: 'BLOCK_UNAVAILABLE', retryable: true });
});

test('acceptance 5: blocks that wait for being final take no more memory than they may, and what is forgotten has to be read again', async () => {
  const archive = await emptyArchive();
  let overflows = 0;
  const spans = Array.from({ length: 50 }, (_, block) => span(block));
  const { reader, settled } = createArchiving({
    archive,
    reader: readerOf(spans),
    mostHeld: 250,
    onOverflow: () => overflows++,
  });
  await readAll(reader, 'confirmed');
  expect(overflows).toBeGreaterThan(3);
  await settled(spans.map(({ toBlock }) => ({ block: toBlock, hash: `h${toBlock}` })));
  expect((await archived(archive)).length).toBeLessThan(12);
});
