import { beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../../../test/support/silent-log.js';
import type { SolanaRpc } from '../rpc/methods.js';
import { readSpans } from './blocks.js';
import type { Linked } from './links.js';

const headerOf = (slot: number) => ({
  parentSlot: slot - 1,
  blockhash: `hash ${slot}`,
  previousBlockhash: `hash ${slot - 1}`,
});

/** Slots without a hole up to `head`; for a slot of `wrong` the endpoint answers with the block before it. */
function fakeRpc(
  head: number,
  wrong: ReadonlySet<number>,
): Pick<SolanaRpc, 'blocks' | 'blocksFrom' | 'block' | 'header'> {
  const asked = <T>(value: T) => Promise.resolve({ value, endpoint: 'fake' });
  const given = (slot: number) => headerOf(wrong.has(slot) ? slot - 1 : slot);
  const range = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
  return {
    blocks: (from, to) => asked(range(from, Math.min(to, head))),
    blocksFrom: (from, limit) => asked(range(from, Math.min(head, from + limit - 1))),
    block: (slot, _, keys) => {
      const now = keys();
      return asked({
        block: { slot, blockTime: 0, ...given(slot), transactions: [] },
        body: Buffer.alloc(0),
        keys: now,
      });
    },
    header: (slot) => asked({ blockTime: 0, ...given(slot) }),
  };
}

const contradictions: string[] = [];
beforeEach(() => {
  contradictions.length = 0;
});

interface Known {
  readonly previous?: Linked;
  readonly perhaps?: Linked;
}

async function read(
  head: number,
  fromBlock: number,
  toBlock: number,
  wrong: number[] = [],
  known: Known = {},
) {
  const finder = { count: 0, search: () => ({ next: () => -1 }) };
  const deps = {
    rpc: fakeRpc(head, new Set(wrong)) as SolanaRpc,
    keys: () => finder,
    log: silentLog,
    window: 1_000,
    onContradiction: (endpoint: string) => contradictions.push(endpoint),
  };
  const options = {
    finality: 'finalized',
    concurrency: 2,
    signal: new AbortController().signal,
    ...known,
  } as const;
  const spans: [number, number][] = [];
  for await (const span of readSpans(deps, { fromBlock, toBlock }, options))
    spans.push([span.fromBlock, span.toBlock]);
  return spans;
}

describe('a block is what was asked for only when its neighbours say so', () => {
  const previous = { slot: 9, ...headerOf(9) };

  test('promise 4: a single block that is another one is refused, by the block after it or the one before', async () => {
    expect(await read(20, 10, 10)).toEqual([[10, 10]]);
    expect(contradictions).toEqual([]);
    await expect(read(20, 10, 10, [10])).rejects.toThrow(/follows upon/);
    // Another endpoint is asked first from now on.
    expect(contradictions).toEqual(['fake']);
    await expect(read(10, 10, 10, [10], { previous })).rejects.toThrow(/follows upon/);
  });

  test('the newest block is handed on when the one before it is known, and waits for the one after it otherwise', async () => {
    expect(await read(10, 10, 10, [], { previous })).toEqual([[10, 10]]);
    expect(await read(10, 10, 10)).toEqual([]);
    expect(await read(10, 10, 12)).toEqual([]);
  });

  test('a block that follows upon the newest one seen is handed on at once; one of another branch waits for the one after it', async () => {
    const abandoned = { ...previous, blockhash: 'another hash 9' };
    expect(await read(10, 10, 10, [], { perhaps: previous })).toEqual([[10, 10]]);
    expect(await read(10, 10, 10, [], { perhaps: abandoned })).toEqual([]);
    expect(await read(11, 10, 10, [], { perhaps: abandoned })).toEqual([[10, 10]]);
    expect(await read(10, 10, 10, [10], { perhaps: previous })).toEqual([]);
    await expect(read(11, 10, 10, [10], { perhaps: previous })).rejects.toThrow(/follows upon/);
  });

  test('a wrong block at either end or inside of a range is refused', async () => {
    expect(await read(20, 10, 13)).toEqual([
      [10, 10],
      [11, 11],
      [12, 12],
      [13, 13],
    ]);
    for (const wrong of [10, 11, 12, 13])
      await expect(read(20, 10, 13, [wrong])).rejects.toThrow(/follows upon/);
  });
});
