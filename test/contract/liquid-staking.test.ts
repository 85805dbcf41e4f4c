/**
 * Pools of liquid staking that a network file names: KTON's, which is Tonstakers' contract, bemo's and
 * Hipo's. Built after their published layouts; forged messages of the same form are none.
 */
import { Address, beginCell } from '@ton/core';
import { describe, expect, test } from 'vitest';
import type { TonFollow } from '../../src/decoders/ton/follow.js';
import { createTonDecoder } from '../../src/decoders/ton/registry.js';
import { foldStakes } from '../../src/projections/staking/fold.js';
import { createTonAccounts } from '../../src/readers/ton/discover.js';
import { ledgerRows } from '../../src/store/ledger/ledger.js';
import { ALL, account, balances, bodies, parsed, type Step, tell, trace } from '../support/ton.js';

const NANO = 1_000_000_000n;
const [alice, bob, wallet, forger] = ['alice', 'bob', 'share wallet of alice', 'forger'].map((name) =>
  account(name),
) as [string, string, string, string];
const raw = (address: string) => Address.parse(address).toRawString();
const KTON = {
  pool: raw('EQA9HwEZD_tONfVz6lJS0PVKR5viEiEGyj9AuQewGQVnXPg0'),
  master: account('KTON master'),
};
const HIPO = {
  pool: raw('EQCLyZHP4Xe8fpchQz76O-_RmUhaVc_9BAoGyJrwJrcbz2eZ'),
  master: raw('EQDPdq8xjAhytYqfGSX8KcFWIReCufsB9Wdg0pLlYSO_h76w'),
};
const BEMO = raw('EQCSxGZPHqa3TtnODgMan8CEM0jf6HpY-uon_NMeFgjKqkEY');

const following = (kind: 'tonstakers' | 'bemo' | 'hipo', pool: string, master: string): TonFollow => ({
  ...{ ...ALL, all: false, jettons: [{ symbol: 'SHARE', master, decimals: 9 }] },
  liquidStaking: [{ name: kind, kind, pool, jetton: 'SHARE' }],
});
const world = (master: string) => ({ jettonWallets: { [wallet]: { master, owner: alice } } });

/** Tells a deposit of 10 TON for 9 shares and an unstake of 4 of them, and what is left of the stake. */
function both(follow: TonFollow, master: string, deposit: readonly Step[], unstake: readonly Step[]) {
  const [staked, unstaked] = [deposit, unstake].map((steps) => tell(trace(steps), world(master), follow));
  const told = [staked, unstaked].flatMap((one) => one?.transactions ?? []);
  const events = [...(staked?.events ?? []), ...(unstaked?.events ?? [])];
  const rows = told.flatMap((transaction) => ledgerRows(transaction, 'finalized'));
  return { events, balances: balances(events), stakes: foldStakes(rows) };
}

/** What a reader asks for, and what the transactions make it ask for besides. */
function read(follow: TonFollow, steps: readonly Step[]) {
  const accounts = createTonAccounts(follow);
  const transactions = trace(steps).filter((transaction) => accounts.follows(transaction.account));
  return transactions.flatMap((transaction) => [transaction.account, ...accounts.madeKnownBy(transaction)]);
}

const op = (code: number) => beginCell().storeUint(code, 32).storeUint(7, 64);

function expectBoth(result: ReturnType<typeof both>, pool: string, token: string): void {
  expect(result.events).toMatchObject([
    { kind: 'stake', outcome: 'ok', from: alice, to: pool, amount: 10n * NANO, asset: { address: token } },
    { kind: 'unstake', outcome: 'ok', from: alice, to: pool, amount: 4n * NANO, asset: { address: token } },
  ]);
  expect(result.events[0]?.details).toMatchObject({ amountIn: 'TON', tokensMinted: `${9n * NANO}` });
  expect(result.balances).toEqual({ [wallet]: 5n * NANO });
  expect(result.stakes).toMatchObject([
    { wallet: alice, pool, token, staked: 9n * NANO, remaining: 5n * NANO },
  ]);
}

const burned = (pool: string, more: readonly Step[]): Step[] => [
  { account: alice, sends: [{ to: wallet, body: bodies.burn(4n * NANO) }] },
  { account: wallet, sends: [{ to: pool, body: bodies.burnNotification(4n * NANO, alice) }] },
  ...more,
];

test('KTON: the contract of Tonstakers under another address', () => {
  const { pool, master } = KTON;
  const mint = op(0x1674b0a0)
    .storeAddress(parsed(alice))
    .storeCoins(9n * NANO)
    .endCell();
  const result = both(
    following('tonstakers', pool, master),
    master,
    [
      { account: alice, sends: [{ to: pool, body: bodies.op(0x47d54391), value: 11n * NANO }] },
      { account: pool, sends: [{ to: master, body: mint }] },
      { account: master, sends: [{ to: wallet, body: bodies.internal(9n * NANO, null) }] },
      { account: wallet },
    ],
    burned(master, [
      { account: master, sends: [{ to: pool, body: bodies.op(0x319b0cdc) }] },
      { account: pool },
    ]),
  );
  expectBoth(result, pool, master);
});

