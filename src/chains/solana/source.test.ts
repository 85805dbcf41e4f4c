import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.js';
import {
  address,
  type FakeRpc,
  fakeChain,
  fakeTransaction,
  hashOf,
  signatureOf,
  startFakeRpc,
} from '../../../test/support/fake-solana-rpc.js';
import { silentLog } from '../../../test/support/silent-log.js';
import type { BlockSpan } from '../source.js';
import { createSolanaSource, type SolanaSource, type SolanaSourceOptions } from './source.js';
import type { SolanaBlock } from './transaction.js';

const OURS = address(42);
const signal = new AbortController().signal;
const warnings: string[] = [];
const log = { ...silentLog, warn: (_: object, message: string) => warnings.push(message) };
const transactions = (slot: number) => [
  fakeTransaction(signatureOf(200), [address(3), address(2)]),
  fakeTransaction(signatureOf(slot), [address(3), OURS, address(2)]),
];
/** Slots 10 to 40 without 13, 14, 20 and 31 to 33. */
const SLOTS = Array.from({ length: 31 }, (_, i) => i + 10).filter(
  (slot) => ![13, 14, 20, 31, 32, 33].includes(slot),
);

let a: FakeRpc;
let b: FakeRpc;
const sources: SolanaSource[] = [];
beforeEach(async () => {
  a = await startFakeRpc(fakeChain(SLOTS, transactions));
  b = await startFakeRpc(fakeChain(SLOTS, transactions));
  warnings.length = 0;
});
afterEach(async () => {
  await Promise.all([...sources.splice(0).map((source) => source.close()), a.close(), b.close()]);
});

function sourceOf(options: Partial<SolanaSourceOptions> = {}): SolanaSource {
  const source = createSolanaSource({
    endpoints: [{ url: a.url }],
    keys: () => [OURS],
    log,
    retries: 1,
    backoffMs: 5,
    ...options,
  });
  sources.push(source);
  return source;
}
const both = () => ({ endpoints: [{ url: a.url }, { url: b.url }] });

async function read(
  source: SolanaSource,
  fromBlock: number,
  toBlock: number,
  concurrency = 4,
): Promise<BlockSpan<SolanaBlock>[]> {
  const spans: BlockSpan<SolanaBlock>[] = [];
  for await (const span of source.read(
    { fromBlock, toBlock },
    // An endpoint that gives no word of a block is not what these tests wait for.
    { finality: 'finalized', concurrency, signal, patienceMs: 200 },
  ))
    spans.push(span);
  return spans;
}

/** Spans cover [from, to] without hole or overlap. */
function expectProven(spans: readonly BlockSpan<SolanaBlock>[], from: number, to: number): void {
  let next = from;
  for (const span of spans) {
    expect(span.fromBlock).toBe(next);
    next = span.toBlock + 1;
  }
  expect(next).toBe(to + 1);
}
async function collectAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
const slotsOf = (spans: readonly BlockSpan<SolanaBlock>[]) =>
  spans.flatMap(({ block }) => (block === null ? [] : [block.slot]));

