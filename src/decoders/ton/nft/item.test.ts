import { type Builder, beginCell, Dictionary } from '@ton/core';
import { describe, expect, test } from 'vitest';
import {
  ALL,
  account,
  bodies,
  parsed,
  type SentMessage,
  type Step,
  tell,
  trace,
} from '../../../../test/support/ton.js';
import type { SaleFacts } from '../contract-facts.js';

const [alice, bob, carol, collection, item, contract, market, feeAddress, royaltyAddress] = [
  ...['alice', 'bob', 'carol', 'collection', 'item', 'sale contract', 'market', 'fees', 'royalty'],
].map((name) => account(name)) as [string, string, string, string, string, string, string, string, string];
const items = { [item]: { collection, index: 3n } };
const ZERO = `0:${'0'.repeat(64)}`;
const NANO = 1_000_000_000n;

const sale: SaleFacts = {
  ...{
    kind: 'fix-price',
    codeKnown: true,
    marketplace: 'getgems',
    marketplaceAddress: market,
    item,
    owner: alice,
    price: 10n * NANO,
  },
  ...{ feeAddress, fee: NANO / 2n, royaltyAddress, royalty: NANO },
};
const world = { items, sales: { [contract]: sale } };
const nft = { kind: 'nft', address: item };

const moves = (from: string, to: string | null, last: Partial<Step> = {}): Step[] => [
  { account: from, sends: [{ to: item, body: bodies.nftTransfer(to) }] },
  { account: item, ...last },
];

/** Somebody tells the contract something; the contract pays and gives the item away. */
function settles(
  by: string,
  message: Omit<SentMessage, 'to'>,
  paid: readonly SentMessage[],
  to: string,
): Step[] {
  return [
    { account: by, sends: [{ to: contract, ...message }] },
    { account: contract, sends: [...paid, { to: item, body: bodies.nftTransfer(to) }] },
    { account: item },
  ];
}
const payouts = [
  { to: alice, value: 8n * NANO + NANO / 2n + 12_345n },
  { to: feeAddress, value: NANO / 2n },
  { to: royaltyAddress, value: NANO },
];
const buy = settles(bob, { value: 11n * NANO }, payouts, bob);

