/**
 * The listener of one chain. It starts at the tip at once and follows it (follow.ts, live lane); beside that it fills
 * whatever coverage shows as missing between the first wanted block and there (gaps.ts, backfill lane). So a handover,
 * a lost queue and a killed process are all the same thing: a gap.
 */

import { createKnowledge } from '../discovery/knowledge.js';
import { gapsIn } from '../events/range.js';
import { createArchiving } from '../readers/archiving.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import { backoff, pause } from '../runtime/pause.js';
import { assertSameChain, readChainState } from '../store/chain-state.js';
import { listAllCoverage } from '../store/coverage.js';
import { createBackpressure } from './backpressure.js';
import { createBranch } from './branch.js';
import { type ListenerContext, type ListenerDeps, type ListenerState, targetOf } from './context.js';
import { fillGaps } from './fill-gaps.js';
import { followTip, LIVE_WINDOW } from './follow-tip.js';
import { createInFlight } from './in-flight.js';
import { underLease } from './leader.js';

interface ListenerLimits {
  readonly near?: number;
  readonly mostHeld?: number;
}

export interface Listener {
  /**
   * Runs until the signal is aborted, then resolves.
   * @throws NdxError that trying again cannot help, at the start: RPC_WRONG_CHAIN, RPC_UNAUTHORIZED, …
   */
  run(signal: AbortSignal): Promise<void>;
  state(): ListenerState;
}

/**
 * @param deps.mostHeld as in ArchivingDeps
 * @param deps.near default 512: when the first missing block is this near, everything from there on is read in order, with no gap behind.
 */
export function createListener({
  near = LIVE_WINDOW,
  mostHeld,
  ...deps
}: ListenerDeps & ListenerLimits): Listener {
  const { policy } = deps;
  const branch = createBranch();
  const archiving = deps.archive
    ? createArchiving({
        archive: deps.archive,
        reader: deps.reader,
        onOverflow: branch.forget,
        ...(mostHeld === undefined ? {} : { mostHeld }),
      })
    : null;
  const reader = archiving?.reader ?? deps.reader;
  const queue = deps.lease ? underLease(deps.queue, deps.lease) : deps.queue;
  const maxWaiting = deps.maxWaiting ?? 50;
  const context: ListenerContext = {
    ...deps,
    reader,
    queue,
    timing: { poll: 1000, gaps: 1000, grace: 30_000, aside: 5000, merge: 10_000, ...deps.timing },
    concurrency: deps.concurrency ?? 8,
    inFlight: createInFlight(),
    pressure: {
      // Live goes first; a full backfill lane must not hold it up.
      live: createBackpressure(queue, maxWaiting * 4),
      backfill: createBackpressure(queue, maxWaiting),
    },
    knowledge: createKnowledge(reader, deps.db, branch.forget),
    found: new Map(),
    genesis: '',
    startBlock: 0,
    next: 0,
    tip: null,
    headMovedAt: null,
    staleBlocks: 0,
    branch,
    archiving,
    final: -1,
    settledAt: Number.NEGATIVE_INFINITY,
    gaps: [],
    lastProgressAt: null,
    errors: {},
  };

  const start = async (signal: AbortSignal): Promise<void> => {
    context.genesis = await insist(context, () => reader.genesis(signal), signal);
    const stored = await insist(context, () => readChainState(deps.db, reader.chain), signal);
    if (stored) assertSameChain(stored, context.genesis);
    await insist(context, context.knowledge.open, signal);
    const tip = await insist(context, () => reader.tip(signal), signal);
    const target = targetOf(tip, policy.finality);
    context.tip = tip;
    context.headMovedAt = Date.now();
    context.final = tip.finalized;
    context.startBlock = policy.startBlock ?? stored?.startBlock ?? target;
    const covered = await insist(context, () => listAllCoverage(deps.db, reader.chain), signal);
    const missing = gapsIn(covered, context.startBlock, target)[0]?.fromBlock ?? target + 1;
    context.next = Math.max(context.startBlock, missing > target - near ? missing : target);
    deps.log.info(
      {
        chain: reader.chain,
        startBlock: context.startBlock,
        next: context.next,
        fingerprint: reader.fingerprint,
      },
      'listening',
    );
  };

  return {
    run: async (signal) => {
      const own = new AbortController();
      const either = AbortSignal.any([signal, own.signal]);
      try {
        await start(either);
        const loops = [followTip(context, either), fillGaps(context, either)];
        // The first that ends, ends the other.
        for (const loop of loops) loop.catch((error: unknown) => own.abort(error));
        const ends = await Promise.allSettled(loops);
        const failed = ends.find((end) => end.status === 'rejected' && !isAbort(end.reason, signal));
        if (!signal.aborted && failed?.status === 'rejected') throw failed.reason;
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    state: () => stateOf(context),
  };
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && error === signal.reason;
}

/** Tries until it succeeds; gives up only on what trying again cannot help. */
async function insist<T>(context: ListenerContext, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      const result = await work();
      delete context.errors.follow;
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NdxError && !error.retryable) throw error;
      context.errors.follow = {
        message: messageOf(error),
        code: error instanceof NdxError ? error.code : 'INTERNAL',
        at: Date.now(),
      };
      context.log.warn(
        { chain: context.reader.chain, error: messageOf(error), tries },
        'cannot start listening yet',
      );
      await pause(backoff(tries, 15_000), signal);
    }
  }
}

function stateOf(context: ListenerContext): ListenerState {
  const { tip, gaps, inFlight, errors } = context;
  return {
    chain: context.reader.chain,
    fingerprint: context.reader.fingerprint,
    startBlock: context.startBlock,
    next: context.next,
    head: tip?.head ?? null,
    headTime: tip?.headTime ?? null,
    finalized: tip?.finalized ?? null,
    source: tip?.source ?? null,
    gaps,
    headMovedAt: context.headMovedAt,
    staleBlocks: context.staleBlocks,
    inFlight: inFlight.size(),
    waiting: context.pressure.backfill.waiting(),
    silent: context.reader.silent?.() ?? null,
    held: context.pressure.live.holds(),
    lastProgressAt: context.lastProgressAt,
    lastError: errors.follow ?? errors.gaps ?? null,
  };
}