describe('Solana source: reading a range', () => {
  test('yields every block in order with the skipped slots between them proven', async () => {
    const spans = await read(sourceOf(), 10, 40);
    expectProven(spans, 10, 40);
    expect(slotsOf(spans)).toEqual(SLOTS);
    expect(spans.find(({ toBlock }) => toBlock === 15)).toMatchObject({ fromBlock: 13, source: a.url });
    const block = spans.find(({ toBlock }) => toBlock === 15)?.block;
    expect(block).toMatchObject({
      slot: 15,
      parentSlot: 12,
      blockhash: hashOf(15),
      blockTime: 1_700_000_015,
    });
    // Only ours, at its place in the whole block.
    expect(block?.transactions).toHaveLength(1);
    expect(block?.transactions[0]).toMatchObject({
      signature: signatureOf(15),
      transactionIndex: 1,
      slot: 15,
    });
  });

  test('covers trailing skipped slots only with the proof of the next block', async () => {
    expectProven(await read(sourceOf(), 28, 32), 28, 32);
    expectProven(await read(sourceOf(), 31, 32), 31, 32);
    for (const rpc of [a, b]) rpc.head = 30;
    const spans = await read(sourceOf(), 28, 32);
    expectProven(spans, 28, 30);
  });

  test.each([[[15]], [[29]], [[30]], [[16, 17, 18]], [[28, 29, 30]], [[10]], [[40]]])(
    'promise 4: notices that one endpoint leaves out %j and reads it from another',
    async (missing) => {
      for (const slot of missing) a.missing.add(slot);
      b.fault = (method) =>
        method === 'getBlocks' || method === 'getBlocksWithLimit' ? { status: 500 } : undefined;
      // The chain goes on, so that what is missing at the end is proven by what follows.
      for (const rpc of [a, b]) rpc.chain = fakeChain([...SLOTS, 41, 42], transactions);
      for (const rpc of [a, b]) rpc.head = 42;
      const spans = await read(sourceOf(both()), 10, 40);
      expectProven(spans, 10, 40);
      expect(slotsOf(spans)).toEqual(SLOTS);
      for (const slot of missing) expect(spans.find(({ block }) => block?.slot === slot)?.source).toBe(b.url);
      expect(warnings.join('\n')).toContain('left out of the list');
    },
  );

  test('promise 4: never believes a slot skipped that a later block proves to exist: it stops and names it', async () => {
    a.missing.add(16);
    const source = sourceOf();
    const spans: BlockSpan<SolanaBlock>[] = [];
    const reading = (async () => {
      for await (const span of source.read(
        { fromBlock: 10, toBlock: 40 },
        { finality: 'finalized', concurrency: 4, signal },
      ))
        spans.push(span);
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'BLOCK_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('slot 16'),
    });
    expectProven(spans, 10, 15);
  });

  test('refuses a block of another fork', async () => {
    const chain = fakeChain(SLOTS, transactions);
    const block = chain.get(22);
    if (block === undefined) throw new Error('slot 22 should hold a block');
    chain.set(22, { ...block, previousBlockhash: hashOf(21, 1) });
    a.chain = chain;
    await expect(read(sourceOf(), 10, 40)).rejects.toMatchObject({
      code: 'BLOCK_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/fork: slot 22/),
    });
    chain.set(22, { ...block, parentSlot: 19 });
    await expect(read(sourceOf(), 10, 40)).rejects.toThrow(
      /fork: slot 22 follows upon slot 19, not upon slot 21/,
    );
  });

  test('promise 4: asks the other endpoint when blocks of one contradict each other', async () => {
    const chain = fakeChain(SLOTS, transactions);
    const block = chain.get(22);
    if (block === undefined) throw new Error('slot 22 should hold a block');
    a.chain = chain.set(22, { ...block, previousBlockhash: hashOf(21, 1) });
    const source = sourceOf(both());
    // It is the one that is liked best.
    b.fault = () => ({ status: 500 });
    await expect(read(source, 10, 40)).rejects.toThrow(/fork: slot 22/);
    b.fault = () => undefined;
    const spans = await eventually(() => read(source, 10, 40));
    expectProven(spans, 10, 40);
    expect(spans.find(({ toBlock }) => toBlock === 22)?.source).toBe(b.url);
  });

  test('promise 3: reads every version, and stops for one that is not supported, never skipping', async () => {
    a.chain = fakeChain(SLOTS, (slot) => [
      fakeTransaction(signatureOf(slot), [address(3), OURS, address(2)], {
        version: slot === 16 ? 1 : slot === 17 ? 0 : 'legacy',
      }),
    ]);
    const spans = await read(sourceOf(), 10, 18);
    const versions = spans.flatMap(({ block }) => block?.transactions.map(({ version }) => version) ?? []);
    expect(new Set(versions)).toEqual(new Set(['legacy', 0, 1]));
    b.chain = a.chain;
    const old = sourceOf({ ...both(), maxSupportedTransactionVersion: 0 });
    await expect(read(old, 10, 18)).rejects.toMatchObject({
      code: 'TRANSACTION_VERSION_UNSUPPORTED',
      retryable: false,
    });
  });

  test.each([
    ['cut off', { cut: 300 }],
    ['cut off cleanly', { truncate: 300 }],
    ['of another shape', { result: { unexpected: true } }],
    [
      'without its header',
      { result: { transactions: [fakeTransaction(signatureOf(1), [OURS, address(2)])] } },
    ],
    ['null', { result: null }],
    ['HTML', { status: 200, body: '<html></html>', headers: { 'content-type': 'text/html' } }],
  ])('takes a block from another endpoint when one answer is %s', async (_, fault) => {
    a.fault = (method) => (method === 'getBlock' ? fault : undefined);
    const spans = await read(sourceOf(both()), 10, 18);
    expectProven(spans, 10, 18);
    expect(new Set(spans.map(({ source }) => source))).toEqual(new Set([b.url]));
  });

  test('reads a block with the keys that were added while the ones before it were decoded', async () => {
    const later = address(77);
    a.chain = fakeChain(SLOTS, (slot) => [
      fakeTransaction(signatureOf(slot), [address(3), slot >= 12 ? later : OURS, address(2)]),
    ]);
    const keys = [OURS];
    const found: number[] = [];
    for await (const { block } of sourceOf({ keys: () => keys }).read(
      { fromBlock: 10, toBlock: 18 },
      { finality: 'finalized', concurrency: 8, signal },
    )) {
      found.push(...(block?.transactions.map(({ slot }) => slot) ?? []));
      if (block?.slot === 11) keys.push(later);
    }
    expect(found).toEqual([10, 11, 12, 15, 16, 17, 18]);
  });

  test('fetches ahead, but no more than it may', async () => {
    let running = 0;
    let most = 0;
    a.fault = (method) => {
      if (method === 'getBlock') most = Math.max(most, ++running);
      return undefined;
    };
    for await (const _ of sourceOf().read(
      { fromBlock: 10, toBlock: 40 },
      { finality: 'finalized', concurrency: 3, signal },
    )) {
      running -= 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
  });

  test('stops when told to, and when the reader leaves', async () => {
    a.fault = (method, [slot]) => (method === 'getBlock' && Number(slot) > 12 ? { stall: true } : undefined);
    const source = sourceOf();
    for await (const { block } of source.read(
      { fromBlock: 10, toBlock: 40 },
      { finality: 'finalized', concurrency: 4, signal },
    )) {
      if (block?.slot === 12) break;
    }
    expect(source.endpointsState()[0]?.inFlight).toBe(0);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('shutting down')), 50);
    const reading = source.read(
      { fromBlock: 10, toBlock: 40 },
      { finality: 'finalized', concurrency: 4, signal: controller.signal },
    );
    await expect(collectAll(reading)).rejects.toThrow('shutting down');
  });
});

