/**
 * What all samples share: what they need, what they return, and how they wait for the tables to be
 * reconciled.
 */

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
  /** First block of the deployment: the tables hold nothing of what happened before. */
  readonly startBlock: number;
  readonly size: number;
  readonly seed: number;
  /** Milliseconds that reconcile may take to reach the block of an answer. */
  readonly patience: number;
  /** Set once a wait has lasted longer than `patience`: nobody reconciles, so no other sample waits. */
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
 * Waits until everything from the start block to `block` is reconciled, at most as long as `patience`.
 * @returns `block`, or the newest block up to which everything is reconciled when patience has ended
 * @throws the signal's reason when it is aborted
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

/**
 * Runs `work` for every item, `atOnce` at a time (default 4). @returns the results in the order of the items
 */
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