test('whoever follows tsTON reads the pool of Tonstakers, which alone tells its stakes', () => {
  const tsTon = '0:bdf3fa8098d129b54b4f73b5bac5d1e1fd91eb054169c3916dfc8ccd536d1000';
  const pool = '0:a45b17f28409229b78360e3290420f13e4fe20f90d7e2bf8c4ac6703259e22fa';
  const following = (master: string) =>
    createTonAccounts({ ...ALL, all: false, jettons: [{ symbol: 'tsTON', master, decimals: 9 }] });
  expect([following(tsTon).follows(pool), following(bob).follows(pool)]).toEqual([true, false]);
});

describe('bemo', () => {
  const follow = following('bemo', BEMO, BEMO);
  const stake = (body: ReturnType<typeof op>): Step[] => [
    { account: alice, sends: [{ to: BEMO, body: body.endCell(), value: 10n * NANO + 50_000_000n }] },
    { account: BEMO, sends: [{ to: wallet, body: bodies.internal(9n * NANO, null), value: 50_000_000n }] },
    { account: wallet },
  ];

  test.each([
    ['with its op', op(0x4253c4d5).storeCoins(0)],
    ['by a plain transfer', beginCell()],
  ])('a stake %s, and a burn that asks for it back', (_, body) => {
    expectBoth(both(follow, BEMO, stake(body), burned(BEMO, [{ account: BEMO }])), BEMO, BEMO);
  });

  test('promise 6: TON that mints nothing, or mints to another wallet, is no stake', () => {
    const [order, pool] = stake(beginCell()) as [Step, Step];
    expect(tell(trace([order, { account: BEMO }]), world(BEMO), follow).events).toEqual([]);
    const elsewhere = { ...pool, sends: [{ to: bob, body: bodies.internal(9n * NANO, null) }] };
    expect(tell(trace([order, elsewhere]), world(BEMO), follow).events).toEqual([]);
    const refused = stake(op(0x4253c4d5).storeCoins(0)).slice(0, 1);
    expect(
      tell(trace([...refused, { account: BEMO, aborted: true }]), world(BEMO), follow).events,
    ).toMatchObject([{ kind: 'stake', outcome: 'failed', from: alice }]);
  });

  test('its pool is its master', () => {
    expect(() => createTonDecoder(following('bemo', BEMO, account('other')))).toThrow(/master/);
  });
});

describe('Hipo', () => {
  const { pool, master } = HIPO;
  const follow = following('hipo', pool, master);
  const minted = op(0x5be57626)
    .storeCoins(9n * NANO)
    .storeCoins(10n * NANO)
    .storeAddress(parsed(alice))
    .storeUint(0, 32)
    .endCell();
  const deposit = (from: string): Step[] => [
    {
      account: from,
      sends: [{ to: pool, body: op(0x3d3761a6).storeUint(0, 12).endCell(), value: 11n * NANO }],
    },
    { account: pool, sends: [{ to: master, body: minted }] },
    { account: master },
  ];
  const reserve = op(0x386a358b)
    .storeCoins(4n * NANO)
    .storeAddress(parsed(alice))
    .storeUint(0, 4)
    .storeCoins(0)
    .endCell();
  const unstake = (sends: Step['sends'] = []): Step[] => [
    { account: alice, sends: [{ to: wallet, body: bodies.burn(4n * NANO) }] },
    { account: wallet, sends: [{ to: master, body: bodies.op(0x688b0213) }] },
    { account: master, sends: [{ to: pool, body: reserve }] },
    { account: pool, sends },
  ];

  test('a deposit, whoever pays for it, and an unstake by way of the parent', () => {
    expectBoth(both(follow, master, deposit(bob), unstake()), pool, master);
  });

  test('treasury and parent are read, and the wallet that gets the share is found', () => {
    const [order, treasury] = deposit(alice) as [Step, Step];
    const given = { account: master, sends: [{ to: wallet, body: bodies.op(0x5445efee) }] };
    expect(read(follow, [order, treasury, given])).toEqual([pool, master, wallet]);
    expect(read({ ...follow, liquidStaking: [] }, [order, treasury, given])).toEqual([master]);
  });

  test('an unstake that the treasury takes back failed, and moves nothing', () => {
    const back = { to: master, body: bodies.op(0x32b67194) };
    const { events, balances: left } = both(follow, master, deposit(alice), unstake([back]));
    expect(events.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual(['stake ok', 'unstake failed']);
    expect(left).toEqual({ [wallet]: 9n * NANO });
  });

  test('promise 6: who is not the parent reserves nothing, and another contract mints nothing', () => {
    const forged = [{ account: forger, sends: [{ to: pool, body: reserve }] }, { account: pool }];
    expect(tell(trace(forged), world(master), follow).events).toEqual([]);
    const minting = [{ account: forger, sends: [{ to: master, body: minted }] }, { account: master }];
    expect(tell(trace(minting), world(master), follow).events).toEqual([]);
  });
});
