/**
 * Follows the tip in the live lane. A hint (websocket) or the poll interval wakes it up; then it asks the
 * endpoints for the tip and reads up to there.
 */
import { stamped } from '../discovery/stamp.js';
import { toBatches } from '../readers/batches.js';
import { byFinality } from '../readers/by-finality.js';
import { LIVE_LIMITS } from '../readers/limits.js';
import type { DecodedSpan } from '../readers/reader.js';
import type { ErrorCode } from '../runtime/error-codes.js';
import { backoff, createWakeup, pause } from '../runtime/pause.js';
import { writeChainState } from '../store/chain-state.js';
import { announceUpTo, forgetDiscoveredFrom, noteDiscoveries } from './announcing.js';
import { BLOCKS_AT_ONCE, believedTip, codeOf, type ListenerContext, noteError, targetOf } from './context.js';
import { assertKnownChain } from './links/known-chain.js';
import { settleFinal } from './settle-final.js';

/**
 * Blocks that live may be behind the tip. Further behind, it jumps to the tip and leaves the blocks between
 * to the gap filler.
 */
export const LIVE_WINDOW = 512;
/** At most so often the chain's state is written to the database. */
const STATE_EVERY_MS = 1000;
const LONGEST_BACKOFF_MS = 15_000;
/**
 * Failures at the same block after which live goes on behind it. The block stays a gap for the gap filler.
 */
const PATIENCE = 5;
/**
 * How long the tip waits for another endpoint's word of a block. A block that is not compared by then is
 * compared before it settles, or by upkeep.
 */
const PATIENCE_MS = 500;
/**
 * Rounds without progress after which live waits for the next look at the tip: endpoints on different
 * branches may be answering in turn.
 */
const AGAIN_AT_ONCE = 5;
/** Errors after which live may leave a block to the gap filler. */
const OF_THE_BLOCK: readonly ErrorCode[] = [
  'BLOCK_UNAVAILABLE',
  'SOURCES_DISAGREE',
  'RPC_BAD_RESPONSE',
  'INTERNAL',
];

/**
 * Runs until the signal is aborted; every other error is noted and tried again. @throws the signal's reason
 * only
 */
export async function followTip(context: ListenerContext, signal: AbortSignal): Promise<never> {
  const { reader, timing } = context;
  const wakeup = createWakeup();
  reader.watch(wakeup.wake, signal);
  const writeState = stateWriter(context);
  let tries = 0;
  let failingAt = -1;
  for (;;) {
    try {
      const tip = await believedTip(context, signal);
      if (tip.head !== context.tip?.head) context.headMovedAt = Date.now();
      context.tip = tip;
      context.metrics?.onTip?.(tip);
      await writeState();
      const target = targetOf(tip, context.policy.finality);
      stepBack(context, target);
      if (target - context.next > LIVE_WINDOW) await jump(context, target, 'too far behind', signal);
      for (let again = 0; again < AGAIN_AT_ONCE; ) {
        const { next } = context;
        if ((await advance(context, target, signal)) === 'done') break;
        again = context.next > next ? 0 : again + 1;
      }
      await settleFinal(context, signal);
      if (context.next > target) context.lastProgressAt = Date.now();
      tries = 0;
      delete context.errors.follow;
    } catch (error) {
      signal.throwIfAborted();
      tries = failingAt === context.next ? tries + 1 : 1;
      failingAt = context.next;
      noteError(context, 'follow', error, { next: context.next, tries });
      if (tries >= PATIENCE && context.tip && OF_THE_BLOCK.includes(codeOf(error))) {
        const target = targetOf(context.tip, context.policy.finality);
        await jump(context, target, `block ${context.next} cannot be read`, signal).catch(
          (refusal: unknown) => {
            signal.throwIfAborted();
            noteError(context, 'follow', refusal, { next: context.next, tries });
          },
        );
      }
      await pause(backoff(tries, LONGEST_BACKOFF_MS), signal);
      continue;
    }
    await wakeup.wait(timing.poll, signal);
  }
}

/**
 * Makes `target` the next block that live reads. @throws NdxError as assertKnownChain; then live stays where
 * it is
 */
async function jump(
  context: ListenerContext,
  target: number,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  if (target <= context.next) return;
  await assertKnownChain(context, signal);
  context.log.warn(
    { chain: context.reader.chain, from: context.next, to: target, reason },
    'live jumps ahead, the stretch between is filled later',
  );
  context.jumpedFrom ??= context.next;
  context.next = target;
  context.linked = false;
  context.branch.forget();
}

