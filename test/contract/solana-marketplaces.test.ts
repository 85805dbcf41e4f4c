/**
 * Instructions of Solana's marketplaces as their published sources and captures lay them out: parties,
 * prices, fees and what is no sale.
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SolanaFollow } from '../../src/decoders/solana/follow.js';
import { TOKEN_PROGRAM } from '../../src/decoders/solana/programs.js';
import { createSolanaDecoder } from '../../src/decoders/solana/registry.js';
import {
  compressedTransfer,
  coreTransfer,
  global,
  leafId,
  move,
  nftBalance,
  pay,
  vault,
  wallet,
} from '../support/solana-nfts.js';
import { type Build, buildTransaction, type Call, emitted, u64 } from '../support/solana-transaction.js';

const ALL: SolanaFollow = {
  programs: [],
  tokens: [],
  nfts: { mints: [], collections: [], creators: [], all: true },
};
const SELLER = wallet('seller');
const BUYER = wallet('buyer');
const CREATOR = wallet('creator');
const PAYER = wallet('payer');
const TREASURY = 'rFqFJ9g7TGBD8Ed7TPDnvGKZ5pWLPDyxLcvcH2eRCtt';
const FEES = wallet('fees');
const ESCROW = vault('escrow');
const MINT = vault('mint');
const ACCOUNT = {
  seller: vault('seller account'),
  buyer: vault('buyer account'),
  escrow: vault('escrow account'),
};

const M2 = 'M2mx93ekt1fmXSVkTrUL9xVFHkmME8HTUi5Cyc5aF7K';
const M3 = 'M3mxk5W2tt27WGT7THox7PmgRDp4m6NEhL5xvxrBfS1';
const MMM = 'mmm3XBJg5gk8XJxEKBvdgptZz6SgK4tXvn36sodowMc';
const TSWAP = 'TSWAPaqyCSx2KABk68Shruf4rp7CxcNi8hAsbdwmHbN';
const HOUSE = 'hausS13jsjafwWwGqZTUQRmWyvyxn9EQpqMwV1PBBmk';
const SOLANART = 'CJsLwbP1iu5DuUikHEJnLfANgKy6stB2uFgvBBHoyxwz';
const ALPHA_ART = 'HZaWndaNWHFDd9Dhk5pqUUtsmoBCqzb1MLu3NAh1VX6B';
const DIRECT_SELL = '7t8zVJtPCFAqog1DcnB6Ku1AVKtWfHkCiPi1cAvcJyVF';

function events(build: Build) {
  const decoded = createSolanaDecoder(ALL).decode(buildTransaction(build));
  expect(decoded?.problems).toBeUndefined();
  return decoded?.events ?? [];
}

function moved(from: keyof typeof ACCOUNT, to: keyof typeof ACCOUNT): Pick<Build, 'pre' | 'post'> {
  const owner = { seller: SELLER, buyer: BUYER, escrow: ESCROW };
  return {
    pre: [nftBalance(ACCOUNT[from], MINT, owner[from])],
    post: [nftBalance(ACCOUNT[to], MINT, owner[to])],
  };
}

function call(
  program: string,
  accounts: readonly string[],
  data: readonly number[],
  calls: readonly Call[],
  logs: string[] = [],
): Call {
  return { program, accounts, data: Uint8Array.from(data), calls, logs };
}

/** As many accounts as the parties' places ask for. */
function placed(places: Readonly<Record<number, string>>): string[] {
  const last = Math.max(...Object.keys(places).map(Number));
  return Array.from({ length: last + 1 }, (_, at) => places[at] ?? vault(`account ${at}`));
}

