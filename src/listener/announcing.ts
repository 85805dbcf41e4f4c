/**
 * Addresses that the live lane discovers at the tip are announced before the block that holds them is handed
 * on. This process has read nothing beyond that block, but another process may have (a replay, the next
 * leader), and until the block's job is reconciled the tables do not say that the address is ours.
 */
import { announceAtTip } from '../discovery/announce-at-tip.js';
import { lateDiscoveries } from '../discovery/late.js';
import type { BlockRange } from '../events/range.js';
import type { DecodedSpan } from '../readers/reader.js';
import type { ListenerContext } from './context.js';

type Unannounced = Pick<ListenerContext, 'unannounced'>;

/**
 * Passes the spans on unchanged and notes in `unannounced` the addresses that they discover, to be announced
 * when their blocks are final.
 */
export async function* noteDiscoveries(
  { discoveries, unannounced }: Unannounced & Pick<ListenerContext, 'discoveries'>,
  spans: AsyncIterable<DecodedSpan>,
): AsyncGenerator<DecodedSpan> {
  for await (const span of spans) {
    // The earliest block counts: blocks that were read before the announcement may discover the same address
    // again.
    for (const [address, since] of lateDiscoveries(span, discoveries)) {
      const before = unannounced.get(address);
      unannounced.set(address, {
        block: Math.min(span.toBlock, before?.block ?? span.toBlock),
        since: Math.min(since, before?.since ?? since),
      });
    }
    yield span;
  }
}

/**
 * Announces the addresses that were discovered in blocks up to the end of the range, which have to be final.
 * @param range the blocks to be handed on, with the `knowledge` that they were read with
 * @returns the `knowledge` with which the range may be handed on; null when it has to be read again
 * @throws NdxError BLOCK_UNAVAILABLE (retryable) when others announced at the same time or a job of catching
 * up failed; what the endpoints said while catching up
 */
export async function announceUpTo(
  context: ListenerContext,
  { toBlock, knowledge = 0 }: BlockRange & { readonly knowledge?: number },
  signal: AbortSignal,
): Promise<number | null> {
  // Something was announced after the range was read: reconcile would refuse the range.
  if (knowledge < context.discoveries.knowledge()) return null;
  const addresses = new Map(
    [...context.unannounced].flatMap(([address, { block, since }]) =>
      block <= toBlock ? [[address, since] as const] : [],
    ),
  );
  if (addresses.size === 0) return knowledge;
  const announcement = await announceAtTip(context.discovery, addresses, toBlock, signal);
  forgetUnannounced(context, { toBlock });
  return announcement;
}

/** Forgets discoveries of these blocks: they are announced by now, or the blocks will be read again. */
export function forgetUnannounced(
  { unannounced }: Unannounced,
  { fromBlock = 0, toBlock = Number.POSITIVE_INFINITY },
): void {
  for (const [address, { block }] of unannounced)
    if (block >= fromBlock && block <= toBlock) unannounced.delete(address);
}

/**
 * To be called when a fork took back the blocks from `fromBlock` on: addresses discovered in them are no
 * longer followed.
 */
export function forgetDiscoveredFrom(
  context: Unannounced & Pick<ListenerContext, 'discoveries'>,
  fromBlock: number,
): void {
  context.discoveries.forgetFrom(fromBlock);
  forgetUnannounced(context, { fromBlock });
}
