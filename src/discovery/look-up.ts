/** Catches up address by address, for addresses with few transactions. */

import type { BlockRange } from '../events/range.js';
import { byFinality } from '../readers/by-finality.js';
import type { DiscoveryDeps } from './deps.js';
import { announceAndFence, type Fenced, hullOf } from './fence.js';
import type { Findings } from './findings.js';

const ADDRESSES_AT_ONCE = 8;

/**
 * Reads what the fenced ranges hold of the findings' addresses, then of those that these transactions make
 * known, until there are no more.
 * @param held blocks that were read with the first addresses, are not handed on yet, and lack the
 * transactions of all others
 * @returns `knowledge` of the last announcement
 */
export async function lookUp(
  deps: DiscoveryDeps,
  findings: Findings,
  first: Fenced,
  held: BlockRange | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { reader, discoveries, log } = deps;
  const { addresses } = findings;
  let fenced = first;
  let withHeld: readonly BlockRange[] = [];
  for (let round = [...addresses.keys()]; ; ) {
    const hull = fenced.ranges.length === 0 ? null : hullOf([...withHeld, ...fenced.ranges]);
    if (!hull) return fenced.knowledge;
    const { chain } = reader;
    log.info({ chain, addresses: round.length, ranges: fenced.ranges.length }, CATCHING_UP);
    const pieces = byFinality(hull, (await reader.tip(signal)).finalized);
    const further = new Map<string, number>();
    const read = async (address: string): Promise<void> => {
      for (const { finality, ...range } of pieces) {
        for await (const found of reader.readAddress(address, range, { finality, signal })) {
          findings.add(finality, found);
          const { block } = found.transaction;
          for (const made of found.discovered ?? [])
            if (discoveries.isLate(made, block) && !addresses.has(made))
              further.set(made, Math.min(block, further.get(made) ?? block));
        }
      }
    };
    for (let at = 0; at < round.length; at += ADDRESSES_AT_ONCE)
      await Promise.all(round.slice(at, at + ADDRESSES_AT_ONCE).map(read));
    if (further.size === 0) return fenced.knowledge;
    for (const [address, block] of further) addresses.set(address, block);
    round = [...further.keys()];
    withHeld = held ? [held] : [];
    // In every round: others read on meanwhile, without the addresses that the round before made known.
    fenced = await announceAndFence(deps, further, Number.POSITIVE_INFINITY, signal);
  }
}

/** Log text. */
export const CATCHING_UP = 'catching up with addresses that were discovered late';