describe('Magic Eden', () => {
  test('whoever takes an offer pays the fee himself: it is a fee and no part of the price', () => {
    const sale = call(
      M2,
      placed({ 0: BUYER, 1: SELLER, 10: TREASURY }),
      [...global('execute_sale_v2'), 1, 2, ...u64(1_000n)],
      [
        pay(ESCROW, CREATOR, 50n),
        pay(ESCROW, SELLER, 1_000n),
        pay(SELLER, TREASURY, 20n),
        move(ACCOUNT.seller, ACCOUNT.buyer, SELLER),
      ],
      ['Program log: {"price":1000,"seller_expiry":0,"buyer_expiry":0,"royalty":50}'],
    );
    expect(events({ calls: [sale], keys: [SELLER], ...moved('seller', 'buyer') })).toMatchObject([
      {
        kind: 'sale',
        from: SELLER,
        to: BUYER,
        price: { amount: 1_000n },
        fees: { marketplace: 20n, royalty: 50n },
      },
    ]);
  });

  test('fees that M2 says count, a rebate of one party out of the other’s', () => {
    const sale = call(
      M2,
      placed({ 0: SELLER, 1: BUYER, 2: SELLER }),
      [...global('mip1_execute_sale_v2'), ...u64(1_000n)],
      [
        pay(ESCROW, CREATOR, 50n),
        pay(ESCROW, SELLER, 995n),
        pay(SELLER, TREASURY, 15n),
        move(ACCOUNT.seller, ACCOUNT.buyer, SELLER),
      ],
      [
        'Program log: {"maker_fee":-5,"taker_fee":20,"royalty":50,"price":1000,"seller_expiry":-1,"buyer_expiry":0}',
      ],
    );
    expect(events({ calls: [sale], keys: [SELLER], ...moved('seller', 'buyer') })).toMatchObject([
      {
        kind: 'sale',
        from: SELLER,
        to: BUYER,
        price: { amount: 1_000n },
        fees: { marketplace: 15n, royalty: 50n },
      },
    ]);
  });

  test('a Core listing whose price changes names its asset and owner by place', () => {
    const asset = vault('asset');
    const accounts = placed({ 0: PAYER, 1: SELLER, 4: asset });
    const kept = {
      keys: [PAYER, SELLER],
      calls: [call(M2, accounts, [...global('core_sell'), ...u64(70n)], [])],
    };
    expect(events(kept)).toMatchObject([
      { kind: 'list', from: SELLER, asset: { address: asset }, price: { amount: 70n } },
    ]);
  });

  test('M2 lists in a token: its mint stands among the accounts, and a token that nobody follows is no price in SOL', () => {
    const token = vault('payment token');
    const listing = (accounts: readonly string[]): Build => ({
      keys: [SELLER],
      calls: [
        call(
          M2,
          [...placed({ 0: SELLER, 2: ACCOUNT.seller, 4: MINT, 11: vault('referral') }), ...accounts],
          [...global('mip1_sell'), ...u64(5_000_000n), 0, 0, 0, 0],
          [],
        ),
      ],
      ...{
        pre: [nftBalance(ACCOUNT.seller, MINT, SELLER)],
        post: [nftBalance(ACCOUNT.seller, MINT, SELLER)],
      },
    });
    const follow = { ...ALL, tokens: [{ symbol: 'USD', mint: token, decimals: 6 }] };
    const told = (build: Build) => createSolanaDecoder(follow).decode(buildTransaction(build))?.events;
    const event = { kind: 'list', from: SELLER, asset: { address: MINT } };
    expect(told(listing([vault('seller payment account'), token]))).toMatchObject([
      { ...event, price: { amount: 5_000_000n, currency: token, decimals: 6 } },
    ]);
    expect(told(listing([]))).toMatchObject([
      { ...event, price: { amount: 5_000_000n, currency: 'SOL', decimals: 9 } },
    ]);
  });

  test('a compressed NFT is listed in M3, repriced there and sold out of it to whoever shall have it', () => {
    const tree = vault('tree');
    const asset = { address: leafId(tree, 4n) };
    const leafArguments = [...new Array(96).fill(3), ...u64(4n), 4, 0, 0, 0];
    const listed = call(
      M3,
      placed({ 0: SELLER, 1: ESCROW }),
      [...global('sell'), ...leafArguments, ...u64(900n), ...new Array(32).fill(0)],
      [compressedTransfer(tree, SELLER, ESCROW, 4n)],
    );
    expect(events({ calls: [listed], keys: [SELLER] })).toMatchObject([
      { kind: 'list', marketplace: 'magic-eden', asset, from: SELLER, price: { amount: 900n } },
    ]);
    const repriced = call(
      M3,
      placed({ 0: SELLER, 4: tree }),
      [...global('sell'), ...leafArguments, ...u64(800n)],
      [],
    );
    expect(events({ calls: [repriced], keys: [SELLER] })).toMatchObject([
      { kind: 'list', asset, from: SELLER, price: { amount: 800n } },
    ]);
    const bought = call(
      M3,
      placed({ 0: PAYER, 1: SELLER, 3: TREASURY }),
      [...global('buy_now'), ...u64(900n)],
      [
        pay(PAYER, CREATOR, 45n),
        pay(PAYER, SELLER, 900n),
        pay(PAYER, TREASURY, 18n),
        compressedTransfer(tree, ESCROW, BUYER, 4n),
      ],
      ['Program log: {"price":900,"maker_fee":0,"taker_fee":18,"total_platform_fee":18}'],
    );
    expect(events({ calls: [bought], keys: [PAYER] })).toMatchObject([
      {
        kind: 'sale',
        marketplace: 'magic-eden',
        asset,
        from: SELLER,
        to: BUYER,
        price: { amount: 900n },
        fees: { marketplace: 18n, royalty: 45n },
      },
    ]);
    const ended = call(
      M3,
      placed({ 0: SELLER, 1: ESCROW }),
      [...global('cancel_sell')],
      [compressedTransfer(tree, ESCROW, SELLER, 4n)],
    );
    expect(events({ calls: [ended], keys: [SELLER] })).toMatchObject([
      { kind: 'delist', asset, from: SELLER },
    ]);
  });

  test('a pool that keeps the Core asset it bought: its owner is the buyer', () => {
    const [asset, pool] = [vault('asset'), vault('pool')];
    const sale = call(
      MMM,
      placed({ 0: SELLER, 1: BUYER, 3: FEES, 4: pool }),
      [...global('sol_mpl_core_fulfill_buy'), ...u64(900n)],
      [
        coreTransfer(asset, SELLER, pool),
        pay(ESCROW, CREATOR, 40n),
        pay(ESCROW, SELLER, 940n),
        pay(ESCROW, FEES, 20n),
      ],
      ['Program log: {"lp_fee":0,"royalty_paid":40,"total_price":1000}'],
    );
    expect(events({ calls: [sale], keys: [SELLER] })).toMatchObject([
      {
        kind: 'sale',
        from: SELLER,
        to: BUYER,
        price: { amount: 1_000n },
        fees: { marketplace: 20n, royalty: 40n },
      },
    ]);
  });

  test('a settled auction is a sale by name, one without a bid the end of a listing, a bid nothing', () => {
    const auctions = 'EA15T2W45BJFm71XmB5VGcsiWGKZTNfnK6aCmE2Hb5eC';
    const settle = (calls: readonly Call[]) => call(auctions, [PAYER], global('settle_v2'), calls);
    const won = settle([
      pay(ESCROW, SELLER, 90n),
      pay(ESCROW, TREASURY, 10n),
      move(ACCOUNT.escrow, ACCOUNT.buyer, ESCROW),
    ]);
    expect(events({ calls: [won], keys: [PAYER], ...moved('escrow', 'buyer') })).toMatchObject([
      {
        kind: 'sale',
        marketplace: 'magic-eden',
        from: SELLER,
        to: BUYER,
        price: { amount: 100n },
        fees: { marketplace: 10n },
      },
    ]);
    const unsold = settle([move(ACCOUNT.escrow, ACCOUNT.seller, ESCROW)]);
    expect(events({ calls: [unsold], keys: [PAYER], ...moved('escrow', 'seller') })).toMatchObject([
      { kind: 'delist', from: SELLER },
    ]);
    const bid = call(auctions, [BUYER], global('place_bid'), [pay(BUYER, ESCROW, 100n)]);
    expect(events({ calls: [bid], keys: [BUYER] })).toEqual([]);
  });
});

