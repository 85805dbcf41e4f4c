/**
 * Commands that ask endpoints and work on a database: the endpoints have to be on the chain that the database
 * holds. An endpoint of another chain gives answers that agree with each other, and would be believed.
 */
import type { Chain } from '../../events/event.js';
import { assertSameChain, readChainState } from '../../store/chain-state.js';
import type { Database } from '../../store/database.js';

/** A reader or an oracle. */
interface AsksEndpoints {
  genesis(signal: AbortSignal, expected?: string | null): Promise<string>;
}

/**
 * Asks every endpoint which chain it is on. From here on those of another chain are refused, each by itself,
 * and each is asked again now and then. A database that has followed no chain yet takes the one that is
 * served.
 * @throws NdxError RPC_WRONG_CHAIN when no endpoint serves the database's chain, or what asking failed with
 */
export async function assertStoredChain(
  endpoints: AsksEndpoints,
  db: Pick<Database, 'prisma'>,
  chain: Chain,
  signal: AbortSignal,
): Promise<void> {
  const stored = await readChainState(db, chain);
  const served = await endpoints.genesis(signal, stored?.genesis ?? null);
  if (stored) assertSameChain(stored, served);
}
