/** What all samples share: where they note what they find, and how far the tables are. */

import type { Pool } from 'pg';
import { gapsIn } from '../../events/range.js';
import { pause } from '../../runtime/pause.js';
import { listAllCoverage } from '../../store/coverage/coverage.js';
import type { ChainView } from '../chain-view.js';
import type { Check } from '../checks.js';
import type { Finding } from '../findings.js';

export interface SampleDeps {
  readonly pool: Pool;
  readonly view: ChainView;
  /** First block of the deployment: what happened before is not in the tables. */
  readonly startBlock: number;
  readonly size: number;
  readonly seed: number;
  /** Milliseconds that reconcile may take to reach the block of an answer. */
  readonly patience: number;
  /** Set when patience once ended in vain: nobody reconciles, and no other sample waits. */
  readonly waiting: { inVain: boolean };
  readonly signal: AbortSignal;
}

export interface SampleResult {
  readonly check: Check;
  readonly checked: number;
  readonly unproven: string[];
  readonly findings: Finding[];
}

const POLL_MS = 250;

/**
 * Waits until everything from the start to `block` is reconciled.
 * @returns the newest block up to which that is so: `block`, or less when patience ended
 */
export async function reached(
  { pool, view, startBlock, patience, waiting, signal }: SampleDeps,
  block: number,
): Promise<number> {
  for (const deadline = performance.now() + patience; ; ) {
    const coverage = await listAllCoverage({ pool }, view.reader.chain);
    const [gap] = gapsIn(coverage, startBlock, block);
    if (!gap) return block;
    if (performance.now() >= deadline) waiting.inVain = true;
    if (waiting.inVain) return gap.fromBlock - 1;
    await pause(POLL_MS, signal);
  }
}

/** `work` for every item, a few at once, results in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  atOnce = 4,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += atOnce)
    results.push(...(await Promise.all(items.slice(at, at + atOnce).map(work))));
  return results;
}
