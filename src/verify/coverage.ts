/** Checks that coverage has no gaps: the first thing that has to hold. */

import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';
import { type BlockRange, blockCount, clip, gapsIn } from '../events/range.js';
import { pause } from '../runtime/pause.js';
import { listAllCoverage, listStale } from '../store/coverage/coverage.js';
import type { Finding, Findings } from './findings.js';

export interface CoverageDeps {
  readonly pool: Pool;
  readonly chain: Chain;
  readonly fingerprint: string;
  readonly range: BlockRange;
  /**
   * Milliseconds that running workers get to reconcile what is under way; counted anew whenever the gaps
   * shrink.
   */
  readonly patience: number;
  readonly findings: Findings;
  readonly signal: AbortSignal;
}

const POLL_MS = 250;

/**
 * Waits while the gaps get smaller, then reports those that are left, and what is stale.
 * @returns the number of blocks checked
 * @throws the signal's reason when it is aborted
 */
export async function checkCoverage({
  pool,
  chain,
  fingerprint,
  range,
  findings,
  ...deps
}: CoverageDeps): Promise<number> {
  const missing = async () => gapsIn(await listAllCoverage({ pool }, chain), range.fromBlock, range.toBlock);
  let gaps = await missing();
  for (let deadline = performance.now() + deps.patience; gaps.length > 0 && performance.now() < deadline; ) {
    await pause(POLL_MS, deps.signal);
    const now = await missing();
    if (blockCount(now) < blockCount(gaps)) deadline = performance.now() + deps.patience;
    gaps = now;
  }
  for (const gap of gaps) {
    findings.add(
      findingOf(
        'missing',
        gap,
        `not covered: a running \`ndx listen\` fills them, or \`ndx replay --chain ${chain} ${flags(gap)}\``,
      ),
    );
  }
  for (const stale of clip(await listStale({ pool }, chain, fingerprint), range)) {
    findings.add(
      findingOf(
        'stale',
        stale,
        `covered under another fingerprint than ${fingerprint}: \`ndx replay --chain ${chain} --stale\``,
      ),
    );
  }
  return blockCount([range]);
}

function findingOf(problem: 'missing' | 'stale', { fromBlock, toBlock }: BlockRange, what: string): Finding {
  const key = fromBlock === toBlock ? `block=${fromBlock}` : `blocks=${fromBlock}..${toBlock}`;
  const blocks = toBlock - fromBlock + 1;
  return {
    check: 'coverage',
    problem,
    subject: 'coverage_range',
    key,
    message: `${blocks} ${blocks === 1 ? 'block' : 'blocks'} ${what}`,
    block: fromBlock,
  };
}

const flags = ({ fromBlock, toBlock }: BlockRange) => `--from ${fromBlock} --to ${toBlock}`;
