/** `npm run decode:report`: its figures are right, and it reads the layout of the captures. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { printReport } from '../../bench/captures/print.js';
import { type Capture, scoreCaptures } from '../../bench/captures/score.js';
import { readSolanaCaptures } from '../../bench/captures/solana-captures.js';
import { ACTION, factOf } from '../../bench/captures/ton-actions.js';
import { readTonCaptures } from '../../bench/captures/ton-captures.js';
import type { ChainEvent, DecodedTransaction } from '../../src/events/event.js';
import { account } from '../support/ton.js';

const event = (fields: Partial<ChainEvent>): ChainEvent => ({
  ...{
    eventIndex: 0,
    kind: 'sale',
    outcome: 'ok',
    decoder: 'd',
    decoderVersion: 1,
    asset: { kind: 'nft', address: 'N' },
  },
  ...fields,
});
const decoded = (...events: ChainEvent[]): DecodedTransaction[] => [
  {
    chain: 'solana',
    block: 1,
    blockTime: null,
    transactionIndex: 0,
    transactionHash: 'h',
    outcome: 'ok',
    events,
  },
];
const capture = (fields: Partial<Capture>): Capture => ({
  ...{ name: 'c', chain: 'solana', partial: false, expected: [], decoded: [], notes: [] },
  ...fields,
});
const price = (amount: bigint) => ({ price: { amount, currency: 'SOL', decimals: 9 } });

test('a right event, a wrong price, a miss and a false event are each counted where they belong', () => {
  const sale = { kinds: ['sale'] as const, marketplace: 'm', price: 10n };
  const { scores, faults } = scoreCaptures([
    capture({
      name: 'right',
      expected: [sale],
      decoded: decoded(event({ marketplace: 'm', ...price(10n) })),
    }),
    capture({
      name: 'wrong',
      expected: [sale],
      decoded: decoded(event({ marketplace: 'm', ...price(11n) })),
    }),
    capture({ name: 'missed', expected: [sale] }),
    capture({ name: 'false', decoded: decoded(event({ kind: 'list', marketplace: 'm' })) }),
    capture({ name: 'partial', partial: true, decoded: decoded(event({ kind: 'list', marketplace: 'm' })) }),
  ]);
  expect(scores).toEqual([
    { chain: 'solana', marketplace: 'm', kind: 'list', expected: 0, found: 1, right: 0 },
    { chain: 'solana', marketplace: 'm', kind: 'sale', expected: 3, found: 2, right: 1 },
  ]);
  expect(faults.map(({ capture: name, type }) => [name, type])).toEqual([
    ['wrong', 'miss'],
    ['wrong', 'false event'],
    ['missed', 'miss'],
    ['false', 'false event'],
  ]);
  expect(faults[0]?.text).toContain('nearest: price is 11');
  const lines: string[] = [];
  printReport(
    { scores, faults, captures: 5 },
    { print: (text) => void lines.push(text), table: (_, rows) => void lines.push(...rows.map(String)) },
  );
  expect(lines).toContain('solana,m,sale,3,2,1,50.0 %,33.3 %');
  expect(lines).toContain('all,,,3,3,1,33.3 %,33.3 %');
});

test('a doubt is told where something is missed, and is no miss by itself', () => {
  const sale = { kinds: ['sale'] as const };
  const doubted = { partial: true, expected: [sale], doubts: ['a wallet is not known'] };
  const { faults } = scoreCaptures([
    capture({ ...doubted, name: 'met', decoded: decoded(event({})) }),
    capture({ ...doubted, name: 'missed' }),
  ]);
  expect(faults.map(({ capture: name, text }) => `${name}: ${text}`)).toEqual([
    'missed: sale; nothing was found',
    'missed: a wallet is not known',
  ]);
});

test('a folder of captures: what has no file, or a file that cannot be read, is a miss and not silence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'captures-'));
  mkdirSync(join(folder, 'transactions'));
  writeFileSync(
    join(folder, 'expected.json'),
    JSON.stringify({ gone: { kind: 'sale' }, broken: { kind: null } }),
  );
  writeFileSync(join(folder, 'transactions/broken.json'), '{');
  const captures = readSolanaCaptures(folder);
  expect(captures.map(({ name, expected, notes }) => [name, expected.length, notes.length])).toEqual([
    ['gone', 1, 1],
    ['broken', 0, 1],
  ]);
  writeFileSync(join(folder, 'expected.json'), JSON.stringify({ odd: { kind: 'sold' } }));
  expect(() => readSolanaCaptures(folder)).toThrow(/expected\.json/);
});

const [alice, bob, contract, item, master, pool] = ['alice', 'bob', 'contract', 'item', 'master', 'pool'].map(
  (name) => account(name),
) as [...[string, string, string, string, string, string]];
const nft = { asset: { kind: 'nft', address: item } } as const;
const jetton = { asset: { kind: 'token', address: master } } as const;
const purchase = { asset_secondary: item, source: contract, destination: bob };

function scoreActions(actions: readonly unknown[], ...events: Partial<ChainEvent>[]) {
  const expected = actions.map((action) => factOf(ACTION.parse(action))).filter((fact) => fact !== null);
  const { scores, faults } = scoreCaptures([
    capture({
      chain: 'ton',
      partial: true,
      expected,
      decoded: decoded(...events.map((fields) => event(fields))),
    }),
  ]);
  return {
    scores: scores.map(({ kind, expected: wanted, right }) => `${kind} ${right}/${wanted}`),
    misses: faults.map(({ text }) => text),
  };
}

test.each<[string, readonly unknown[], Partial<ChainEvent>[], string[]]>([
  [
    'a purchase that is told twice, its seller not told (Fragment)',
    ['nft_transfer', 'nft_purchase'].map((type) => ({
      ...{ type, success: true },
      values: {
        ...purchase,
        nft_transfer_data: { is_purchase: true, price: 10, real_prev_owner: null, marketplace: 'fragment' },
      },
    })),
    [{ ...nft, ...price(10n), from: alice, to: bob, marketplace: 'fragment' }],
    ['sale 1/1'],
  ],
  [
    'a listing through a deployer, with both its transfers',
    [
      {
        type: 'nft_transfer',
        values: {
          asset_secondary: item,
          source: alice,
          destination: pool,
          nft_transfer_data: { is_purchase: false },
        },
      },
      { type: 'nft_transfer', values: { asset_secondary: item, source: pool, destination: contract } },
      {
        type: 'nft_put_on_sale',
        values: {
          asset_secondary: item,
          source: alice,
          destination: contract,
          nft_listing_data: { full_price: 10 },
        },
      },
    ],
    [{ ...nft, ...price(10n), kind: 'list', from: alice }],
    ['list 1/1'],
  ],
  [
    'a listing for jettons alone',
    [
      {
        type: 'nft_put_on_sale',
        values: { asset_secondary: item, source: alice, nft_listing_data: { full_price: 0 } },
      },
    ],
    [{ ...nft, kind: 'list', from: alice, price: { amount: 5n, currency: master, decimals: 0 } }],
    ['list 1/1'],
  ],
  [
    'the end of an auction that nobody bid in',
    [
      { type: 'nft_finish_auction', values: { asset_secondary: item, source: alice, destination: contract } },
      { type: 'nft_transfer', values: { asset_secondary: item, source: contract, destination: alice } },
    ],
    [{ ...nft, kind: 'delist', from: alice }],
    [],
  ],
  [
    'amounts that JSON has rounded',
    [{ type: 'jetton_mint', values: { asset: master, destination: bob, amount: 2_096_932_264_035_230_700 } }],
    [{ ...jetton, kind: 'mint', to: bob, amount: 2_096_932_264_035_230_711n }],
    ['mint 1/1'],
  ],
  [
    'two like transfers, which are two',
    [1, 2].map(() => ({
      type: 'jetton_transfer',
      values: { asset: master, source: alice, destination: bob, amount: 5 },
    })),
    [1, 2].map(() => ({ ...jetton, kind: 'transfer', from: alice, to: bob, amount: 5n })),
    ['transfer 2/2'],
  ],
  [
    'a stake with the transfer into it, a claim, and a deposit of a nominator without the fee',
    [
      { type: 'jvault_stake', values: { asset: master, source: alice, destination: pool, amount: '5' } },
      { type: 'jetton_transfer', values: { asset: master, source: alice, destination: pool, amount: '5' } },
      { type: 'jvault_claim', values: { source: alice, destination: pool } },
      {
        type: 'stake_deposit',
        values: {
          source: bob,
          destination: pool,
          amount: 3_000_000_000,
          staking_data: { provider: 'nominator' },
        },
      },
      {
        type: 'stake_withdrawal',
        values: { source: bob, destination: pool, amount: 7, staking_data: { provider: 'nominator' } },
      },
      {
        type: 'stake_withdrawal',
        values: {
          asset: master,
          source: bob,
          destination: pool,
          amount: 8,
          staking_data: { provider: 'tonstakers', tokens_burnt: 6 },
        },
      },
    ],
    [
      { ...jetton, kind: 'stake', from: alice, to: pool, amount: 5n },
      { ...jetton, kind: 'claim', from: alice, to: pool },
      { kind: 'stake', from: bob, to: pool, amount: 2_000_000_000n },
      { kind: 'unstake', from: bob, to: pool, amount: 7n },
      { ...jetton, kind: 'unstake', from: bob, to: pool, amount: 6n },
    ],
    ['claim 1/1', 'stake 2/2', 'unstake 2/2'],
  ],
  [
    'what is none of ours',
    [
      {
        type: 'jetton_transfer',
        success: false,
        values: { source: alice, destination: bob, asset: null, amount: 7 },
      },
      ...[
        ...[
          'ton_transfer',
          'call_contract',
          'jetton_swap',
          'auction_bid',
          'auction_outbid',
          'nft_discovery',
          'jvault_unstake_request',
        ],
        ...[
          'dex_deposit_liquidity',
          'subscribe',
          'change_dns',
          'dns_purchase',
          'tick_tock',
          'multisig_approve',
        ],
      ].map((type) => ({ type, values: { source: null, destination: alice, amount: 7 } })),
    ],
    [],
    [],
  ],
])('TON: %s', (_, actions, events, scores) => {
  expect(scoreActions(actions, ...events)).toEqual({ scores, misses: [] });
});

test('TON: a wrong price, buyer, seller, marketplace or outcome is a miss, however often it is told', () => {
  const data = { is_purchase: true, price: 10, real_prev_owner: alice, marketplace: 'getgems' };
  const sold = { type: 'nft_purchase', success: true, values: { ...purchase, nft_transfer_data: data } };
  const right = { ...nft, ...price(10n), from: alice, to: bob, marketplace: 'getgems' };
  expect(scoreActions([sold], right).misses).toEqual([]);
  const wrong = [
    price(11n),
    { from: contract },
    { to: alice },
    { marketplace: 'fragment' },
    { outcome: 'failed' },
    { kind: 'transfer' },
  ];
  for (const fields of wrong as Partial<ChainEvent>[])
    expect(scoreActions([sold], { ...right, ...fields }).misses).toHaveLength(1);
});

test('TON: a trace without a file is a miss', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'captures-'));
  writeFileSync(
    join(folder, 'expected-actions.json'),
    JSON.stringify([{ file: 'ton/traces/gone.json', expectedActions: [] }]),
  );
  expect(await readTonCaptures(folder)).toMatchObject([
    { name: 'gone.json', notes: ['there is no capture of this name'] },
  ]);
});
