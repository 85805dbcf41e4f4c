/**
 * Catches up block by block, for all addresses at once. It reads in the order of the chain, so that an
 * address discovered on the way is read from there on.
 */
import { byFinality } from '../readers/by-finality.js';
import type { DiscoveryDeps } from './deps.js';
import { announceAndFence, type Fenced, hullOf } from './fence.js';
import type { Findings } from './findings.js';
import { CATCHING_UP } from './look-up.js';

/**
 * For readers that have `readAddresses`.
 * @returns `knowledge` of the last announcement
 * @throws NdxError as announceAndFence; what the endpoints said
 */
export async function scan(
  deps: DiscoveryDeps,
  findings: Findings,
  first: Fenced,
  signal: AbortSignal,
): Promise<number> {
  const { reader, discoveries, log } = deps;
  const { addresses } = findings;
  let fenced = first;
  for (let from = 0, wanted = [...addresses.keys()]; ; ) {
    const hull = hullOf(fenced.ranges);
    if (!hull || hull.toBlock < from) return fenced.knowledge;
    const { chain } = reader;
    log.info({ chain, addresses: wanted.length, ranges: fenced.ranges.length }, CATCHING_UP);
    const before = addresses.size;
    const late = (address: string, block: number): boolean =>
      discoveries.isLate(address, block) && !addresses.has(address);
    const range = { fromBlock: Math.max(from, hull.fromBlock), toBlock: hull.toBlock };
    for (const { finality, ...piece } of byFinality(range, (await reader.tip(signal)).finalized)) {
      for await (const span of reader.readAddresses?.(wanted, piece, { finality, signal, late }) ?? []) {
        const { source, owed = [] } = span;
        for (const transaction of span.transactions) findings.add(finality, { transaction, source, owed });
        for (const address of span.discovered ?? [])
          if (late(address, span.toBlock)) addresses.set(address, span.toBlock);
      }
    }
    if (addresses.size === before) return fenced.knowledge;
    // Others read on meanwhile without the addresses discovered here: announce, fence and look through what
    // they covered.
    const further = [...addresses].slice(before);
    wanted = further.map(([address]) => address);
    from = hull.toBlock + 1;
    fenced = await announceAndFence(deps, new Map(further), Number.POSITIVE_INFINITY, signal);
  }
}
