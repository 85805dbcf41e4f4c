import { expect, test } from 'vitest';
import { transactionOf } from '../../test/support/fake-chain.js';
import { assertDated, assertOnePlaceEach } from './plan.js';

const [first, second] = [transactionOf(1), transactionOf(2)];
const refused = (transactions: (typeof first)[]) => () =>
  assertOnePlaceEach({ chain: 'solana', transactions });

test('promise 6: a batch with a transaction at two places, or two at one place, is refused', () => {
  expect(refused([first, second])).not.toThrow();
  expect(refused([first, second, { ...first, transactionIndex: 2 }])).toThrow(
    /transaction tx-1 twice, at 1\/0 and at 1\/2/,
  );
  expect(refused([first, { ...first, block: 2 }])).toThrow(/twice, at 1\/0 and at 2\/0/);
  expect(refused([second, { ...first, block: 2 }])).toThrow(/at 2\/0: tx-2 and tx-1/);
  expect(refused([first, first])).toThrow(expect.objectContaining({ code: 'JOB_INVALID', retryable: false }));
});

test('promise 6: an event without a time is refused, a transaction without events is not', () => {
  const undated = { ...first, blockTime: null };
  const check = (transaction: typeof first) => () =>
    assertDated({ chain: 'solana', transactions: [second, transaction] });
  expect(check(undated)).toThrow(expect.objectContaining({ code: 'JOB_INVALID', retryable: false }));
  expect(check(undated)).toThrow(/tx-1 of block 1 without the block's time/);
  expect(check({ ...undated, events: [] })).not.toThrow();
});
