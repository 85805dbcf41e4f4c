import { describe, expect, test } from 'vitest';
import { ALL, account, balances, bodies, type Step, tell, trace } from '../../../../test/support/ton.js';
import type { SaleFacts } from '../contract-facts.js';

const [alice, bob, contract, market, artist, item, collection, master] = [
  ...['alice', 'bob', 'sale contract', 'market', 'artist', 'item', 'collection', 'master'],
].map((name) => account(name)) as [string, string, string, string, string, string, string, string];
const walletOf = (owner: string) => account(`jetton wallet of ${owner}`);
const owners = [alice, bob, contract, market, artist];
const jettonWallets = Object.fromEntries(owners.map((owner) => [walletOf(owner), { master, owner }]));
const sale: SaleFacts = {
  ...{
    kind: 'fix-price',
    codeKnown: false,
    marketplace: 'getgems',
    marketplaceAddress: market,
    item,
    owner: alice,
    price: null,
  },
  jettonPrices: { [walletOf(contract)]: { master, amount: 100n } },
  ...{ feeAddress: market, fee: 0n, royaltyAddress: artist, royalty: 0n },
};
const world = { jettonWallets, items: { [item]: { collection, index: 3n } }, sales: { [contract]: sale } };

const payment: Step[] = [
  { account: bob, sends: [{ to: walletOf(bob), body: bodies.transfer(100n, contract, bodies.op(1)) }] },
  { account: walletOf(bob), sends: [{ to: walletOf(contract), body: bodies.internal(100n, bob) }] },
  {
    account: walletOf(contract),
    sends: [{ to: contract, body: bodies.notification(100n, bob, bodies.op(1)) }],
  },
];
const shares = [
  { to: alice, amount: 85n },
  { to: market, amount: 5n },
  { to: artist, amount: 10n },
];
const order = ({ to, amount }: (typeof shares)[number]) => ({
  to: walletOf(contract),
  body: bodies.transfer(amount, to),
});
const arrival = ({ to, amount }: (typeof shares)[number], last: Partial<Step> = {}): Step[] => [
  { account: walletOf(contract), sends: [{ to: walletOf(to), body: bodies.internal(amount, contract) }] },
  { account: walletOf(to), ...last },
];
const handsOver = { to: item, body: bodies.nftTransfer(bob) };
const bought: Step[] = [
  ...payment,
  { account: contract, sends: [handsOver, ...shares.map(order)] },
  { account: item },
  ...shares.flatMap((share) => arrival(share)),
];
const moved = {
  [walletOf(bob)]: -100n,
  [walletOf(contract)]: 0n,
  [walletOf(alice)]: 85n,
  [walletOf(market)]: 5n,
  [walletOf(artist)]: 10n,
};
const kinds = (events: readonly { readonly kind: string; readonly outcome: string }[]) =>
  events.map(({ kind, outcome }) => `${kind} ${outcome}`).sort();

describe('a sale for jettons', () => {
  test('promise 7: is one event that knows price, fee and royalty, and all that moved for it', () => {
    const { events } = tell(trace(bought), world);
    expect(events).toMatchObject([
      {
        ...{ account: item, kind: 'sale', outcome: 'ok', from: alice, to: bob, marketplace: 'getgems' },
        ...{ price: { amount: 100n, currency: master }, fees: { marketplace: 5n, royalty: 10n } },
      },
    ]);
    expect(events[0]?.details).not.toHaveProperty('payer');
    expect(balances(events)).toEqual(moved);
  });

  test('promise 7: with an item of nobody that we follow, only jettons moved', () => {
    const follow = { ...ALL, all: false, jettons: [{ symbol: 'NDT', master, decimals: 9 }] };
    const { events } = tell(trace(bought), world, follow);
    expect(kinds(events)).toEqual(['transfer ok', 'transfer ok', 'transfer ok', 'transfer ok']);
    expect(balances(events)).toEqual(moved);
    expect(
      tell(trace(bought), world, { ...follow, jettons: [], collections: [collection] }).events,
    ).toMatchObject([{ kind: 'sale', price: { amount: 100n, currency: master }, movements: [] }]);
  });

  test.each<[string, Step[], string[], Record<string, bigint>]>([
    [
      'refused',
      [{ account: contract, aborted: true }],
      ['transfer ok'],
      { [walletOf(bob)]: -100n, [walletOf(contract)]: 100n },
    ],
    [
      'given back',
      [
        { account: contract, sends: [order({ to: bob, amount: 100n })] },
        ...arrival({ to: bob, amount: 100n }),
      ],
      ['transfer ok', 'transfer ok'],
      { [walletOf(bob)]: 0n, [walletOf(contract)]: 0n },
    ],
    [
      'for an item that does not obey',
      [
        { account: contract, sends: [handsOver, ...shares.map(order)] },
        { account: item, aborted: true },
        ...shares.flatMap((share) => arrival(share)),
      ],
      ['transfer failed', 'transfer ok', 'transfer ok', 'transfer ok', 'transfer ok'],
      moved,
    ],
  ])('promise 7: a payment that is %s is a transfer, and the books balance', (_, rest, told, sums) => {
    const { events } = tell(trace([...payment, ...rest]), world);
    expect(kinds(events)).toEqual(told);
    expect(balances(events)).toEqual(sums);
  });

  test('promise 7: a share that does not arrive goes back', () => {
    const [first, ...others] = shares;
    const last = arrival(first ?? { to: alice, amount: 0n }, { aborted: true });
    const steps = [...bought.slice(0, 5), ...last, ...others.flatMap((share) => arrival(share))];
    const { events } = tell(trace(steps), world);
    expect(kinds(events)).toEqual(['sale ok', 'transfer ok']);
    expect(balances(events)).toEqual({ ...moved, [walletOf(alice)]: 0n, [walletOf(contract)]: 85n });
  });

  test('promise 6: jettons of a wallet that is not the contract’s, or too few of them, buy nothing', () => {
    const forged = {
      ...jettonWallets,
      [walletOf(contract)]: { master: account('worthless'), owner: contract },
    };
    const known = { ...world, sales: { [contract]: { ...sale, codeKnown: true } } };
    expect(kinds(tell(trace(bought), known).events)).toEqual(['sale ok']);
    expect(kinds(tell(trace(bought), { ...known, jettonWallets: forged }).events)).not.toContain('sale ok');
    const dear = { ...sale, jettonPrices: { [walletOf(contract)]: { master, amount: 101n } } };
    const { events } = tell(trace(bought), { ...world, sales: { [contract]: dear } });
    expect(kinds(events)).not.toContain('sale ok');
    expect(balances(events)).toEqual(moved);
  });

  test('an auction that ends pays out what was bid before', () => {
    const auction: SaleFacts = { ...sale, kind: 'auction' };
    const steps: Step[] = [
      { account: bob, sends: [{ to: contract, body: bodies.comment('finish') }] },
      ...bought.slice(3),
    ];
    const { events } = tell(trace(steps), { ...world, sales: { [contract]: auction } });
    expect(events).toMatchObject([
      { kind: 'sale', from: alice, to: bob, price: { amount: 100n, currency: master } },
    ]);
    expect(balances(events)).toEqual({
      [walletOf(contract)]: -100n,
      [walletOf(alice)]: 85n,
      [walletOf(market)]: 5n,
      [walletOf(artist)]: 10n,
    });
    const bid = tell(trace([...payment, { account: contract }]), {
      ...world,
      sales: { [contract]: auction },
    });
    expect(kinds(bid.events)).toEqual(['transfer ok']);
  });
});