describe('items', () => {
  test('a mint is an event of the item, by its collection alone', () => {
    const steps = (source: string): Step[] => [
      { account: alice, sends: [{ to: source, body: bodies.op(1) }] },
      { account: source, sends: [{ to: item, body: bodies.deploy(bob) }] },
      { account: item, fresh: true },
    ];
    expect(tell(trace(steps(collection)), world).events).toMatchObject([
      {
        account: item,
        kind: 'mint',
        outcome: 'ok',
        to: bob,
        asset: nft,
        amount: 1n,
        nft: { collection, contract: collection, creator: alice },
      },
    ]);
    // Made by somebody else who names the collection.
    expect(tell(trace(steps(carol)), world).events).toEqual([]);
    // Who is named only bid for it, as for a domain: it belongs to nobody yet.
    const [mint] = tell(trace(steps(collection)), {
      items: { [item]: { collection, index: 3n, owner: null } },
    }).events;
    expect(mint).toMatchObject({ kind: 'mint' });
    expect(mint).not.toHaveProperty('to');
    // An op and a query id before the owner.
    const other = beginCell()
      .storeUint(0x132f9a45, 32)
      .storeUint(1, 64)
      .storeSlice(bodies.deploy(bob).beginParse())
      .endCell();
    const [first, second, third] = steps(collection);
    const changed = [first, { ...second, sends: [{ to: item, body: other }] }, third] as Step[];
    expect(tell(trace(changed), world).events).toMatchObject([{ kind: 'mint', to: bob }]);
  });

  test('an item that stands alone is minted by its deployment, to the owner that it says', () => {
    const steps: Step[] = [
      { account: carol, sends: [{ to: item }] },
      { account: item, fresh: true },
    ];
    const alone = { items: { [item]: { collection: null, index: 0n, owner: bob } } };
    const follow = { ...ALL, all: false, items: [item] };
    expect(tell(trace(steps), alone, follow).events).toMatchObject([
      { kind: 'mint', to: bob, nft: { creator: carol } },
    ]);
    expect(tell(trace(steps), alone, { ...follow, items: [] }).events).toEqual([]);
  });

  test('transfers and burns; a refused one is failed', () => {
    expect(tell(trace(moves(alice, bob)), world).events).toMatchObject([
      { account: item, kind: 'transfer', outcome: 'ok', from: alice, to: bob },
    ]);
    for (const to of [null, ZERO])
      expect(tell(trace(moves(alice, to)), world).events).toMatchObject([
        { kind: 'burn', outcome: 'ok', from: alice, asset: nft },
      ]);
    expect(tell(trace(moves(carol, carol, { aborted: true })), world).events).toMatchObject([
      { kind: 'transfer', outcome: 'failed', from: carol },
    ]);
    const destroy: Step[] = [
      { account: alice, sends: [{ to: item, body: bodies.op(0x1f04537a) }] },
      { account: item },
    ];
    expect(tell(trace(destroy), world).events).toMatchObject([{ kind: 'burn', outcome: 'ok', from: alice }]);
  });

  test('a withdrawal bill that is paid out burns, of who had it', () => {
    const body = beginCell()
      .storeUint(0xed58b0b2, 32)
      .storeUint(1, 64)
      .storeCoins(5n)
      .storeAddress(parsed(bob))
      .storeUint(3, 64)
      .endCell();
    const paid: Step[] = [
      { account: collection, sends: [{ to: item, body: bodies.op(0xf127fe4e) }] },
      { account: item, destroyed: true, sends: [{ to: collection, body }] },
      { account: collection, sends: [{ to: bob, value: 7n, body: bodies.op(0xdb3b8abd) }] },
    ];
    const details = { billAmount: '5', paid: '7', paidCurrency: 'TON' };
    expect(tell(trace(paid), world).events).toMatchObject([
      { kind: 'burn', outcome: 'ok', from: bob, asset: nft, account: collection, details },
    ]);
    // Where the collection is not followed, nobody reads its transaction.
    const named = { ...ALL, all: false, items: [item] };
    expect(tell(trace(paid), world, named).events).toMatchObject([
      { kind: 'burn', outcome: 'ok', asset: nft, account: item },
    ]);
  });

  test('promise 6: a fake item that names the real collection gives no event', () => {
    expect(tell(trace(moves(alice, bob)), { items: {} }).events).toEqual([]);
    expect(
      tell(
        trace([
          { account: item, sends: [{ to: bob, body: bodies.ownershipAssigned(alice) }] },
          { account: bob },
        ]),
        world,
      ).events,
    ).toEqual([]);
  });

  test('only followed collections are told', () => {
    const follow = { ...ALL, all: false };
    expect(tell(trace(moves(alice, bob)), world, follow).events).toEqual([]);
    expect(
      tell(trace(moves(alice, bob)), world, { ...follow, collections: [collection] }).events,
    ).toHaveLength(1);
  });
});

