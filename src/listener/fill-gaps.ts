/**
 * Fills what coverage shows as missing below the live lane: the stretch before the start, whatever a wiped queue or a
 * killed process lost, and blocks that no endpoint gave at first. Coverage is looked up again and again; nothing else
 * is believed.
 */

import { catchUp, type DiscoveryDeps, withDiscoveries } from '../discovery/catch-up.js';
import { stamped } from '../discovery/knowledge.js';
import { type BlockRange, blockCount, gapsIn } from '../events/range.js';
import { BACKFILL_LIMITS, toBatches } from '../readers/batches.js';
import { byFinality, type FinalityRange } from '../readers/by-finality.js';
import { type ErrorCode, NdxError } from '../runtime/errors.js';
import { backoff, pause } from '../runtime/pause.js';
import { coveredFrom, listAllCoverage, listCoverage, listStale, mergeCoverage } from '../store/coverage.js';
import { newestPending } from '../store/pending-block.js';
import { type ListenerContext, noteError, targetOf } from './context.js';

/** Blocks taken on between two looks at coverage. */
const ROUND = 5000;
/** Blocks set aside when one of them cannot be read: many at first, so that the rest goes on; one when it fails again. */
const ASIDE = 32;
const UNPROVEN_MS = 1000;
/** How long an address found late waits for the jobs of blocks after it, so that they need not be read again. */
const LANDING_MS = 5000;
const ADOPT_EVERY_MS = 30_000;
/** Soon: until then the tables lack what was found, and coverage does not say so. */
const ADOPT_AGAIN_MS = 3000;
const HEAD_START_MS = 3000;
const LONGEST_BACKOFF_MS = 15_000;
/** Errors that say something of a block and nothing of the endpoints: the next gap can be tried at once. */
const OF_THE_BLOCK: readonly ErrorCode[] = ['BLOCK_UNAVAILABLE', 'TRANSACTION_VERSION_UNSUPPORTED'];

/** @throws only when the signal is aborted */
export async function fillGaps(context: ListenerContext, signal: AbortSignal): Promise<never> {
  const merge = merger(context);
  const adopt = adopter(context);
  // Live enqueues its first blocks before backfill takes the endpoints.
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
      await merge();
      const free = await freeGaps(context);
      await adopt(signal);
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

async function freeGaps(context: ListenerContext): Promise<BlockRange[]> {
  const { reader, inFlight, db } = context;
  await askForOverdue(context);
  // What is not final yet is no gap: it may still settle, or be abandoned.
  const before = Math.min(context.next - 1, context.final);
  // What was read under another fingerprint is stale, not missing: reading all of it again is for an operator to ask for.
  const coverage = await listAllCoverage(db, reader.chain);
  context.gaps = gapsIn(coverage, context.startBlock, before);
  context.metrics?.onGaps?.(context.gaps);
  return inFlight.free(context.gaps, before);
}

/** Asks the queue for jobs that should be done by now. Before coverage is looked up: a job that ended since then is not lost. */
async function askForOverdue({ inFlight, queue, gaps }: ListenerContext): Promise<void> {
  for (const job of inFlight.overdue(gaps)) if ((await queue.state(job)) === 'missing') inFlight.lost(job);
}

/** Oldest first, so many blocks in all. */
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
  const { reader, queue, inFlight, pressure, concurrency, metrics, timing } = context;
  const { finality, ...range } = piece;
  let next = range.fromBlock;
  try {
    const read = stamped(reader.read(range, { finality, concurrency, signal }), context.knowledge);
    const spans = withDiscoveries(discoveryDeps(context), read, signal);
    for await (const batch of toBatches(reader, spans, { finality }, BACKFILL_LIMITS[reader.chain])) {
      await pressure.backfill.room(signal);
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
    // Every error sets something aside, so that no block, whatever is wrong with it, can keep the others waiting.
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

export function discoveryDeps(context: ListenerContext): DiscoveryDeps {
  const { reader, queue, db, log, knowledge, branch } = context;
  return {
    reader,
    queue,
    db,
    log,
    knowledge,
    unsettle: branch.forget,
    landed: (block, signal) => landed(context, block, signal),
    // What is covered is final, whatever live has noticed of it.
    coveredAfter: (block) => coveredFrom(db, reader.chain, reader.fingerprint, block + 1),
  };
}

/** Resolves when no job of the blocks after `after` is under way, or some seconds later. */
async function landed(context: ListenerContext, after: number, signal: AbortSignal): Promise<void> {
  // What live enqueues from now on is read with everything, and what is not final yet is read again when it is.
  const upTo = Math.min(context.next - 1, context.final);
  for (
    const deadline = performance.now() + LANDING_MS;
    performance.now() < deadline;
    await pause(100, signal)
  ) {
    await askForOverdue(context);
    const missing = gapsIn(
      await listCoverage(context.db, context.reader.chain, context.reader.fingerprint),
      after + 1,
      upTo,
    );
    if (context.inFlight.enqueued(missing).length === 0) return;
  }
}

/**
 * Addresses that another process found, or found before us and handed on after our start: nobody here read that block, so
 * nobody here has caught up with them. Looked for while there are gaps, and once more when there are none. What cannot be caught up with
 * now is tried again later, and keeps no gap waiting: the reader follows it already.
 */
function adopter(context: ListenerContext): (signal: AbortSignal) => Promise<void> {
  const { reader, knowledge } = context;
  const startedAt = context.next;
  let complete = !reader.discovers;
  let failed = false;
  let adoptedAt = performance.now();
  return async (signal) => {
    await knowledge.keepUp();
    const below = context.gaps.some((gap) => gap.fromBlock < startedAt);
    const wait = failed ? ADOPT_AGAIN_MS : below ? ADOPT_EVERY_MS : 0;
    if (complete || performance.now() - adoptedAt < wait) return;
    const fresh = await knowledge.refresh();
    try {
      if (fresh.size > 0)
        await knowledge.adopt((await catchUp(discoveryDeps(context), fresh, signal)).addresses);
      failed = false;
    } catch (error) {
      signal.throwIfAborted();
      failed = true;
      noteError(context, 'gaps', error, { addresses: fresh.size });
    }
    adoptedAt = performance.now();
    complete = !below && !failed;
  };
}

function merger(context: ListenerContext): () => Promise<void> {
  let mergedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - mergedAt < context.timing.merge) return;
    const { db, metrics, reader } = context;
    await mergeCoverage(db, reader.chain, reader.fingerprint);
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
    mergedAt = performance.now();
  };
}

async function lagBehind({ db, reader, startBlock }: ListenerContext, target: number): Promise<number> {
  const covered = (await listAllCoverage(db, reader.chain)).at(-1)?.toBlock ?? startBlock - 1;
  // What is reconciled as pending can be read, too.
  return Math.max(0, target - Math.max(covered, (await newestPending(db, reader.chain)) ?? 0));
}
