import { expect, test } from 'vitest';
import { account, bodies, tell, trace } from '../../../../test/support/ton.js';

const alice = account('alice');
const bob = account('bob');
const pool = account('pool', -1);
const world = { codeHashes: { [pool]: '9a3ec14bc098f6b44064c305222caea2800f17dda85ee6a8198a7095ede10dcf' } };
const NANO = 1_000_000_000n;

test('a deposit is what the pool keeps after its fee, a withdrawal what it pays', () => {
  const deposit = [
    { account: alice, sends: [{ to: pool, body: bodies.comment('d'), value: 11n * NANO }] },
    { account: pool },
  ];
  expect(tell(trace(deposit), world).events).toMatchObject([
    {
      kind: 'stake',
      outcome: 'ok',
      from: alice,
      amount: 10n * NANO,
      stake: { pool },
      asset: { address: 'TON' },
    },
  ]);
  const order = { account: alice, sends: [{ to: pool, body: bodies.comment('w'), value: NANO }] };
  const paid = [
    order,
    {
      account: pool,
      sends: [
        { to: alice, value: 10n * NANO },
        { to: alice, value: NANO / 2n },
      ],
    },
  ];
  expect(tell(trace(paid), world).events).toMatchObject([
    { kind: 'unstake', outcome: 'ok', from: alice, amount: 10n * NANO },
  ]);
  // It has to wait: only the change comes back.
  expect(
    tell(trace([order, { account: pool, sends: [{ to: alice, value: NANO / 2n }] }]), world).events,
  ).toEqual([]);
  const later = (op: number, by: string) => [
    { account: by, sends: [{ to: pool, body: bodies.op(op), value: NANO }] },
    {
      account: pool,
      sends: [
        { to: alice, value: 10n * NANO },
        { to: by, value: 1n },
      ],
    },
  ];
  // All who asked, or one of them; by whomever.
  for (const steps of [later(2, bob), later(3, bob), later(2, alice)])
    expect(tell(trace(steps), world).events).toMatchObject([
      { kind: 'unstake', from: alice, amount: 10n * NANO },
    ]);
  const refused = [deposit[0] ?? { account: alice }, { account: pool, aborted: true }];
  expect(tell(trace(refused), world).events).toMatchObject([{ kind: 'stake', outcome: 'failed' }]);
});

test('promise 6: a contract of other code stakes nothing', () => {
  const deposit = [
    { account: alice, sends: [{ to: pool, body: bodies.comment('d'), value: 11n * NANO }] },
    { account: pool },
  ];
  expect(tell(trace(deposit), {}).events).toEqual([]);
});