describe('sales', () => {
  test('into the contract is a listing, back to the seller its end', () => {
    const price = { amount: 10n * NANO, currency: 'TON', decimals: 9 };
    expect(tell(trace(moves(alice, contract)), world).events).toMatchObject([
      { kind: 'list', from: alice, price, marketplace: 'getgems' },
    ]);
    const cancelled = settles(alice, { body: bodies.op(3) }, [], alice);
    expect(tell(trace(cancelled), world).events).toMatchObject([
      { kind: 'delist', from: alice, marketplace: 'getgems' },
    ]);
  });

  test('a sale knows price, fee and royalty from the data and the pay-outs, not from the message value', () => {
    expect(tell(trace(buy), world).events).toMatchObject([
      {
        ...{
          account: item,
          kind: 'sale',
          outcome: 'ok',
          from: alice,
          to: bob,
          asset: nft,
          marketplace: 'getgems',
        },
        ...{
          price: { amount: 10n * NANO, currency: 'TON', decimals: 9 },
          fees: { marketplace: NANO / 2n, royalty: NANO },
        },
      },
    ]);
  });

  test('who pays may be another than who receives', () => {
    const gift = settles(carol, { value: 11n * NANO }, payouts, bob);
    expect(tell(trace(gift), world).events).toMatchObject([
      { kind: 'sale', from: alice, to: bob, details: { payer: carol } },
    ]);
  });

  test('promise 6: a contract of unknown code that names a price and pays nobody sold nothing', () => {
    const unknown = { items, sales: { [contract]: { ...sale, codeKnown: false } } };
    expect(tell(trace(buy), unknown).events).toMatchObject([{ kind: 'sale' }]);
    expect(tell(trace(settles(bob, { value: NANO }, [], bob)), unknown).events).toMatchObject([
      { kind: 'transfer', from: alice, to: bob },
    ]);
  });

  test('an auction is won by its last bid, or ends without one', () => {
    const auction: SaleFacts = { ...sale, kind: 'auction', fee: null, royalty: null };
    const finished = settles(carol, { body: bodies.comment('finish') }, payouts, bob);
    expect(tell(trace(finished), { items, sales: { [contract]: auction } }).events).toMatchObject([
      {
        kind: 'sale',
        from: alice,
        to: bob,
        price: { amount: 10n * NANO },
        fees: { marketplace: NANO / 2n, royalty: NANO },
      },
    ]);
    const without = { items, sales: { [contract]: { ...auction, price: null } } };
    expect(tell(trace(settles(carol, {}, [], alice)), without).events).toMatchObject([
      { kind: 'delist', from: alice },
    ]);
  });

  test('an offer is taken by sending the item: one sale, no listing', () => {
    const offer: SaleFacts = { ...sale, kind: 'offer', owner: bob, fee: null, royalty: null };
    const taken: Step[] = [
      { account: alice, sends: [{ to: item, body: bodies.nftTransfer(contract) }] },
      { account: item, sends: [{ to: contract, body: bodies.ownershipAssigned(alice), value: NANO }] },
      { account: contract, sends: [...payouts, { to: item, body: bodies.nftTransfer(bob) }] },
      { account: item },
    ];
    const { events } = tell(trace(taken), { items, sales: { [contract]: offer } });
    expect(events).toMatchObject([{ kind: 'sale', from: alice, to: bob, price: { amount: 10n * NANO } }]);
    const refused = [
      ...taken.slice(0, 2),
      { account: contract, sends: [{ to: item, body: bodies.nftTransfer(alice) }] },
      { account: item },
    ];
    expect(tell(trace(refused), { items, sales: { [contract]: offer } }).events).toEqual([]);
  });

  test('a contract that no form fits is read by its settlement, and marked', () => {
    expect(tell(trace(buy), { items }).events).toMatchObject([
      {
        kind: 'sale',
        from: alice,
        to: bob,
        price: { amount: 10n * NANO + 12_345n },
        details: { inferred: true },
      },
    ]);
  });

  test.each([
    ['getgems', '0:a3935861f79daf59a13d6d182e1640210c02f98e3df18fda74b8f5ab141abf18'],
    ['disintar', '0:eb2eaf97ea32993470127208218748758a88374ad2bbd739fc75c9ab3a3f233d'],
  ])('a settlement that pays %s a fee is one of its sales', (marketplace, fees) => {
    const [seller, , royalty] = payouts;
    const paid = [seller, { to: fees, value: NANO / 2n }, royalty].filter((one) => one !== undefined);
    expect(tell(trace(settles(bob, { value: 11n * NANO }, paid, bob)), { items }).events).toMatchObject([
      { kind: 'sale', from: alice, to: bob, marketplace, fees: { marketplace: NANO / 2n, royalty: NANO } },
    ]);
  });

  test('a change of price is told by the sale contract, from the seller alone', () => {
    const reprice = (by: string): Step[] => {
      const body = beginCell()
        .storeUint(0x6c6c2080, 32)
        .storeUint(1, 64)
        .storeCoins(7n)
        .storeCoins(0)
        .storeCoins(0)
        .endCell();
      return [{ account: by, sends: [{ to: contract, body }] }, { account: contract }];
    };
    expect(tell(trace(reprice(alice)), world).events).toMatchObject([
      { account: contract, kind: 'list', repriceOnly: true, from: alice, asset: nft, price: { amount: 7n } },
    ]);
    expect(tell(trace(reprice(carol)), world).events).toEqual([]);
    // A v4 sale that takes jettons alone.
    const prices = Dictionary.empty(Dictionary.Keys.BigUint(256), {
      serialize: (price: bigint, builder: Builder) =>
        void builder.storeCoins(price).storeAddress(parsed(collection)),
      parse: (slice) => slice.loadCoins(),
    }).set(5n, 42n);
    const body = beginCell()
      .storeUint(0xfd135f7b, 32)
      .storeUint(1, 64)
      .storeCoins(0)
      .storeDict(prices)
      .endCell();
    expect(
      tell(trace([{ account: alice, sends: [{ to: contract, body }] }, { account: contract }]), world).events,
    ).toMatchObject([{ kind: 'list', repriceOnly: true, price: { amount: 42n, currency: collection } }]);
  });
});

