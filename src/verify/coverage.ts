/** Coverage without gaps: the first thing that has to hold. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';
import { type BlockRange, blockCount, gapsIn, listCoverage } from '../store/coverage.js';
import type { Findings } from './report.js';

export interface CoverageDeps {
  readonly pool: Pool;
  readonly chain: Chain;
  readonly fingerprint: string;
  readonly range: BlockRange;
  /** Milliseconds that running workers get to reconcile what is under way. */
  readonly patience: number;
  readonly findings: Findings;
  readonly signal: AbortSignal;
}

const POLL_MS = 250;

/** Waits while gaps get smaller, then notes those that are left. @returns blocks looked at */
export async function checkCoverage({ pool, chain, fingerprint, range, findings, ...deps }: CoverageDeps): Promise<number> {
  const missing = async () => gapsIn(await listCoverage({ pool }, chain, fingerprint), range.fromBlock, range.toBlock);
  let gaps = await missing();
  for (let deadline = performance.now() + deps.patience; gaps.length > 0 && performance.now() < deadline; ) {
    await sleep(POLL_MS, undefined, { signal: deps.signal });
    const now = await missing();
    if (blockCount(now) < blockCount(gaps)) deadline = performance.now() + deps.patience;
    gaps = now;
  }
  for (const { fromBlock, toBlock } of gaps) {
    findings.add({
      check: 'coverage',
      problem: 'missing',
      subject: 'coverage_range',
      key: fromBlock === toBlock ? `block=${fromBlock}` : `blocks=${fromBlock}..${toBlock}`,
      message: `${toBlock - fromBlock + 1} blocks are not covered under fingerprint ${fingerprint}: a running \`ndx listen\` fills them, or \`ndx replay --chain ${chain} --from ${fromBlock} --to ${toBlock}\``,
      block: fromBlock,
    });
  }
  return blockCount([range]);
}
