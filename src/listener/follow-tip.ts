/** Follows the tip: a hint or the poll interval wakes it up, the tip that it asks for is the truth. */

import { lateIn } from '../discovery/catch-up.js';
import { stamped } from '../discovery/knowledge.js';
import { LIVE_LIMITS, toBatches } from '../readers/batches.js';
import { byFinality } from '../readers/by-finality.js';
import type { DecodedSpan } from '../readers/reader.js';
import { type ErrorCode, NdxError } from '../runtime/errors.js';
import { backoff, createWakeup, pause } from '../runtime/pause.js';
import { writeChainState } from '../store/chain-state.js';
import { type ListenerContext, noteError, targetOf } from './context.js';
import { forgetFrom, tellFound } from './found.js';
import { settleFinal } from './settle-final.js';

/** Blocks that live may be behind before it jumps to the tip and leaves the stretch between to the gap filler. */
export const LIVE_WINDOW = 512;
const STATE_EVERY_MS = 1000;
const LONGEST_BACKOFF_MS = 15_000;
/** Failures at the same place before live goes on without it: the place stays a gap and is tried by the gap filler. */
const PATIENCE = 5;
/** Endpoints on different branches may show one after the other: more than this without getting on is for the next look at the tip. */
const AGAIN_AT_ONCE = 5;
const OF_THE_BLOCK: readonly ErrorCode[] = ['BLOCK_UNAVAILABLE', 'RPC_BAD_RESPONSE', 'INTERNAL'];

/** @throws only when the signal is aborted */
export async function followTip(context: ListenerContext, signal: AbortSignal): Promise<never> {
  const { reader, timing } = context;
  const wakeup = createWakeup();
  reader.watch(wakeup.wake, signal);
  const writeState = stateWriter(context);
  let tries = 0;
  let failingAt = -1;
  for (;;) {
    try {
      const tip = await reader.tip(signal);
      if (tip.head !== context.tip?.head) context.headMovedAt = Date.now();
      context.tip = tip;
      context.metrics?.onTip?.(tip);
      await writeState();
      const target = targetOf(tip, context.policy.finality);
      if (target - context.next > LIVE_WINDOW) jump(context, target, 'too far behind');
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
      const code = error instanceof NdxError ? error.code : 'INTERNAL';
      if (tries >= PATIENCE && context.tip && OF_THE_BLOCK.includes(code)) {
        jump(context, targetOf(context.tip, context.policy.finality), `block ${context.next} cannot be read`);
      }
      await pause(backoff(tries, LONGEST_BACKOFF_MS), signal);
      continue;
    }
    await wakeup.wait(timing.poll, signal);
  }
}

function jump(context: ListenerContext, target: number, reason: string): void {
  if (target <= context.next) return;
  context.log.warn(
    { chain: context.reader.chain, from: context.next, to: target, reason },
    'live jumps ahead, the stretch between is filled later',
  );
  context.next = target;
  context.branch.forget();
}

/** Enqueues everything from `next` to `target`, as far as it is proven. `again`: some of it has to be read again, from `next` on. */
async function advance(
  context: ListenerContext,
  target: number,
  signal: AbortSignal,
): Promise<'done' | 'again'> {
  const { reader, queue, inFlight, pressure, concurrency, metrics, knowledge } = context;
  if (target < context.next) return 'done';
  for (const { finality, ...range } of byFinality(
    { fromBlock: context.next, toBlock: target },
    context.tip?.finalized ?? -1,
  )) {
    const joint: { leftAt: number | null } = { leftAt: null };
    const read = joined(
      context,
      stamped(reader.read(range, { finality, concurrency, signal }), knowledge),
      joint,
    );
    const spans = noteDiscoveries(context, read);
    for await (const batch of toBatches(reader, spans, { finality }, LIVE_LIMITS)) {
      await pressure.live.room(signal);
      // What is not final is told when it is.
      const readWith = finality === 'finalized' ? await tellFound(context, batch, signal) : batch.knowledge;
      if (readWith === null) return 'again';
      const job = await queue.add(
        { ...batch, ...(readWith === undefined ? {} : { knowledge: readWith }) },
        { lane: 'live' },
      );
      inFlight.hold(batch, 'enqueued', context.timing.grace, job);
      context.next = batch.toBlock + 1;
      context.lastProgressAt = Date.now();
      metrics?.onBatch?.({
        lane: 'live',
        blocks: batch.toBlock - batch.fromBlock + 1,
        transactions: batch.transactions.length,
      });
    }
    if (joint.leftAt !== null) {
      const open = Math.max((context.tip?.finalized ?? -1) + 1, context.startBlock);
      // Final blocks do not fork: what was remembered of them came from a branch that is gone.
      if (joint.leftAt < open) context.branch.forget();
      context.next = Math.min(context.next, Math.max(joint.leftAt, open));
      forgetFrom(context, context.next);
      metrics?.onFork?.();
      context.log.info(
        { chain: reader.chain, from: context.next },
        'a fork: the newest blocks are read again on the branch that goes on',
      );
      return 'again';
    }
    // The end of this piece is not proven yet: what follows it has to wait.
    if (context.next <= range.toBlock) return 'done';
  }
  return 'done';
}

/** Ends where the chain left the branch that was read. */
async function* joined(
  context: ListenerContext,
  spans: AsyncIterable<DecodedSpan>,
  joint: { leftAt: number | null },
): AsyncGenerator<DecodedSpan> {
  for await (const span of spans) {
    if (span.link) joint.leftAt = context.branch.add(span.link);
    if (joint.leftAt !== null) return;
    yield span;
  }
}

async function* noteDiscoveries(
  { knowledge, found }: ListenerContext,
  spans: AsyncIterable<DecodedSpan>,
): AsyncGenerator<DecodedSpan> {
  for await (const span of spans) {
    // The first block counts: blocks read ahead of the telling may make it known again.
    for (const address of lateIn(span, knowledge))
      found.set(address, Math.min(span.toBlock, found.get(address) ?? span.toBlock));
    yield span;
  }
}

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
