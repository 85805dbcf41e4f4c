/** What becomes of a block when others say otherwise; endpoints are functions here. */
import { describe, expect, test } from 'vitest';
import { silentLog } from '../../../test/support/silent-log.js';
import { RpcError } from '../http/errors.js';
import type { Listing } from './listing.js';
import { differenceOf, digestOf } from './listing.js';
import { createQuiet } from './quiet.js';
import { createWitness, type ShownBlock, type WitnessDeps } from './witness.js';

const how = { signal: new AbortController().signal, patienceMs: 30_000 };
const say = (...names: string[]): Listing => ({ hash: 'h', names });
const RIGHT = say('a', 'b', 'c');

function setUp(words: Readonly<Record<string, Listing>>, more: Partial<WitnessDeps> = {}) {
  const asked: string[] = [];
  const doubted: string[] = [];
  const outcomes: string[] = [];
  const witness = createWitness({
    chain: 'Toy',
    endpoints: () => Object.keys(words),
    list: async (_, { endpoint }) => {
      asked.push(endpoint);
      return words[endpoint] ?? RIGHT;
    },
    log: silentLog,
    doubt: (endpoint) => doubted.push(endpoint),
    onCheck: (outcome) => outcomes.push(outcome),
    ...more,
  });
  const shownBy = (source: string, shown: Partial<ShownBlock> = {}): ShownBlock => ({
    block: 7,
    final: true,
    source,
    ours: true,
    listing: () => words[source] ?? RIGHT,
    ...shown,
  });
  return { witness, shownBy, asked, doubted, outcomes };
}

describe('a block', () => {
  test('is compared by its share, and always when its endpoint was contradicted lately', async () => {
    const { witness, shownBy, asked } = setUp(
      { liar: say('a', 'b'), one: RIGHT, two: RIGHT },
      { shares: { ours: 0.5, others: 0.1 }, random: () => 0.3 },
    );
    const see = async (source: string, ours: boolean) =>
      (await witness.attested(async (only) => shownBy(only?.[0] ?? source, { ours }), how)).compared;
    expect([await see('liar', false), await see('one', false), await see('one', true)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(await see('liar', true)).toBe(true);
    asked.length = 0;
    expect([await see('liar', false), await see('one', false)]).toEqual([true, false]);
    expect(asked.length).toBeGreaterThan(0);
  });

  test('of which four endpoints say two things, two each, is disputed', async () => {
    const { witness, shownBy, doubted, outcomes } = setUp({
      one: RIGHT,
      two: RIGHT,
      three: say('a', 'b'),
      four: say('a', 'b'),
    });
    const asked = witness.attested(async () => shownBy('three'), how);
    await expect(asked).rejects.toMatchObject({ code: 'SOURCES_DISAGREE', retryable: true });
    expect([outcomes, doubted.includes('three')]).toEqual([['disputed'], true]);
  });

  test('whose endpoint is outvoted and shows another one than it listed is disputed', async () => {
    const { witness, shownBy } = setUp({ liar: say('a'), one: RIGHT, two: RIGHT });
    const asked = witness.attested(
      async (only) => (only ? shownBy('one', { listing: () => say('b') }) : shownBy('liar')),
      how,
    );
    await expect(asked).rejects.toMatchObject({ code: 'SOURCES_DISAGREE' });
  });

  test('that is not final and of another branch is no contradiction: it is owed', async () => {
    const words = { one: RIGHT, two: { hash: 'other', names: ['z'] } };
    const { witness, shownBy, outcomes } = setUp(words);
    const { owed } = await witness.attested(async () => shownBy('one', { final: false }), how);
    expect([outcomes, owed]).toEqual([['owed'], { block: 7, source: 'one', digest: digestOf(RIGHT) }]);
    // When the other branch is the one that stays, it is denied.
    expect(await witness.judge(owed ? [owed] : [], how)).toEqual(['denied']);
    await expect(witness.attested(async () => shownBy('one'), how)).rejects.toMatchObject({
      code: 'SOURCES_DISAGREE',
    });
  });
});

describe('a block that is owed', () => {
  const readBy = (source: string, listing: Listing) => [{ block: 7, source, digest: digestOf(listing) }];

  test('is judged by another operator, and by another API of the same one only where there is none', async () => {
    const both = { 'liar (v4)': say('a'), 'liar (v3)': say('a') };
    const denied: number[] = [];
    const onDenied = (block: number) => denied.push(block);
    const three = setUp({ ...both, honest: RIGHT }, { onDenied });
    expect(await three.witness.judge(readBy('liar (v4)', say('a')), how)).toEqual(['denied']);
    expect([denied, three.outcomes]).toEqual([[7], ['disputed']]);
    const two = setUp(both);
    expect(await two.witness.judge(readBy('liar (v4)', say('a')), how)).toEqual(['agreed']);
    expect(await two.witness.judge(readBy('liar (v4)', RIGHT), how)).toEqual(['denied']);
  });

  test('waits while nobody else answers, or is there; it is given up when nobody else keeps it', async () => {
    const failing = (reason: 'cleaned-up' | 'http') => async () => {
      throw new RpcError('BLOCK_UNAVAILABLE', reason, 'two', 'no', { retryable: true });
    };
    const judged = (words: Readonly<Record<string, Listing>>, list?: WitnessDeps['list']) =>
      setUp(words, list ? { list } : {}).witness.judge(readBy('one', RIGHT), { ...how, patienceMs: 50 });
    expect(await judged({ one: RIGHT })).toEqual(['silent']);
    expect(await judged({ one: RIGHT, two: RIGHT }, failing('http'))).toEqual(['silent']);
    expect(await judged({ one: RIGHT, two: RIGHT }, failing('cleaned-up'))).toEqual(['unanswered']);
    // The endpoint that showed it is configured no more: each of the others is another one.
    expect(await judged({ two: RIGHT })).toEqual(['agreed']);
  });
});

test('differences name both sides, and say what differs', () => {
  const difference = (b: Listing) => differenceOf(['A', RIGHT], ['B', b]);
  expect(difference(say('a', 'b', 'c'))).toBeNull();
  expect(difference(say('a', 'c'))).toBe('A lists 3 transactions, B 2: only A has b');
  expect(difference(say('a', 'x', 'c'))).toBe('A lists 3 transactions, B 3: only A has b; only B has x');
  expect(difference(say('a', 'b', 'b', 'c'))).toContain('B lists a transaction twice');
  expect(difference(say('a', 'c', 'b'))).toBe(
    'both list the same 3 transactions, but in another order: place 1 is b by A, c by B',
  );
  expect(difference({ hash: 'x', names: RIGHT.names })).toBe('A gives the block h, B the block x');
  expect(digestOf(say('a', 'c', 'b'))).not.toBe(digestOf(RIGHT));
});

test('an endpoint that gives no word is left alone for longer and longer, until it does', () => {
  let time = 0;
  const quiet = createQuiet(() => time);
  const waits: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    quiet.failed('x');
    const began = time;
    while (!quiet.mayBeAsked('x')) time += 500;
    waits.push(time - began);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(quiet.mayBeAsked('y')).toBe(true);
  quiet.failed('x');
  quiet.answered('x');
  expect(quiet.mayBeAsked('x')).toBe(true);
});
