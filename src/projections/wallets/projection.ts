/**
 * Wallet, UserWallet and the placeholder User for every address that an event names. Kind: earliest wins
 * (createdAt). Undoing looks up the first event that names each touched address; no index finds it, so
 * undoing reads the chain's whole ledger. That is acceptable because forks that reach a confirmed block are
 * rare. Whose a wallet is follows from the platform's links (person.ts): one that a person has linked already
 * belongs to that person from the start.
 */
import type { PoolClient } from 'pg';
import { rowId } from '../../store/ids.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { timeOf } from '../dated.js';
import {
  chainOf,
  type Prepared,
  type Projection,
  type ProjectionContext,
  sortedKeys,
} from '../projection.js';
import { seedPlatformWallets, WALLET } from './compare.js';
import { dateWallets } from './date-wallets.js';
import { explain } from './explain.js';
import { insertWallets } from './insert-wallets.js';
import { walletsOf } from './mentions.js';
import { type Owners, readOwners } from './owners.js';
import { remove, restore, revert } from './rebuild.js';

function earliestByWallet(rows: readonly LedgerRow[]): Map<string, number> {
  const earliest = new Map<string, number>();
  for (const row of rows) {
    const time = timeOf(row);
    for (const address of walletsOf(row)) {
      const known = earliest.get(address);
      if (known === undefined || time < known) earliest.set(address, time);
    }
  }
  return earliest;
}

async function prepare(
  client: PoolClient,
  rows: readonly LedgerRow[],
  _: ProjectionContext,
  owners: Owners,
): Promise<Prepared> {
  const earliest = earliestByWallet(rows);
  const addresses = sortedKeys(earliest.keys());
  const seenOf = (address: string): number => earliest.get(address) ?? 0;
  await readOwners(client, owners, addresses);
  const missing = addresses
    .filter((address) => !owners.has(address))
    .map((address) => ({ address, userId: rowId('user', address) }));
  return {
    counts: {},
    write: async () => {
      const counts = await insertWallets(client, chainOf(rows), missing, seenOf);
      // Fewer rows than expected: another worker inserted some of them meanwhile, perhaps from a later event,
      // or a person had linked them. So read who owns them.
      if (counts.Wallet < missing.length || counts.User < missing.length)
        await readOwners(client, owners, addresses);
      else
        for (const { address, userId } of missing)
          owners.set(address, { user: userId, seen: seenOf(address) });
      const late = addresses.filter((address) => {
        const seen = owners.get(address)?.seen ?? null;
        return seen === null || seen > seenOf(address);
      });
      const dated = await dateWallets(client, late, seenOf);
      return { ...counts, Wallet: counts.Wallet + dated };
    },
  };
}

export const wallets: Projection = {
  name: 'wallets',
  tables: [WALLET],
  prepare,
  revert,
  restore,
  remove,
  seed: seedPlatformWallets,
  explain,
};
