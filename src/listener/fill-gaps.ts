/**
 * Fills what coverage shows as missing below the live lane: the blocks before the start, what a wiped queue
 * or a killed process lost, and blocks that no endpoint gave at first. Every round looks coverage up again
 * and trusts nothing else.
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

/** Blocks read between two looks at coverage. */
const ROUND = 5000;
/**
 * Blocks set aside when one of them cannot be read: 32 at the first failure, so that the others go on; only
 * the one block when it fails again.
 */
const ASIDE = 32;
/**
 * How long blocks at the end of a gap are set aside when no later block proves yet that they were skipped.
 */
const UNPROVEN_MS = 1000;
/**
 * How long backfill leaves the endpoints to the live lane at the start, so that live enqueues its first
 * blocks.
 */
const HEAD_START_MS = 3000;
const LONGEST_BACKOFF_MS = 15_000;
/** Errors that concern one block and not the endpoints: the next gap can be tried at once. */
const OF_THE_BLOCK: readonly ErrorCode[] = [
  'BLOCK_UNAVAILABLE',
  'SOURCES_DISAGREE',
  'TRANSACTION_VERSION_UNSUPPORTED',
];

/**
 * Runs until the signal is aborted; every other error is noted and tried again. @throws the signal's reason
 * only
 */
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

/** Ranges missing in coverage that are neither enqueued nor set aside. */
async function freeGaps(context: ListenerContext): Promise<BlockRange[]> {
  const { reader, inFlight, db } = context;
  await noteLostJobs(context);
  // Blocks above `final` are no gaps yet: what was read of them may still settle, or the chain may drop them.
  const before = Math.min(context.next - 1, context.final);
  // Blocks covered under another fingerprint are stale, not missing: only `ndx replay --stale` reads them
  // again.
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

/** @returns the first block that is not enqueued */
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
    // Every error sets blocks aside, whatever its cause, so that no block keeps the others waiting.
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
