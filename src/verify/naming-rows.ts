/**
 * Ledger rows that only name keys. Projections recompute by key whatever the rows given to `revert` name; a row that
 * stands in a table without any event (an orphan) can be named in no other way.
 */
import type { Chain, ChainEvent } from '../events/event.js';
import type { LedgerRow } from '../store/ledger.js';

const HASH = 'named by verify';

function row(chain: Chain, event: Partial<ChainEvent>, more: Partial<LedgerRow> = {}): LedgerRow {
  return {
    chain,
    block: 0,
    transactionIndex: 0,
    transactionHash: HASH,
    blockTime: null,
    finality: 'finalized',
    position: '',
    event: {
      eventIndex: 0,
      kind: 'transfer',
      outcome: 'ok',
      decoder: 'verify',
      decoderVersion: 0,
      asset: { kind: 'token', address: '' },
      ...event,
    },
    ...more,
  };
}

/** @param seen Unix seconds of the wallet's first event */
export const namingWallet = (chain: Chain, address: string, seen: number | null): LedgerRow =>
  row(chain, { from: address }, { blockTime: seen });

export const namingNft = (chain: Chain, tokenId: string): LedgerRow =>
  row(chain, { asset: { kind: 'nft', address: tokenId }, from: 'nobody' }, { position: '0' });

export const namingTransaction = (chain: Chain, transactionHash: string): LedgerRow =>
  row(chain, {}, { transactionHash });

/** Names the wallet's balances of every token, and its user's MusicToken row. */
export const namingBalance = (chain: Chain, address: string): LedgerRow =>
  row(chain, {
    kind: 'claim',
    from: address,
    movements: [{ token: '', account: '', owner: address, delta: 0n }],
  });

export const namingStaker = (chain: Chain, address: string): LedgerRow =>
  row(chain, { kind: 'claim', from: address });
