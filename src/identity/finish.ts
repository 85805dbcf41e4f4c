/** The end of a move: sums are made again, and what nobody needs any more is deleted. */
import type { PoolClient } from 'pg';
import { CHAINS } from '../events/event.js';
import { sortedKeys } from '../projections/projection.js';
import { deleteEmptyMusic, sumMusic } from '../projections/tokens/music-of-wallets.js';
import { deletePlaceholders } from '../projections/wallets/delete-wallets.js';
import { rowId } from '../store/ids.js';
import type { Move } from './move-rows.js';
import { tellMoved, tellTurned } from './tell.js';
import { lockWallet, personOf, turnWallet } from './turn.js';

/**
 * Ends the move when no row is left to be moved and no transaction can bring another one. An event may have
 * named the wallet meanwhile for the wrong user: then the wallet is turned again, and the move goes on.
 */
export async function finishMove(client: PoolClient, move: Move): Promise<void> {
  const { address, sources, target } = move;
  const wallet = await lockWallet(client, address);
  const person = await personOf(client, address);
  const placeholder = rowId('user', address);
  if (wallet && wallet.user !== (wallet.named ? (person ?? placeholder) : person)) {
    const turned = await turnWallet(client, address);
    if (turned) await tellTurned(client, [turned]);
    return;
  }
  const users = sortedKeys([...sources, target]);
  // A wallet whose last event was withdrawn meanwhile may be gone: it leaves empty sums, on whichever chain.
  for (const chain of wallet ? [wallet.chain] : CHAINS) {
    if (wallet) await sumMusic(client, chain, users);
    await deleteEmptyMusic(client, chain, users);
  }
  // Before the placeholder, which stays for as long as rows are moved.
  await client.query('DELETE FROM wallet_move WHERE address = $1', [address]);
  if (wallet?.user !== placeholder) {
    await client.query(`DELETE FROM "UserWallet" WHERE id = $1`, [rowId('link', address)]);
    await deletePlaceholders(client, [address]);
  }
  // Made by us for a link that is gone, or kept for one when its last event was withdrawn.
  await client.query(
    `DELETE FROM "Wallet" w WHERE w.id = $1 AND w."firstSeen" IS NULL AND w."userId" IS NULL
        AND NOT EXISTS (SELECT 1 FROM "UserWallet" l WHERE l."walletId" = w.id)`,
    [rowId('wallet', address)],
  );
  if (sources.length > 0) await tellMoved(client, move);
}
