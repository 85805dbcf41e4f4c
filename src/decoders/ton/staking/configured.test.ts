import { beginCell } from '@ton/core';
import { describe, expect, test } from 'vitest';
import { account, balances, bodies, type Step, tell, trace } from '../../../../test/support/ton.js';
import type { TonFollow } from '../follow.js';
import { createTonDecoder } from '../registry.js';

const [alice, master, contract] = ['alice', 'master', 'staking'].map((name) => account(name)) as [
  string,
  string,
  string,
];
const [aliceWallet, contractWallet] = ['wallet of alice', 'wallet of staking'].map((name) =>
  account(name),
) as [string, string];
const world = {
  jettonWallets: { [aliceWallet]: { master, owner: alice }, [contractWallet]: { master, owner: contract } },
};
const [STAKE, UNSTAKE, CLAIM] = [0x11, 0x22, 0x33];

const follow: TonFollow = {
  jettons: [{ symbol: 'NDT', master, decimals: 9 }],
  collections: [],
  items: [],
  staking: [
    {
      name: 'staking',
      address: contract,
      jetton: 'NDT',
      messages: {
        stake: {
          via: 'jetton',
          op: STAKE,
          fields: [
            { name: 'lockSeconds', type: 'uint:32' },
            { name: 'apy', type: 'uint:16' },
          ],
        },
        unstake: {
          via: 'direct',
          op: UNSTAKE,
          fields: [
            { name: 'queryId', type: 'uint:64' },
            { name: 'amount', type: 'coins' },
          ],
        },
        claim: { via: 'direct', op: CLAIM, fields: [] },
      },
    },
  ],
  all: false,
};
const payload = beginCell().storeUint(STAKE, 32).storeUint(3600, 32).storeUint(12, 16).endCell();
const unstakeBody = beginCell().storeUint(UNSTAKE, 32).storeUint(1, 64).storeCoins(40n).endCell();

function deposit(last: Partial<Step>, message = payload): Step[] {
  return [
    { account: alice, sends: [{ to: aliceWallet, body: bodies.transfer(50n, contract, message) }] },
    { account: aliceWallet, sends: [{ to: contractWallet, body: bodies.internal(50n, alice) }] },
    { account: contractWallet, sends: [{ to: contract, body: bodies.notification(50n, alice, message) }] },
    { account: contract, ...last },
  ];
}

function payOut(body: ReturnType<typeof bodies.op>, amount: bigint, arrives: boolean): Step[] {
  return [
    { account: alice, sends: [{ to: contract, body }] },
    { account: contract, sends: [{ to: contractWallet, body: bodies.transfer(amount, alice) }] },
    { account: contractWallet, sends: [{ to: aliceWallet, body: bodies.internal(amount, contract) }] },
    { account: aliceWallet, aborted: !arrives },
  ];
}

describe('configured staking', () => {
  test('a stake is one event of the contract, with its terms and the movement', () => {
    const { events } = tell(trace(deposit({})), world, follow);
    const stake = { pool: contract, lockSeconds: 3600, apy: 12 };
    expect(events).toMatchObject([
      { account: contract, kind: 'stake', outcome: 'ok', from: alice, amount: 50n, decimals: 9, stake },
    ]);
    expect(balances(events)).toEqual({ [aliceWallet]: -50n, [contractWallet]: 50n });
  });

  test.each([
    ['failed', { aborted: true }],
    ['gave the jettons back', { sends: [{ to: contractWallet, body: bodies.transfer(50n, alice) }] }],
  ])('promise 7: a contract that %s made no stake, but the jettons did move', (_, last) => {
    const steps = deposit(last).concat('sends' in last ? [{ account: contractWallet, sends: [] }] : []);
    const { events } = tell(trace(steps), world, follow);
    expect(events.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual(['transfer ok', 'stake failed']);
    expect(balances(events)).toEqual({ [aliceWallet]: -50n, [contractWallet]: 50n });
  });

  test('a payment to the contract with another message is a plain transfer', () => {
    const { events } = tell(trace(deposit({}, bodies.comment('hi'))), world, follow);
    expect(events.map(({ kind, account: where }) => [kind, where])).toEqual([['transfer', contractWallet]]);
  });

  test('an unstake is the asked amount, a claim what was paid; the pay-out is no transfer besides', () => {
    const unstaked = tell(trace(payOut(unstakeBody, 45n, true)), world, follow).events;
    expect(unstaked).toMatchObject([
      { account: contract, kind: 'unstake', outcome: 'ok', from: alice, amount: 40n },
    ]);
    expect(balances(unstaked)).toEqual({ [contractWallet]: -45n, [aliceWallet]: 45n });
    const claimed = tell(trace(payOut(bodies.op(CLAIM), 5n, true)), world, follow).events;
    expect(claimed).toMatchObject([
      { account: contract, kind: 'claim', outcome: 'ok', from: alice, amount: 5n },
    ]);
    expect(balances(claimed)).toEqual({ [contractWallet]: -5n, [aliceWallet]: 5n });
  });

  test('promise 7: a pay-out that does not arrive is taken back', () => {
    const { events } = tell(trace(payOut(bodies.op(CLAIM), 5n, false)), world, follow);
    expect(events.map(({ kind }) => kind)).toEqual(['claim', 'transfer']);
    expect(balances(events)).toEqual({ [contractWallet]: 0n, [aliceWallet]: 0n });
  });

  test('a refused order is failed and moves nothing', () => {
    const { events } = tell(
      trace([
        { account: alice, sends: [{ to: contract, body: unstakeBody }] },
        { account: contract, aborted: true },
      ]),
      world,
      follow,
    );
    expect(events).toMatchObject([{ kind: 'unstake', outcome: 'failed', from: alice, amount: 40n }]);
  });

  test('promise 6: a notification from no wallet of the contract stakes nothing', () => {
    const lie = [
      { account: alice, sends: [{ to: contract, body: bodies.notification(50n, alice, payload) }] },
      { account: contract },
    ];
    expect(tell(trace(lie), world, follow).events).toEqual([]);
  });

  test('a contract whose jetton is not followed is refused', () => {
    expect(() => createTonDecoder({ ...follow, jettons: [] })).toThrow(/staking .*NDT/);
  });
});
