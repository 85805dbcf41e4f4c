import { expect, test } from 'vitest';
import type { ChainEvent } from '../../events/event.js';
import { positionKey } from '../../events/position.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { foldNfts } from './fold.js';

const asset = { kind: 'nft', address: 'mint' } as const;

function row(block: number, event: Partial<ChainEvent> & Pick<ChainEvent, 'kind'>): LedgerRow {
  const whole = {
    eventIndex: 0,
    outcome: 'ok',
    decoder: 'test',
    decoderVersion: 1,
    asset,
    ...event,
  } as const;
  return {
    ...{ chain: 'solana', block, transactionIndex: 0, transactionHash: `t${block}`, blockTime: block },
    ...{ finality: 'finalized', position: positionKey(block, 0, 0), event: whole },
  } as LedgerRow;
}

const MINT = row(1, { kind: 'mint', to: 'alice', nft: { contract: 'program', creator: 'artist' } });
const LIST = row(2, { kind: 'list', from: 'alice' });
const JOIN = row(3, { kind: 'update', from: 'alice', nft: { contract: 'program', collection: 'band' } });
const LEAVE = row(4, { kind: 'update', nft: { contract: 'program' } });

test('the contract is what the latest update says, and the mint until there is one', () => {
  const contract = (rows: readonly LedgerRow[]) => foldNfts(rows)[0]?.contract.address;
  expect(contract([MINT, LIST])).toBe('program');
  for (const rows of [
    [MINT, JOIN],
    [JOIN, MINT],
    [JOIN, LIST, MINT],
  ])
    expect(contract(rows)).toBe('band');
  expect(contract([LEAVE, JOIN, MINT])).toBe('program');
});

test('the earliest event gives the contract where no mint and no update is known', () => {
  const later = row(9, { kind: 'transfer', from: 'bob', to: 'carol', nft: { contract: 'later' } });
  const first = row(5, { kind: 'transfer', from: 'alice', to: 'bob', nft: { contract: 'first' } });
  expect(foldNfts([later, first])[0]?.contract.address).toBe('first');
  expect(foldNfts([later, first, MINT])[0]?.contract.address).toBe('program');
});

test('an update neither moves the NFT nor ends its listing', () => {
  const [nft] = foldNfts([MINT, LIST, JOIN, LEAVE]);
  expect(nft?.owner.address).toBe('alice');
  expect(nft?.listing.listed).toBe(true);
  expect(nft?.origin).toMatchObject({ hash: 't1', creator: 'artist' });
});

test('each part of what updates say follows the latest event that says it, in any order', () => {
  const mint = row(1, { kind: 'mint', to: 'alice', nft: { name: 'A', uri: 'u1', royaltyBasisPoints: 500 } });
  const renamed = row(2, { kind: 'update', nft: { name: 'B' } });
  const moved = row(3, { kind: 'update', nft: { uri: 'u2', state: 'frozen' } });
  for (const rows of [
    [mint, renamed, moved],
    [moved, renamed, mint],
    [renamed, mint, moved],
  ]) {
    const [nft] = foldNfts(rows);
    expect(nft?.name.name).toBe('B');
    expect(nft?.said.uri?.value).toBe('u2');
    expect(nft?.said.royaltyBasisPoints?.value).toBe(500);
    expect(nft?.said.state?.value).toBe('frozen');
  }
});

test('a change of name leaves the NFT in its collection', () => {
  const [nft] = foldNfts([MINT, JOIN, row(9, { kind: 'update', nft: { name: 'B' } })]);
  expect(nft?.contract).toMatchObject({ address: 'band', collection: 'band' });
  expect(foldNfts([MINT, JOIN, LEAVE])[0]?.contract.collection).toBeNull();
});
