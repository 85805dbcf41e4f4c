/** Endpoints over real HTTP that show less of a block, or another order, than others (DESIGN.md 12). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.js';
import {
  address,
  type FakeRpc,
  fakeChain,
  fakeTransaction,
  signatureOf,
  startFakeRpc,
} from '../../../test/support/fake-solana-rpc.js';
import { silentLog } from '../../../test/support/silent-log.js';
import type { OwedCheck } from '../../events/batch.js';
import type { CrossCheck } from '../witness/shares.js';
import { createSolanaSource, type SolanaSource } from './source.js';

const OURS = address(42);
const signal = new AbortController().signal;
const SLOTS = Array.from({ length: 11 }, (_, at) => at + 10);
/** In every block three of ours, and one that is not. */
const transactionsOf = (slot: number) => [
  ...[0, 50, 100].map((more) => fakeTransaction(signatureOf(slot + more), [address(3), OURS, address(2)])),
  fakeTransaction(signatureOf(slot + 150), [address(3), address(2)]),
];
const LIED = 15;
const removing = (slot: number) => transactionsOf(slot).toSpliced(slot === LIED ? 1 : 99, 1);
const removingAll = (slot: number) => (slot === LIED ? transactionsOf(slot).slice(3) : transactionsOf(slot));
const reordering = (slot: number) =>
  slot === LIED ? transactionsOf(slot).toReversed() : transactionsOf(slot);
const LIES = [
  ['removes a transaction of ours', removing],
  ['tells another order', reordering],
] as const;
const ALL: CrossCheck = { ours: 1, others: 1 };

const rpcs: FakeRpc[] = [];
const sources: SolanaSource[] = [];
let honest: FakeRpc;
let liar: FakeRpc;
beforeEach(async () => {
  honest = await start();
  liar = await start();
});
afterEach(async () => {
  for (const source of sources.splice(0)) await source.close();
  for (const rpc of rpcs.splice(0)) await rpc.close();
});

async function start(): Promise<FakeRpc> {
  const rpc = await startFakeRpc(fakeChain(SLOTS, transactionsOf));
  rpcs.push(rpc);
  return rpc;
}

function sourceOf(
  urls: readonly FakeRpc[],
  crossCheck: CrossCheck = { ours: 1, others: 0 },
  outcomes: string[] = [],
): SolanaSource {
  const source = createSolanaSource({
    endpoints: urls.map(({ url }) => ({ url, wsUrl: null })),
    keys: () => [OURS],
    log: silentLog,
    retries: 1,
    backoffMs: 5,
    crossCheck,
    onCheck: (outcome) => outcomes.push(outcome),
  });
  sources.push(source);
  return source;
}

const READ = { finality: 'finalized', concurrency: 2, signal, patienceMs: 30_000 } as const;

/** Place and signature of everything of ours. */
async function read(source: SolanaSource, how: Partial<Parameters<SolanaSource['read']>[1]> = {}) {
  const found: string[] = [];
  for await (const { block } of source.read({ fromBlock: 10, toBlock: 20 }, { ...READ, ...how }))
    for (const { signature, transactionIndex, slot } of block?.transactions ?? [])
      found.push(`${slot}/${transactionIndex} ${signature}`);
  return found;
}

const RIGHT = SLOTS.flatMap((slot) =>
  [0, 50, 100].map((more, place) => `${slot}/${place} ${signatureOf(slot + more)}`),
);

