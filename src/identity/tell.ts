/**
 * What the feed is told of links and moves. Ids and addresses only: the feed is kept, and no personal data is
 * in it.
 */
import type { PoolClient } from 'pg';
import { appendChange } from '../feed/append.js';
import type { Move } from './move-rows.js';
import type { Turned } from './turn.js';

/** Wallets that belong to another user now. The last write of its transaction. */
export async function tellTurned(client: PoolClient, turned: readonly Turned[]): Promise<void> {
  await appendChange(client, {
    lane: 'live',
    records: turned.map(({ address, chain, former, user }) => ({
      subject: 'link',
      kind: 'changed',
      key: address,
      about: { wallets: [address], users: [former, user].filter((id) => id !== null) },
      content: { chain, address, formerUser: former, user },
    })),
  });
}

/** Rows of a wallet have got their new user: for caches only. The last write of its transaction. */
export async function tellMoved(client: PoolClient, { address, sources, target }: Move): Promise<void> {
  await appendChange(client, {
    lane: 'live',
    records: [
      {
        subject: 'link',
        kind: 'changed',
        key: address,
        internal: true,
        about: { wallets: [address], users: [...sources, target] },
      },
    ],
  });
}
