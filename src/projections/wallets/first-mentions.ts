import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { dated } from '../dated.js';
import { MENTIONS } from './mentions.js';

/**
 * Time of the first event that names each address, in Unix seconds. Addresses that no event names are left
 * out.
 */
export async function firstMentions(
  client: PoolClient,
  chain: Chain | undefined,
  addresses: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await client.query<{ address: string; seen: number | null }>(
    `SELECT address, extract(epoch FROM min(block_time))::float8 AS seen
       FROM (${MENTIONS}) m GROUP BY address`,
    [chain, addresses],
  );
  return new Map(rows.map(({ address, seen }) => [address, dated(seen, `the first event of ${address}`)]));
}