describe('Tensor', () => {
  const sold = (calls: readonly Call[], name: string, places: Readonly<Record<number, string>>) =>
    call(TSWAP, placed(places), global(name), calls);

  test('pools of Token-2022 name their parties one place earlier than those of Token Metadata', () => {
    const paid = [pay(BUYER, ESCROW, 100n), move(ACCOUNT.escrow, ACCOUNT.buyer, ESCROW)];
    for (const name of ['buy_nft_t22', 'wns_buy_nft'])
      expect(
        events({
          calls: [sold(paid, name, { 9: SELLER, 10: BUYER, 11: TOKEN_PROGRAM })],
          keys: [BUYER],
          ...moved('escrow', 'buyer'),
        }),
      ).toMatchObject([{ kind: 'sale', from: SELLER, to: BUYER }]);
    expect(
      events({
        calls: [sold(paid, 'buy_nft', { 10: SELLER, 11: BUYER })],
        keys: [BUYER],
        ...moved('escrow', 'buyer'),
      }),
    ).toMatchObject([{ kind: 'sale', from: SELLER, to: BUYER }]);
    const kept = [pay(ESCROW, SELLER, 100n), move(ACCOUNT.seller, ACCOUNT.escrow, SELLER)];
    for (const name of ['sell_nft_trade_pool_t22', 'wns_sell_nft_trade_pool'])
      expect(
        events({
          calls: [sold(kept, name, { 8: BUYER, 9: SELLER })],
          keys: [SELLER],
          ...moved('seller', 'escrow'),
        }),
      ).toMatchObject([{ kind: 'sale', from: SELLER, to: BUYER }]);
  });
});