describe('Solana source: the rest', () => {
  test('gives heads with their times, from an endpoint that does not lag', async () => {
    a.head = 12;
    b.chain = fakeChain([...SLOTS, 100], transactions);
    b.head = 100;
    const tip = await sourceOf(both()).tip(signal);
    expect(tip).toEqual({
      head: 100,
      headTime: 1_700_000_100,
      finalized: 100,
      finalizedTime: 1_700_000_100,
      source: b.url,
    });
  });

  test('finds a transaction at its true place, on whichever endpoint knows it', async () => {
    a.missing.add(17);
    const found = await sourceOf(both()).transaction(signatureOf(17), signal);
    expect(found?.transaction).toMatchObject({
      slot: 17,
      transactionIndex: 1,
      signature: signatureOf(17),
      blockTime: 1_700_000_017,
    });
    expect(await sourceOf(both()).transaction(signatureOf(250), signal)).toBeNull();
  });

  test('does not say "unknown" when an endpoint that might know it cannot be asked', async () => {
    b.fault = () => ({ status: 500 });
    await expect(sourceOf(both()).transaction(signatureOf(250), signal)).rejects.toMatchObject({
      code: 'RPC_ERROR',
      retryable: true,
    });
  });

  describe('signatures of an address', () => {
    const entries = SLOTS.flatMap((slot) =>
      [0, 1, 2].map((n) => ({ signature: signatureOf(slot * 3 + n), slot, err: n === 2 ? { x: 1 } : null })),
    ).reverse();
    const collect = async (source: SolanaSource, from: number, to: number) =>
      (await collectAll(source.signatures(OURS, { from, to }, signal))).map(({ signature }) => signature);
    const expected = (from: number, to: number) =>
      entries.filter(({ slot }) => slot >= from && slot <= to).map(({ signature }) => signature);
    beforeEach(() => {
      a.signatures = entries;
      b.signatures = entries;
    });

    test('come once each over pages of any size', async () => {
      for (const signaturePage of [2, 3, 7, 25, 1_000]) {
        expect(await collect(sourceOf({ signaturePage }), 10, 40), `pages of ${signaturePage}`).toEqual(
          expected(10, 40),
        );
        expect(await collect(sourceOf({ signaturePage }), 16, 29), `pages of ${signaturePage}`).toEqual(
          expected(16, 29),
        );
      }
    });

    test('survive repetitions', async () => {
      a.signatures = entries.flatMap((entry, i) => (i % 5 === 0 ? [entry, entry] : [entry]));
      expect(await collect(sourceOf({ signaturePage: 20 }), 10, 40)).toEqual(expected(10, 40));
    });

    test('are asked for elsewhere when pages do not join, or one history ends early', async () => {
      let page = 0;
      a.fault = (method) =>
        method === 'getSignaturesForAddress' && ++page === 2 ? { result: entries.slice(45, 60) } : undefined;
      expect((await collect(sourceOf({ ...both(), signaturePage: 40 }), 10, 40)).sort()).toEqual(
        expected(10, 40).sort(),
      );
      a.fault = () => undefined;
      a.signatures = entries.slice(0, 30);
      expect((await collect(sourceOf({ ...both(), signaturePage: 20 }), 10, 40)).sort()).toEqual(
        expected(10, 40).sort(),
      );
    });
  });

  test('promise 3: takes no list of signatures from a node that is behind and would leave out the newest', async () => {
    a.signatures = SLOTS.map((slot) => ({ signature: signatureOf(slot), slot, err: null })).reverse();
    b.signatures = a.signatures;
    a.head = 25;
    const slots = async (source: SolanaSource) =>
      (await collectAll(source.signatures(OURS, { from: 10, to: 40 }, signal))).map(({ slot }) => slot);
    for (let times = 0; times < 4; times++)
      expect(await slots(sourceOf(both()))).toEqual([...SLOTS].reverse());
    await expect(slots(sourceOf())).rejects.toMatchObject({ code: 'RPC_ERROR', retryable: true });
  });

  test('lists signatures while one of two endpoints is down', async () => {
    b.signatures = SLOTS.map((slot) => ({ signature: signatureOf(slot), slot, err: null })).reverse();
    a.fault = () => ({ status: 500 });
    const found = await collectAll(
      sourceOf({ ...both(), signaturePage: 10 }).signatures(OURS, { from: 10, to: 40 }, signal),
    );
    expect(found.map(({ slot }) => slot)).toEqual([...SLOTS].reverse());
    expect(warnings.join('\n')).toContain('could not be compared');
  });

  test('keeps every secret out of errors and state', async () => {
    a.fault = () => ({ status: 401, body: 'PATHSECRET QUERYSECRET HEADERSECRET' });
    const source = sourceOf({
      endpoints: [
        { url: `${a.url}/PATHSECRET?k=QUERYSECRET`, headers: { authorization: 'Bearer HEADERSECRET' } },
      ],
    });
    const error: unknown = await source.genesis(signal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RPC_UNAUTHORIZED' });
    const all = JSON.stringify([
      String(error),
      (error as Error).stack,
      source.endpointsState(),
      source.watchState(),
      warnings,
    ]);
    expect(all).not.toMatch(/SECRET/);
    expect(all).toContain(a.url);
  });

  test('passes websocket hints on and leaves nothing open', async () => {
    const hints: number[] = [];
    const stop = new AbortController();
    sourceOf({ endpoints: [{ url: a.url, wsUrl: a.wsUrl }] }).watch((slot) => hints.push(slot), stop.signal);
    await eventually(() => {
      a.notify(41);
      expect(hints).toContain(41);
    });
    stop.abort();
    await eventually(() => expect(a.websockets()).toBe(0));
  });
});
