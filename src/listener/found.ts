/**
 * What live finds at the tip: nobody has gone beyond it yet, but others may, who know only what the tables and the announcements say
 * (a replay, the next leader), before the job that holds it is reconciled. So it is told before it is handed on.
 */

import { tell } from '../discovery/catch-up.js';
import type { BlockRange } from '../events/range.js';
import type { ListenerContext } from './context.js';
import { discoveryDeps } from './fill-gaps.js';

/**
 * Tells what the final blocks up to the range's end make known.
 * @returns what the range may be handed on as read with; null: it is to be read again
 */
export async function tellFound(
  context: ListenerContext,
  { toBlock, knowledge = 0 }: BlockRange & { readonly knowledge?: number },
  signal: AbortSignal,
): Promise<number | null> {
  // Something was found in an earlier block since: this would be refused.
  if (knowledge < context.knowledge.number()) return null;
  const found = new Map([...context.found].filter(([, block]) => block <= toBlock));
  if (found.size === 0) return knowledge;
  const number = await tell(discoveryDeps(context), found, toBlock, signal);
  forgetFound(context, { toBlock });
  return number;
}

/** What these blocks made known was told, or they are read again. */
export function forgetFound(
  { found }: Pick<ListenerContext, 'found'>,
  { fromBlock = 0, toBlock = Number.POSITIVE_INFINITY },
): void {
  for (const [address, block] of found) if (block >= fromBlock && block <= toBlock) found.delete(address);
}

/** The chain left these blocks: what they made known is not. */
export function forgetFrom(context: Pick<ListenerContext, 'found' | 'knowledge'>, fromBlock: number): void {
  context.knowledge.forgetFrom(fromBlock);
  forgetFound(context, { fromBlock });
}
