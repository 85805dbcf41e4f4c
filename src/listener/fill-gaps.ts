/**
 * Fills what coverage shows as missing below the live lane: the stretch before the start, whatever a wiped
 * queue or a killed process lost, and blocks that no endpoint gave at first. Coverage is looked up in every
 * round; nothing else is believed.
 */
import { holdBackLate } from '../discovery/hold-back.js';
import { stamped } from '../discovery/stamp.js';
import { type BlockRange, gapsIn } from '../events/range.js';
import { toBatches } from '../readers/batches.js';
import { byFinality, type FinalityRange } from '../readers/by-finality.js';
import type { ErrorCode } from '../runtime/error-codes.js';
import { NdxError } from '../runtime/errors.js';
import { backoff, pause } from '../runtime/pause.js';
import { listAllCoverage } from '../store/coverage/coverage.js';
import { BLOCKS_AT_ONCE, type ListenerContext, noteError } from './context.js';
import { createOthersCatchUp } from './discovery.js';
import { assertFits } from './links/seams.js';
import { noteLostJobs } from './overdue.js';
import { createUpkeep } from './upkeep.js';

/** Blocks taken on between two looks at coverage. */
const ROUND = 5000;
/**
 * Blocks set aside when one of them cannot be read: many at first, so that the rest goes on; one when it
 * fails again.
 */
const ASIDE = 32;
/** How long blocks at the end of a gap that cannot be proven skipped yet are set aside. */
const UNPROVEN_MS = 1000;
/** How long live has to enqueue its first blocks before backfill takes the endpoints. */
const HEAD_START_MS = 3000;
const LONGEST_BACKOFF_MS = 15_000;
/** Errors that say something of a block and nothing of the endpoints: the next gap can be tried at once. */
const OF_THE_BLOCK: readonly ErrorCode[] = ['BLOCK_UNAVAILABLE', 'TRANSACTION_VERSION_UNSUPPORTED'];

/** @throws only when the signal is aborted */
export async function fillGaps(context: ListenerContext, signal: AbortSignal): Promise<never> {
  const upkeep = createUpkeep(context);
  const catchUpWithOthers = createOthersCatchUp(context);
  for (
    const deadline = performance.now() + HEAD_START_MS;
    context.lastProgressAt === null && performance.now() < deadline;
  )
    await pause(20, signal);
  let tries = 0;
  for (;;) {
    let filled = false;
    const known = context.errors.gaps;
    try {
      await upkeep(signal);
      const free = await freeGaps(context);
      await catchUpWithOthers(signal);
      for (const range of firstBlocks(free, ROUND)) {
        await fill(context, range, signal);
        filled = true;
      }
      if (context.errors.gaps === known) delete context.errors.gaps;
      tries = 0;
    } catch (error) {
      signal.throwIfAborted();
      tries += 1;
      noteError(context, 'gaps', error, { tries });
      await pause(backoff(tries, LONGEST_BACKOFF_MS), signal);
      continue;
    }
    await pause(filled ? Math.min(100, context.timing.gaps) : context.timing.gaps, signal);
  }
}

/** Missing blocks that are neither under way nor set aside. */
async function freeGaps(context: ListenerContext): Promise<BlockRange[]> {
  const { reader, inFlight, db } = context;
  await noteLostJobs(context);
  // Blocks that are not final are no gap yet: what was read of them may still settle, or the chain abandon
  // them.
  const before = Math.min(context.next - 1, context.final);
  // Blocks read under another fingerprint are stale, not missing: only an operator has them read again.
  const coverage = await listAllCoverage(db, reader.chain);
  context.gaps = gapsIn(coverage, context.startBlock, before);
  context.metrics?.onGaps?.(context.gaps);
  return inFlight.free(context.gaps, before);
}

/** The oldest `blocks` block numbers of the ranges. */
function firstBlocks(ranges: readonly BlockRange[], blocks: number): BlockRange[] {
  const out: BlockRange[] = [];
  let left = blocks;
  for (const { fromBlock, toBlock } of ranges) {
    if (left <= 0) break;
    const end = Math.min(toBlock, fromBlock + left - 1);
    out.push({ fromBlock, toBlock: end });
    left -= end - fromBlock + 1;
  }
  return out;
}

async function fill(context: ListenerContext, range: BlockRange, signal: AbortSignal): Promise<void> {
  const pieces: FinalityRange[] = byFinality(range, context.tip?.finalized ?? -1);
  for (const piece of pieces) {
    const reached = await fillPiece(context, piece, signal);
    if (reached <= piece.toBlock) return;
  }
}

/** @returns first block that is not enqueued */
async function fillPiece(
  context: ListenerContext,
  piece: FinalityRange,
  signal: AbortSignal,
): Promise<number> {
  const { reader, queue, inFlight, pressure, metrics, timing } = context;
  const { finality, ...range } = piece;
  let next = range.fromBlock;
  try {
    const read = stamped(
      reader.read(range, { finality, concurrency: BLOCKS_AT_ONCE, signal }),
      context.discoveries,
    );
    const spans = holdBackLate(context.discovery, read, signal);
    for await (const batch of toBatches(reader, spans, { finality }, reader.backfill)) {
      await pressure.backfill.room(signal);
      await assertFits(context, batch, range, signal);
      const job = await queue.add(batch, { lane: 'backfill', revive: inFlight.tries(batch) > 0 });
      inFlight.hold(batch, 'enqueued', timing.grace, job);
      next = batch.toBlock + 1;
      context.lastProgressAt = Date.now();
      metrics?.onBatch?.({
        lane: 'backfill',
        blocks: batch.toBlock - batch.fromBlock + 1,
        transactions: batch.transactions.length,
      });
    }
  } catch (error) {
    signal.throwIfAborted();
    // Every error sets blocks aside, so that none, whatever is wrong with it, keeps the others waiting.
    const width = inFlight.tries({ fromBlock: next, toBlock: next }) > 0 ? 1 : ASIDE;
    const aside = { fromBlock: next, toBlock: Math.min(range.toBlock, next + width - 1) };
    inFlight.hold(aside, 'unreadable', timing.aside);
    if (!(error instanceof NdxError) || !OF_THE_BLOCK.includes(error.code)) throw error;
    noteError(context, 'gaps', error, aside);
    return next;
  }
  if (next <= range.toBlock)
    inFlight.hold({ fromBlock: next, toBlock: range.toBlock }, 'unreadable', UNPROVEN_MS);
  return next;
}
