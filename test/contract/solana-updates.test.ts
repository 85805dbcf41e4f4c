/**
 * Updates of NFTs on Solana, built by hand by the programs' layouts: each says what it changes, and no more.
 */
import { expect, test } from 'vitest';
import { instructionDiscriminator, nameDiscriminator } from '../../src/decoders/solana/discriminator.js';
import { metadataOf } from '../../src/decoders/solana/metadata/metadata-account.js';
import {
  CORE_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_METADATA_PROGRAM,
} from '../../src/decoders/solana/programs.js';
import { createSolanaDecoder } from '../../src/decoders/solana/registry.js';
import { decodeBase58 } from '../../src/events/base58.js';
import { vault, wallet } from '../support/solana-nfts.js';
import { buildTransaction } from '../support/solana-transaction.js';

const [mint, artist, helper, collection] = [vault('mint'), wallet('artist'), wallet('helper'), vault('band')];
const metadata = metadataOf(mint) ?? '';

const u16 = (value: number) => [value & 255, value >> 8];
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
const text = (value: string) => [...u32(Buffer.byteLength(value)), ...Buffer.from(value)];
const key = (address: string) => [...(decodeBase58(address) ?? [])];
const hex = (value: string) => [...Buffer.from(value, 'hex')];
const some = (bytes: readonly number[]) => [1, ...bytes];
const NONE = [0];

/** Name, symbol, uri, royalty of 5 %, two creators of whom the first signed. */
const DATA = [
  ...[...text('Song'), ...text('S'), ...text('https://a/1.json'), ...u16(500)],
  ...some([...u32(2), ...key(artist), 1, 90, ...key(helper), 0, 10]),
];
const CREATORS = [
  { address: artist, share: 90, verified: true },
  { address: helper, share: 10 },
];
const SAID = { name: 'Song', uri: 'https://a/1.json', royaltyBasisPoints: 500, creators: CREATORS };

const nfts = { mints: [mint], collections: [collection], creators: [artist], all: false };
const decode = (program: string, accounts: readonly string[], data: readonly number[], all = false) =>
  createSolanaDecoder({ programs: [], tokens: [], nfts: all ? { ...nfts, mints: [], all } : nfts }).decode(
    buildTransaction({
      calls: [{ program, accounts: [...accounts], data: Uint8Array.from(data), calls: [] }],
      pre: [],
      post: [],
    }),
  )?.events ?? [];
const metaplex = (accounts: readonly string[], data: readonly number[]) =>
  decode(TOKEN_METADATA_PROGRAM, accounts, data);

test('UpdateMetadataAccountV2 says data, collection and authority in this order', () => {
  const data = [
    15,
    ...some([...DATA, ...some([0, ...key(collection)]), ...NONE]),
    ...some(key(helper)),
    ...NONE,
  ];
  const events = metaplex([metadata, artist, mint], data);
  expect(events).toMatchObject([{ kind: 'update', asset: { kind: 'nft', address: mint }, outcome: 'ok' }]);
  expect(events[0]?.nft).toEqual({ ...SAID, creator: artist, updateAuthority: helper });
});

test('Update names its mint, and what it leaves out stays unsaid', () => {
  const accounts = [artist, TOKEN_METADATA_PROGRAM, TOKEN_METADATA_PROGRAM, mint, metadata];
  expect(metaplex(accounts, [50, 0, ...NONE, ...some(DATA), ...NONE])[0]?.nft).toEqual({
    ...SAID,
    creator: artist,
  });
  expect(metaplex(accounts, [50, 1, ...some(key(helper)), ...NONE, ...NONE])[0]?.nft).toEqual({
    updateAuthority: helper,
  });
  expect(metaplex(accounts, [50, 0, ...NONE, ...NONE, ...some([1])])).toEqual([]);
});

test('an update whose metadata account names no mint is kept with a problem when a followed creator signed it', () => {
  const transaction = buildTransaction({
    calls: [
      {
        program: TOKEN_METADATA_PROGRAM,
        accounts: [metadata, artist],
        data: Uint8Array.from([1, ...some(DATA), ...NONE]),
        calls: [],
      },
    ],
    pre: [],
    post: [],
  });
  const decoded = createSolanaDecoder({ programs: [], tokens: [], nfts }).decode(transaction);
  expect(decoded?.problems).toMatchObject([{ code: 'undecodable' }]);
});

test('a lock is a state of the NFT and leaves everything else', () => {
  expect(metaplex([artist, wallet('o'), vault('account'), mint], [46, 0])[0]?.nft).toEqual({
    state: 'locked',
  });
  expect(metaplex([artist, vault('account'), vault('edition'), mint], [27])[0]?.nft).toEqual({
    state: 'free',
  });
});

test('under the wildcard, metadata of a fungible token make no NFT of it', () => {
  const coin = [...text('Coin'), ...text('C'), ...text('https://a/c.json'), ...u16(0), ...NONE];
  const update = (data: readonly number[]) =>
    decode(TOKEN_METADATA_PROGRAM, [metadata, artist, mint], [1, ...some(data), ...NONE], true);
  expect(update(coin)).toEqual([]);
  expect(update(DATA)).toHaveLength(1);
});

test('Core: each instruction says its own part', () => {
  const core = (data: readonly number[]) => decode(CORE_PROGRAM, [mint, CORE_PROGRAM, artist], data)[0]?.nft;
  expect(core([15, ...some(text('New')), ...NONE, ...NONE])).toEqual({ name: 'New' });
  expect(core([15, ...NONE, ...some(text('https://a/2')), ...some([1, ...key(helper)])])).toEqual({
    uri: 'https://a/2',
    updateAuthority: helper,
  });
  expect(core([6, 0, ...u16(250), ...u32(1), ...key(artist), 100, 0])).toEqual({
    royaltyBasisPoints: 250,
    creators: [{ address: artist, share: 100 }],
  });
  expect(core([2, 1, 1, ...NONE])).toEqual({ state: 'frozen' });
  expect(core([4, 1])).toEqual({ state: 'free' });
  expect(core([2, 11, ...NONE])).toBeUndefined();
});

test('Token-2022: fields, authority and membership of a mint that was there before', () => {
  const t22 = (name: string, accounts: readonly string[], data: readonly number[]) =>
    decode(TOKEN_2022_PROGRAM, accounts, [...hex(nameDiscriminator(name)), ...data])[0];
  const field = 'spl_token_metadata_interface:updating_field';
  expect(t22(field, [mint, artist], [0, ...text('Other')])?.nft).toEqual({ name: 'Other' });
  expect(t22(field, [mint, artist], [3, ...text('royalty_basis_points'), ...text('300')])?.nft).toEqual({
    royaltyBasisPoints: 300,
  });
  const nobody = new Array<number>(32).fill(0);
  const authority = 'spl_token_metadata_interface:update_the_authority';
  expect(t22(authority, [mint, artist], nobody)?.nft).toEqual({ updateAuthority: '' });
  const joined = t22(
    'spl_token_group_interface:initialize_member',
    [mint, mint, artist, collection, artist],
    [],
  );
  expect(joined).toMatchObject({ kind: 'update', nft: { collection }, details: { joins: collection } });
});

test('Bubblegum reads its instructions by name: all discriminators are told apart', async () => {
  const { BUBBLEGUM_INSTRUCTIONS } = await import('../../src/decoders/solana/bubblegum/instructions.js');
  for (const name of ['update_metadata', 'update_metadata_v2', 'freeze_v2', 'verify_creator_v2'])
    expect(BUBBLEGUM_INSTRUCTIONS.get(instructionDiscriminator(name))).toMatchObject({
      name,
      kind: 'update',
    });
});