test('Tensor’s bids on single NFTs: the price is the bid’s, though the money leaves it without a transfer', () => {
  const event = [
    ...createHash('sha256').update('event:TakeBidEvent').digest().subarray(0, 8),
    ...[500n, 7n, 25n].flatMap(u64),
  ];
  const taken = (logs: string[]) =>
    call(
      'TB1Dqt8JeKQh7RLDzfYDJsq8KS4fS2yt87avRjyRxMv',
      placed({ 2: MINT, 8: BUYER, 9: SELLER }),
      [...global('take_bid'), ...u64(500n), 0, 0],
      [move(ACCOUNT.seller, ACCOUNT.escrow, SELLER), move(ACCOUNT.escrow, ACCOUNT.buyer, ESCROW)],
      logs,
    );
  const sale = {
    kind: 'sale',
    marketplace: 'tensor',
    from: SELLER,
    to: BUYER,
    price: { amount: 500n, currency: 'SOL' },
  };
  const build = (logs: string[]): Build => ({
    calls: [taken(logs)],
    keys: [SELLER],
    ...moved('seller', 'buyer'),
  });
  expect(events(build([]))).toMatchObject([sale]);
  expect(events(build([emitted(Uint8Array.from(event))]))).toMatchObject([
    { ...sale, fees: { marketplace: 7n, royalty: 25n } },
  ]);
});

test('OpenSea is known by its authority too: a house of another currency is another account', () => {
  const held = {
    pre: [nftBalance(ACCOUNT.seller, MINT, SELLER)],
    post: [nftBalance(ACCOUNT.seller, MINT, SELLER)],
  };
  const accounts = placed({
    0: SELLER,
    1: ACCOUNT.seller,
    3: 'pAHAKoTJsAAe2ZcvTZUxoYzuygVAFAmbYmJYdWT886r',
    4: vault('house'),
  });
  const sell = call(HOUSE, accounts, [...global('sell'), 1, 2, 3, ...u64(88n), ...u64(1n)], []);
  expect(events({ calls: [sell], keys: [SELLER], ...held })).toMatchObject([
    { kind: 'list', marketplace: 'open-sea' },
  ]);
});

test('Auction House: where a token pays, the fee is what reaches the token account of the treasury', () => {
  const usdc = vault('usdc');
  const house = vault('house');
  const [purse, till, chest, share] = [vault('purse'), vault('till'), vault('chest'), vault('share')];
  const money = (account: string, owner: string, amount: bigint) => ({
    account,
    mint: usdc,
    owner,
    amount,
    decimals: 6,
  });
  const spend = (to: string, amount: bigint) =>
    call(TOKEN_PROGRAM, [purse, to, ESCROW], [3, ...u64(amount)], []);
  const sale = call(
    HOUSE,
    placed({ 0: BUYER, 1: SELLER, 12: chest }),
    [...global('execute_sale'), 1, 2, 3, ...u64(1_000n), ...u64(1n)],
    [spend(share, 50n), spend(chest, 20n), spend(till, 930n), move(ACCOUNT.seller, ACCOUNT.buyer, SELLER)],
  );
  const { pre = [], post = [] } = moved('seller', 'buyer');
  const before = [
    money(purse, ESCROW, 1_000n),
    money(till, SELLER, 0n),
    money(chest, house, 0n),
    money(share, CREATOR, 0n),
  ];
  const after = [
    money(purse, ESCROW, 0n),
    money(till, SELLER, 930n),
    money(chest, house, 20n),
    money(share, CREATOR, 50n),
  ];
  expect(
    events({ calls: [sale], keys: [SELLER], pre: [...pre, ...before], post: [...post, ...after] }),
  ).toMatchObject([
    {
      kind: 'sale',
      from: SELLER,
      to: BUYER,
      price: { amount: 1_000n, currency: usdc, decimals: 6 },
      fees: { marketplace: 20n, royalty: 50n },
    },
  ]);
});

