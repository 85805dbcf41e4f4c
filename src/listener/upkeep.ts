/**
 * What the gap filler does from time to time besides filling: it merges rows of coverage, settles
 * contradictions between covered stretches and what is owed another endpoint's word, and reports stale blocks
 * and the lag.
 */
import { blockCount } from '../events/range.js';
import { listAllCoverage, listStale } from '../store/coverage/coverage.js';
import { mergeCoverage } from '../store/coverage/merge-coverage.js';
import { sumOwed } from '../store/coverage/owed-checks.js';
import { newestPending } from '../store/coverage/pending-block.js';
import { type ListenerContext, targetOf } from './context.js';
import { createRecheck } from './links/recheck.js';
import { settleSeams } from './links/seams.js';

/**
 * @returns a function to be called in every round; it does nothing until `timing.merge` milliseconds have
 * passed since it last did something
 */
export function createUpkeep(context: ListenerContext): (signal: AbortSignal) => Promise<void> {
  const recheck = createRecheck(context);
  let doneAt = Number.NEGATIVE_INFINITY;
  return async (signal) => {
    if (performance.now() - doneAt < context.timing.merge) return;
    const { db, metrics, reader } = context;
    await mergeCoverage(db, reader.chain, reader.fingerprint);
    await settleSeams(context, signal);
    await recheck(signal);
    context.owed = await sumOwed(db, reader.chain);
    metrics?.onOwed?.(context.owed);
    const staleBlocks = blockCount(await listStale(db, reader.chain, reader.fingerprint));
    if (staleBlocks > 0 && context.staleBlocks === 0)
      context.log.warn(
        { chain: reader.chain, staleBlocks },
        'blocks were read by other decoders or another configuration: `ndx replay --stale` reads them again',
      );
    context.staleBlocks = staleBlocks;
    metrics?.onStale?.(staleBlocks);
    if (context.tip)
      metrics?.onLag?.(await lagBehind(context, targetOf(context.tip, context.policy.finality)));
    doneAt = performance.now();
  };
}

/** Blocks between `target` and the newest block in the tables, blocks not yet final included. */
async function lagBehind({ db, reader, startBlock }: ListenerContext, target: number): Promise<number> {
  const covered = (await listAllCoverage(db, reader.chain)).at(-1)?.toBlock ?? startBlock - 1;
  return Math.max(0, target - Math.max(covered, (await newestPending(db, reader.chain)) ?? 0));
}
