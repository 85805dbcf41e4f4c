/** Catches up address by address. For long ranges, in which the addresses have few transactions. */

import type { BlockRange } from '../events/range.js';
import { byFinality } from '../readers/by-finality.js';
import type { DiscoveryDeps } from './deps.js';
import { announceAndFence, type Fenced, hullOf } from './fence.js';
import type { Findings } from './findings.js';

const ADDRESSES_AT_ONCE = 8;

/**
 * Reads the transactions of the findings' addresses in the fenced ranges, then those of the addresses that
 * these transactions discover, until no more are discovered.
 * @param held blocks that were read with the first addresses, are not handed on yet, and lack transactions of
 * all addresses discovered later
 * @returns `knowledge` of the last announcement
 * @throws NdxError as announceAndFence; what the endpoints said
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
  // Blocks that were held back before the one of a discovery were read without it, if it is ours there too.
  const before = held && [...addresses.values()].some((since) => since < held.fromBlock);
  let withHeld: readonly BlockRange[] = before ? [held] : [];
  for (let round = [...addresses.keys()]; ; ) {
    const hull = hullOf([...withHeld, ...fenced.ranges]);
    if (!hull || (fenced.ranges.length === 0 && !before)) return fenced.knowledge;
    const { chain } = reader;
    log.info({ chain, addresses: round.length, ranges: fenced.ranges.length }, CATCHING_UP);
    const pieces = byFinality(hull, (await reader.tip(signal)).finalized);
    const further = new Map<string, number>();
    // Grows by the accounts that held an address: a transaction may name only these.
    const places = [...new Set(round.map((address) => reader.placeOf?.(address) ?? address))];
    const listed = new Set(places);
    const read = async (place: string): Promise<void> => {
      for (const { finality, ...range } of pieces) {
        const options = { finality, signal, skip: findings.has };
        for await (const found of reader.readAddress(place, range, options)) {
          const { block, events, problems = [] } = found.transaction;
          // What a place lists that is not itself an address of ours is mostly others'.
          if (addresses.has(place) || events.length + problems.length > 0) findings.add(finality, found);
          for (const made of found.discovered ?? [])
            if (discoveries.isLate(made, block) && !addresses.has(made))
              further.set(made, Math.min(block, further.get(made) ?? block));
          for (const { account, of } of found.holders ?? [])
            if (addresses.has(of) && !listed.has(account)) {
              listed.add(account);
              places.push(account);
            }
        }
      }
    };
    for (let at = 0; at < places.length; ) {
      const next = places.slice(at, at + ADDRESSES_AT_ONCE);
      at += next.length;
      await Promise.all(next.map(read));
    }
    if (further.size === 0) return fenced.knowledge;
    for (const [address, block] of further) addresses.set(address, block);
    round = [...further.keys()];
    withHeld = held ? [held] : [];
    // In every round, because others read on meanwhile without the addresses that this round discovered.
    fenced = await announceAndFence(deps, further, Number.POSITIVE_INFINITY, signal);
  }
}

export const CATCHING_UP = 'catching up with addresses that were discovered late';