describe.each(LIES)('an endpoint that %s', (_, lie) => {
  beforeEach(() => {
    liar.chain = fakeChain(SLOTS, lie);
  });

  test('promise 3: is outvoted by two others, and the block is read from them', async () => {
    const third = await start();
    for (const order of [
      [liar, honest, third],
      [honest, liar, third],
      [third, honest, liar],
    ]) {
      const outcomes: string[] = [];
      expect(await read(sourceOf(order, ALL, outcomes))).toEqual(RIGHT);
      expect(outcomes).not.toContain('disputed');
    }
  });

  test('promise 4: and only one other: nothing of the block is believed, and both are named', async () => {
    for (const order of [
      [liar, honest],
      [honest, liar],
    ]) {
      const failure = await read(sourceOf(order)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'SOURCES_DISAGREE', retryable: true });
      const { message } = failure as Error;
      for (const { url } of [honest, liar]) expect(message).toContain(new URL(url).host);
      expect(message).toMatch(/another order|only http:.* has /);
      expect(message).toContain(`block ${LIED}`);
    }
  });

  test('promise 1: a transaction read alone takes no place from it', async () => {
    const asked = sourceOf([liar, honest]).transaction(signatureOf(LIED + 100), signal);
    await expect(asked).rejects.toMatchObject({ code: 'SOURCES_DISAGREE' });
  });

  test('cannot be noticed where it is the only endpoint', async () => {
    expect(await read(sourceOf([liar], ALL))).not.toEqual(RIGHT);
  });
});

test('promise 3: a block from which all of ours is removed is noticed where others are compared too', async () => {
  liar.chain = fakeChain(SLOTS, removingAll);
  const pair = [liar, honest];
  honest.fault = (method, [, how]) =>
    method === 'getBlock' && (how as { transactionDetails: string }).transactionDetails === 'full'
      ? { error: { code: -32603, message: 'busy' } }
      : undefined;
  await expect(read(sourceOf(pair, ALL))).rejects.toMatchObject({ code: 'SOURCES_DISAGREE' });
  // Nothing of ours is in what is shown, so it is left out when only blocks of ours are compared.
  expect(await read(sourceOf(pair))).not.toEqual(RIGHT);
});

test('a second endpoint that is slow holds nobody up longer than the patience; compared later', async () => {
  const outcomes: string[] = [];
  honest.fault = () => ({ stall: true });
  liar.chain = fakeChain(SLOTS, removing);
  const source = sourceOf([liar, honest], ALL, outcomes);
  const owed: OwedCheck[] = [];
  for await (const span of source.read({ fromBlock: 10, toBlock: 20 }, { ...READ, patienceMs: 20 }))
    owed.push(...(span.owed ?? []));
  expect(new Set(outcomes)).toEqual(new Set(['owed']));
  expect(owed.map(({ block }) => block)).toEqual(SLOTS);
  const judge = (patienceMs: number) => source.judge(owed, { signal, patienceMs });
  expect(new Set(await judge(20))).toEqual(new Set(['silent']));
  honest.fault = () => undefined;
  await eventually(
    async () =>
      expect(await judge(30_000)).toEqual(SLOTS.map((slot) => (slot === LIED ? 'denied' : 'agreed'))),
    { what: 'the owed blocks to be compared' },
  );
});

test('what a transaction was read alone with is owed, too', async () => {
  honest.fault = (method) => (method === 'getBlock' ? { stall: true } : undefined);
  const found = await sourceOf([liar, honest]).transaction(signatureOf(LIED + 100), signal);
  expect(found?.owed).toMatchObject([{ block: LIED }]);
});

test('a second endpoint that does not keep the block is no witness, and nothing is owed', async () => {
  const outcomes: string[] = [];
  honest.fault = (method) =>
    method === 'getBlock' ? { error: { code: -32001, message: 'Block cleaned up' } } : undefined;
  const source = sourceOf([liar, honest], ALL, outcomes);
  expect(await read(source)).toEqual(RIGHT);
  expect(new Set(outcomes)).toEqual(new Set(['unanswered']));
  const { owed } = (await source.transaction(signatureOf(LIED), signal)) ?? {};
  expect(owed).toEqual([]);
});

test('one small request for each block that is compared, none for others', async () => {
  const source = sourceOf([liar, honest]);
  expect(await read(source)).toEqual(RIGHT);
  const lists = [...honest.requests, ...liar.requests].filter(
    ({ method, params }) =>
      method === 'getBlock' &&
      (params[1] as { transactionDetails: string }).transactionDetails === 'signatures',
  );
  expect(lists).toHaveLength(SLOTS.length);
});
