/**
 * Checks that the endpoints are on the chain that the tables stand on. An endpoint of another chain, or of a
 * branch that nobody else knows, is consistent with itself; it is told by the chain's first block and by
 * blocks that were read before.
 */
import { contradiction, standingOf } from '../../readers/standing.js';
import { assertSameChain } from '../../store/chain-state.js';
import { newestStretch } from '../../store/coverage/links.js';
import type { ListenerContext } from '../context.js';
import { noteDenied } from './denied.js';

/**
 * To be called before live goes on from a block that does not link to a block that it has read.
 * @throws NdxError RPC_WRONG_CHAIN when the endpoints are on another chain, BLOCK_UNAVAILABLE (retryable)
 * when they do not hold the newest block that the tables stand on
 */
export async function assertKnownChain(context: ListenerContext, signal: AbortSignal): Promise<void> {
  const { reader, db, genesis } = context;
  assertSameChain({ chain: reader.chain, genesis }, await reader.genesis(signal, genesis));
  if (!reader.finalNames) return;
  const newest = await newestStretch(db, reader.chain);
  if (newest === null) return;
  const standing = await standingOf(context, newest.last, signal);
  if (standing === 'holds') return;
  // A block that no endpoint keeps any more cannot be compared: the check of the first block has to suffice.
  if (standing === 'absent' && (await reader.firstAvailable(signal)) > newest.last.block) return;
  if (standing === 'denied') await noteDenied(context, newest, signal);
  throw contradiction(
    reader,
    newest,
    `they end with block ${newest.last.block} of hash ${newest.last.hash}, which the endpoints do not hold`,
  );
}
