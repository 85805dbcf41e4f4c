/** Captured TON traces. They are not part of the project: MAINNET_FIXTURES names their folder. */
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ChainEvent, DecodedTransaction } from '../../src/events/event.js';
import { parseTonAddress } from '../../src/events/ton-address.js';
import { decodeTon, NOTHING_OF_TON } from '../../src/readers/ton/recorded/decode.js';

const folder = join(
  process.env.MAINNET_FIXTURES ?? join(import.meta.dirname, '../../../shared/fixtures'),
  'ton',
);
const present = existsSync(folder);
if (!present && process.env.MAINNET_FIXTURES) throw new Error(`MAINNET_FIXTURES has no folder ${folder}`);
if (!present) process.stderr.write(`no TON captures in ${folder}: set MAINNET_FIXTURES to run these tests\n`);

interface Action {
  readonly type: string;
  readonly values: {
    readonly success?: boolean;
    readonly source?: string;
    readonly destination?: string;
    readonly asset?: string;
    readonly asset_secondary?: string;
    readonly amount?: number;
    readonly accounts?: readonly string[];
    readonly nft_transfer_data?: {
      readonly is_purchase?: boolean;
      readonly price?: number | null;
      readonly real_prev_owner?: string;
    };
    readonly jvault_stake_data?: { readonly period: number };
  };
}
interface Case {
  readonly file: string;
  readonly expectedActions: readonly Action[];
}

/**
 * The other indexer's names. A purchase is one action of ours, two of theirs; so is a mint that notifies its
 * owner.
 */
const KINDS: Readonly<Record<string, string>> = {
  jetton_mint: 'mint',
  jetton_transfer: 'transfer',
  nft_mint: 'mint',
  nft_purchase: 'sale',
  stake_deposit: 'stake',
  stake_withdrawal_request: 'unstake',
  jvault_stake: 'stake',
  jvault_unstake: 'unstake',
};

async function decode(file: string): Promise<{ transactions: DecodedTransaction[]; notes: string[] }> {
  const transactions: DecodedTransaction[] = [];
  const notes: string[] = [];
  const unread = await decodeTon(createReadStream(join(folder, '..', file)), {
    follow: { ...NOTHING_OF_TON, all: true },
    assumeVerified: false,
    event: (transaction) => void transactions.push(transaction),
    note: (text) => void notes.push(text),
  });
  expect(unread).toBe(0);
  return { transactions, notes };
}

const raw = (address: string | undefined) => (address === undefined ? undefined : parseTonAddress(address));

function meets(event: ChainEvent, { type, values }: Action): boolean {
  const isNft = event.asset.kind === 'nft';
  const bought = values.nft_transfer_data?.is_purchase ?? type === 'nft_purchase';
  const kinds = type === 'nft_transfer' ? (bought ? ['sale'] : ['transfer', 'mint']) : [KINDS[type]];
  if (!kinds.includes(event.kind) || (event.outcome === 'ok') !== (values.success ?? event.outcome === 'ok'))
    return false;
  const nft = type.startsWith('nft_');
  // Their NFT purchases come from the sale contract, their NFT mints from the collection to the item.
  const from = nft
    ? values.nft_transfer_data?.real_prev_owner
    : type === 'jetton_mint'
      ? undefined
      : values.source;
  const to = type === 'nft_mint' ? undefined : values.destination;
  const asset = nft ? values.asset_secondary : values.asset;
  const price = bought ? values.nft_transfer_data?.price : undefined;
  return (
    nft === isNft &&
    (from === undefined || event.from === raw(from)) &&
    (to === undefined || event.to === raw(to)) &&
    (asset === undefined || event.asset.address === raw(asset)) &&
    (values.amount === undefined || event.amount === BigInt(values.amount)) &&
    (price == null || event.price?.amount === BigInt(price)) &&
    (values.jvault_stake_data === undefined || event.stake?.lockSeconds === values.jvault_stake_data.period)
  );
}

describe.skipIf(!present)('TON captures', () => {
  const cases = present
    ? (JSON.parse(readFileSync(join(folder, 'expected-actions.json'), 'utf8')) as Case[])
    : [];

  test('every capture has its expectation', () => {
    expect(cases.map(({ file }) => file.split('/').at(-1)).sort()).toEqual(
      readdirSync(join(folder, 'traces')).sort(),
    );
  });

  test.each(cases.map((item) => [item.file, item] as const))('%s', async (file, { expectedActions }) => {
    const { transactions, notes } = await decode(file);
    const events = transactions.flatMap((transaction) => transaction.events);
    expect(transactions.flatMap(({ problems }) => problems ?? [])).toEqual([]);
    expect(notes).toEqual([]);
    const ours = expectedActions.filter(({ type }) => type === 'nft_transfer' || KINDS[type] !== undefined);
    const unmet = ours.filter((action) => !events.some((event) => meets(event, action)));
    expect(unmet).toEqual([]);
    // And nothing else: no event that is none of the expected actions, no action twice.
    expect(events.filter((event) => !ours.some((action) => meets(event, action)))).toEqual([]);
    expect(events.filter(({ kind }) => kind === 'transfer')).toHaveLength(
      ours.filter(({ type }) => type === 'jetton_transfer').length,
    );
    for (const { events: decoded } of transactions)
      expect(new Set(decoded.map(({ eventIndex }) => eventIndex)).size).toBe(decoded.length);
  });
});