/** Undoes a jump to a tip that was wrong: nothing was read there, and the chain is not that far. */
function stepBack(context: ListenerContext, target: number): void {
  const { jumpedFrom, next } = context;
  if (jumpedFrom === null || target >= next) return;
  context.next = Math.max(jumpedFrom, target - LIVE_WINDOW);
  context.jumpedFrom = context.next > jumpedFrom ? jumpedFrom : null;
  context.log.warn(
    { chain: context.reader.chain, from: next, to: context.next, tip: target },
    'the tip that live jumped to was none: live steps back',
  );
}

/**
 * Reads and enqueues blocks from `next` to `target`, as far as the source can prove that none is left out.
 * @returns `again` when `next` was moved back, or blocks have to be read again with addresses announced
 * meanwhile
 */
async function advance(
  context: ListenerContext,
  target: number,
  signal: AbortSignal,
): Promise<'done' | 'again'> {
  const { reader, queue, inFlight, pressure, metrics, discoveries } = context;
  if (target < context.next) return 'done';
  for (const { finality, ...range } of byFinality(
    { fromBlock: context.next, toBlock: target },
    context.tip?.finalized ?? -1,
  )) {
    const fork: { from: number | null } = { from: null };
    const read = untilFork(
      context,
      stamped(
        reader.read(range, { finality, concurrency: BLOCKS_AT_ONCE, signal, patienceMs: PATIENCE_MS }),
        discoveries,
      ),
      fork,
    );
    const spans = noteDiscoveries(context, read);
    for await (const batch of toBatches(reader, spans, { finality }, LIVE_LIMITS)) {
      await pressure.live.room(signal);
      // Discoveries of blocks that are not final are announced when these blocks settle.
      const knowledge =
        finality === 'finalized' ? await announceUpTo(context, batch, signal) : batch.knowledge;
      if (knowledge === null) return 'again';
      // After a start or a jump: an endpoint of another chain may have begun to answer since the last check.
      if (!context.linked) await assertKnownChain(context, signal);
      const job = await queue.add(
        { ...batch, ...(knowledge === undefined ? {} : { knowledge }) },
        { lane: 'live' },
      );
      inFlight.hold(batch, 'enqueued', context.timing.grace, job);
      context.next = batch.toBlock + 1;
      context.linked = true;
      context.jumpedFrom = null;
      context.lastProgressAt = Date.now();
      metrics?.onBatch?.({
        lane: 'live',
        blocks: batch.toBlock - batch.fromBlock + 1,
        transactions: batch.transactions.length,
      });
    }
    if (fork.from !== null) {
      const open = Math.max((context.tip?.finalized ?? -1) + 1, context.startBlock);
      // Final blocks do not fork, so the remembered final blocks came from a branch that is gone.
      if (fork.from < open) {
        context.branch.forget();
        context.linked = false;
      }
      context.next = Math.min(context.next, Math.max(fork.from, open));
      forgetDiscoveredFrom(context, context.next);
      metrics?.onFork?.();
      context.log.info(
        { chain: reader.chain, from: context.next },
        'a fork: the newest blocks are read again on the branch that goes on',
      );
      return 'again';
    }
    // Blocks at the end of this piece are not proven skipped yet, so the piece after it has to wait.
    if (context.next <= range.toBlock) return 'done';
  }
  return 'done';
}

/**
 * Passes spans on until one does not follow upon the newest block read; then sets `fork.from` to the first
 * block to be read again and ends.
 */
async function* untilFork(
  context: ListenerContext,
  spans: AsyncIterable<DecodedSpan>,
  fork: { from: number | null },
): AsyncGenerator<DecodedSpan> {
  for await (const span of spans) {
    if (span.link) fork.from = context.branch.add(span.link);
    if (fork.from !== null) return;
    yield span;
  }
}

/** Writes the chain's state (head, finalized, fingerprint, …) at most once a second. */
function stateWriter(context: ListenerContext): () => Promise<void> {
  let writtenAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const { tip, genesis, startBlock, reader } = context;
    if (!tip || performance.now() - writtenAt < STATE_EVERY_MS) return;
    const { head, headTime, finalized, finalizedTime, source } = tip;
    const { chain, fingerprint } = reader;
    const state = {
      chain,
      genesis,
      startBlock,
      head,
      headTime,
      finalized,
      finalizedTime,
      fingerprint,
      source,
    };
    await writeChainState(context.db, state, context.lease?.token);
    writtenAt = performance.now();
  };
}