describe('the marketplaces of 2021', () => {
  const held = {
    pre: [nftBalance(ACCOUNT.seller, MINT, SELLER)],
    post: [nftBalance(ACCOUNT.seller, MINT, SELLER)],
  };

  test('Solanart: a change of price is one, the end of an offer is nothing', () => {
    const change = call(SOLANART, [SELLER, vault('sale'), MINT], [6, ...u64(77n)], []);
    expect(events({ calls: [change], keys: [SELLER] })).toMatchObject([
      {
        kind: 'list',
        repriceOnly: true,
        marketplace: 'solanart',
        asset: { address: MINT },
        from: SELLER,
        price: { amount: 77n },
      },
    ]);
    const cancel = call(SOLANART, [BUYER, vault('offer'), ESCROW, MINT], [3], [pay(ESCROW, BUYER, 5n)]);
    expect(events({ calls: [cancel], keys: [BUYER], ...held })).toEqual([]);
  });

  test('Alpha Art: a listing says its price, whatever follows it', () => {
    const list = call(
      ALPHA_ART,
      [SELLER],
      [0, ...u64(55n), 1, 2],
      [move(ACCOUNT.seller, ACCOUNT.escrow, SELLER)],
    );
    expect(events({ calls: [list], keys: [SELLER], ...moved('seller', 'escrow') })).toMatchObject([
      { kind: 'list', marketplace: 'alpha-art', from: SELLER, price: { amount: 55n } },
    ]);
  });

  test('Digital Eyes’ direct sales leave the NFT in its wallet: listed, repriced, ended and sold', () => {
    const sell = call(
      DIRECT_SELL,
      placed({ 0: SELLER, 1: ACCOUNT.seller, 2: MINT }),
      [...global('sell'), ...u64(60n)],
      [],
    );
    expect(events({ calls: [sell], keys: [SELLER], ...held })).toMatchObject([
      {
        kind: 'list',
        marketplace: 'digital-eyes',
        asset: { address: MINT },
        from: SELLER,
        price: { amount: 60n },
      },
    ]);
    const change = call(
      DIRECT_SELL,
      [SELLER, MINT],
      [...Buffer.from('00bd8f40e07c9719', 'hex'), ...u64(61n)],
      [],
    );
    expect(events({ calls: [change], keys: [SELLER] })).toMatchObject([
      { kind: 'list', repriceOnly: true, asset: { address: MINT }, from: SELLER, price: { amount: 61n } },
    ]);
    const cancel = call(DIRECT_SELL, placed({ 0: SELLER, 2: MINT }), global('cancel'), []);
    expect(events({ calls: [cancel], keys: [SELLER] })).toMatchObject([
      { kind: 'delist', asset: { address: MINT }, from: SELLER },
    ]);
    const forced = call(
      DIRECT_SELL,
      placed({ 0: PAYER, 1: SELLER, 2: MINT }),
      global('cancel_with_authority'),
      [],
    );
    expect(events({ calls: [forced], keys: [PAYER] })).toMatchObject([{ kind: 'delist', from: SELLER }]);
    const buy = call(
      DIRECT_SELL,
      placed({ 0: BUYER, 4: MINT }),
      [...global('buy'), ...u64(60n)],
      [pay(BUYER, FEES, 2n), pay(BUYER, SELLER, 58n), move(ACCOUNT.seller, ACCOUNT.buyer, SELLER)],
    );
    expect(events({ calls: [buy], keys: [BUYER], ...moved('seller', 'buyer') })).toMatchObject([
      { kind: 'sale', marketplace: 'digital-eyes', from: SELLER, to: BUYER, price: { amount: 60n } },
    ]);
  });
});
