/**
 * wallet_balance, wallet_music and MusicToken. Kind: sums; a row whose events are all withdrawn is deleted.
 * Undoing sums the touched wallets again, because times (first, last, last claim) cannot be subtracted. No
 * index finds the movements of a wallet, so undoing reads the chain's whole ledger. That is acceptable
 * because forks that reach a confirmed block are rare.
 */
import type { PoolClient } from 'pg';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { chainOf, type Prepared, type Projection, type ProjectionContext } from '../projection.js';
import type { Owners } from '../wallets/owners.js';
import { balanceDeltas } from './balance-deltas.js';
import { MUSIC_TOKEN, WALLET_BALANCE, WALLET_MUSIC } from './compare.js';
import { explain } from './explain.js';
import { musicDeltas, platformTokenOn } from './music-deltas.js';
import { addWalletMusic } from './music-of-wallets.js';
import { remove, restore, revert } from './rebuild.js';
import { addBalances, balanceInput } from './write-balances.js';
import { addMusic } from './write-music.js';

async function prepare(
  client: PoolClient,
  rows: readonly LedgerRow[],
  context: ProjectionContext,
  owners: Owners,
): Promise<Prepared> {
  const chain = chainOf(rows);
  const balances = balanceDeltas(rows);
  const input = balanceInput(balances);
  const music = musicDeltas(rows, context);
  return {
    counts: {},
    write: async () => {
      if (!chain) return {};
      return {
        wallet_balance: balances.length === 0 ? 0 : await addBalances(client, chain, input),
        wallet_music: await addWalletMusic(
          client,
          chain,
          music,
          platformTokenOn(context, chain)?.decimals ?? 0,
        ),
        MusicToken: await addMusic(client, chain, music, context, owners),
      };
    },
  };
}

export const tokens: Projection = {
  name: 'tokens',
  tables: [WALLET_BALANCE, WALLET_MUSIC, MUSIC_TOKEN],
  prepare,
  revert,
  restore,
  remove,
  explain,
};