describe('Fragment', () => {
  const won = (to: string, bid: bigint): SentMessage => ({
    to,
    // Its query id is the logical time.
    body: beginCell()
      .storeUint(0x05138d91, 32)
      .storeUint(1200, 64)
      .storeAddress(parsed(to))
      .storeBit(false)
      .storeUint(0x38127de1, 32)
      .storeCoins(bid)
      .storeUint(1, 32)
      .endCell(),
  });
  const fillUp = (to: string, value: bigint): SentMessage => ({ to, value, body: bodies.op(0x370fec51) });

  test('the auction that an item holds of itself ends in a sale', () => {
    const steps: Step[] = [
      { account: bob, sends: [{ to: item, value: 101n }] },
      { account: item, sends: [won(bob, 100n), fillUp(royaltyAddress, 5n), fillUp(alice, 95n)] },
    ];
    expect(tell(trace(steps), world).events).toMatchObject([
      {
        kind: 'sale',
        from: alice,
        to: bob,
        price: { amount: 100n },
        fees: { royalty: 5n },
        marketplace: 'fragment',
      },
    ]);
    expect(tell(trace(steps), {}).events).toEqual([]);
  });

  /** A transfer whose sender wrote a bid into the payload that the item passes on. */
  const boasting = (from: string, to: string, before: readonly SentMessage[] = []): Step[] => {
    const body = beginCell().storeUint(0x38127de1, 32).storeCoins(999n).storeUint(1, 32);
    const told = beginCell()
      .storeSlice(bodies.ownershipAssigned(from).beginParse())
      .storeBuilder(body)
      .endCell();
    return [
      { account: from, sends: [{ to: item, body: bodies.nftTransfer(to) }] },
      { account: item, sends: [...before, { to, body: told }] },
    ];
  };

  test('promise 6: a transfer whose payload speaks of a bid sells nothing, even to oneself', () => {
    for (const to of [bob, alice]) {
      const told = [...boasting(alice, to, [fillUp(carol, 5n)]), { account: to }];
      expect(tell(trace(told), world).events).toMatchObject([{ kind: 'transfer', from: alice, to }]);
    }
    const minted: Step[] = [
      { account: alice, sends: [{ to: collection, body: bodies.op(1) }] },
      { account: collection, sends: [{ to: item, body: bodies.deploy(bob) }] },
      { account: item, fresh: true, sends: [won(bob, 999n), fillUp(carol, 5n)] },
    ];
    const [mint] = tell(trace(minted), world).events;
    expect(mint).toMatchObject({ kind: 'mint', to: bob });
    expect(mint).not.toHaveProperty('price');
  });

  test('the winner’s first order ends the auction: the sale, and after it what was ordered', () => {
    const steps = boasting(bob, carol, [won(bob, 100n), fillUp(alice, 100n)]);
    expect(tell(trace(steps), world).events).toMatchObject([
      { kind: 'sale', from: alice, to: bob, price: { amount: 100n } },
      { kind: 'transfer', from: bob, to: carol },
    ]);
  });

  test('starting one is a listing, calling it off its end', () => {
    const config = beginCell()
      .storeAddress(null)
      .storeCoins(5n)
      .storeCoins(9n)
      .storeUint(5, 8)
      .storeUint(0, 64)
      .endCell();
    const start = beginCell().storeUint(0x487a8e81, 32).storeUint(1, 64).storeRef(config).endCell();
    const order = (body: typeof start): Step[] => [
      { account: alice, sends: [{ to: item, body }] },
      { account: item },
    ];
    expect(tell(trace(order(start)), world).events).toMatchObject([
      { kind: 'list', from: alice, price: { amount: 9n }, marketplace: 'fragment' },
    ]);
    expect(tell(trace(order(bodies.op(0x371638ae))), world).events).toMatchObject([
      { kind: 'delist', from: alice },
    ]);
  });
});
