/**
 * What live discovers at the tip is announced before the block that holds it is handed on. Nobody here has
 * read beyond that block, but another process may (a replay, the next leader), and until the block's job is
 * reconciled the tables do not say what it made known.
 */
import { announceAtTip } from '../discovery/announce-at-tip.js';
import { lateDiscoveries } from '../discovery/late.js';
import type { BlockRange } from '../events/range.js';
import type { DecodedSpan } from '../readers/reader.js';
import type { ListenerContext } from './context.js';

type Unannounced = Pick<ListenerContext, 'unannounced'>;

/** Passes the spans on and notes what is to be announced when their blocks are final. */
export async function* noteDiscoveries(
  { discoveries, unannounced }: Unannounced & Pick<ListenerContext, 'discoveries'>,
  spans: AsyncIterable<DecodedSpan>,
): AsyncGenerator<DecodedSpan> {
  for await (const span of spans) {
    // The first block counts: blocks that were read before the announcement may hold what makes the address
    // known once more.
    for (const address of lateDiscoveries(span, discoveries))
      unannounced.set(address, Math.min(span.toBlock, unannounced.get(address) ?? span.toBlock));
    yield span;
  }
}

/**
 * Announces what the final blocks up to the range's end make known.
 * @returns the `knowledge` with which the range may be handed on; null: it has to be read again
 * @throws NdxError as announceAtTip
 */
export async function announceUpTo(
  context: ListenerContext,
  { toBlock, knowledge = 0 }: BlockRange & { readonly knowledge?: number },
  signal: AbortSignal,
): Promise<number | null> {
  // Something was announced after the range was read: reconcile may refuse it.
  if (knowledge < context.discoveries.knowledge()) return null;
  const addresses = new Map([...context.unannounced].filter(([, block]) => block <= toBlock));
  if (addresses.size === 0) return knowledge;
  const announcement = await announceAtTip(context.discovery, addresses, toBlock, signal);
  forgetUnannounced(context, { toBlock });
  return announcement;
}

/** For blocks whose discoveries are announced, or that will be read again. */
export function forgetUnannounced(
  { unannounced }: Unannounced,
  { fromBlock = 0, toBlock = Number.POSITIVE_INFINITY },
): void {
  for (const [address, block] of unannounced)
    if (block >= fromBlock && block <= toBlock) unannounced.delete(address);
}

/** A fork took these blocks back: what was discovered in them is not followed any more. */
export function forgetDiscoveredFrom(
  context: Unannounced & Pick<ListenerContext, 'discoveries'>,
  fromBlock: number,
): void {
  context.discoveries.forgetFrom(fromBlock);
  forgetUnannounced(context, { fromBlock });
}
