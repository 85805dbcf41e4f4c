/**
 * The listener of one chain runs two loops. One starts at the tip and follows it (follow-tip.ts, live lane);
 * the other fills what coverage shows as missing between the first wanted block and there (fill-gaps.ts,
 * backfill lane). So a handover, a lost queue and a killed process all look the same to it: a gap.
 */

import pRetry from 'p-retry';
import type { Tip } from '../chains/source.js';
import { createDiscoveries } from '../discovery/discoveries.js';
import { gapsIn } from '../events/range.js';
import { createArchiving } from '../readers/archiving.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import { createPace } from '../runtime/pace.js';
import { assertSameChain, readChainState } from '../store/chain-state.js';
import { listAllCoverage } from '../store/coverage/coverage.js';
import { createBackpressure } from './backpressure.js';
import { createBranch } from './branch.js';
import { believedTip, codeOf, type ListenerContext, type ListenerDeps, targetOf } from './context.js';
import { discoveryDepsOf } from './discovery.js';
import { fillGaps } from './fill-gaps.js';
import { followTip, LIVE_WINDOW } from './follow-tip.js';
import { createInFlight } from './in-flight.js';
import { assertKnownChain } from './links/known-chain.js';
import { type ListenerState, stateOf } from './state.js';
import { underLease } from './under-lease.js';

/** Limits that tests change. */
interface ListenerLimits {
  readonly near?: number;
  readonly mostHeld?: number;
}

export interface Listener {
  /**
   * Runs until the signal is aborted, then resolves.
   * @throws NdxError that trying again cannot help, at the start only: RPC_WRONG_CHAIN, RPC_UNAUTHORIZED, …
   */
  run(signal: AbortSignal): Promise<void>;
  state(): ListenerState;
}

/**
 * @param deps.mostHeld as in ArchivingDeps
 * @param deps.near blocks, default 512: when the first missing block is at most this far below the tip, live
 * starts there and reads everything in order; otherwise live starts at the tip and the gap filler reads the
 * rest
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
  const shared: Omit<ListenerContext, 'discovery'> = {
    ...deps,
    reader,
    queue,
    timing: {
      poll: 1000,
      gaps: 1000,
      grace: 30_000,
      aside: 5000,
      merge: 10_000,
      denied: 120_000,
      ...deps.timing,
    },
    inFlight: createInFlight(),
    pressure: {
      // Live goes first; a full backfill lane must not hold it up.
      live: createBackpressure(queue, maxWaiting * 4),
      backfill: createBackpressure(queue, maxWaiting),
    },
    // When others announce an address, the blocks read without it must not settle: the branch is forgotten.
    discoveries: createDiscoveries(reader, deps.db, branch.forget),
    unannounced: new Map(),
    genesis: '',
    startBlock: 0,
    next: 0,
    linked: false,
    jumpedFrom: null,
    denials: new Map(),
    tip: null,
    pace: createPace(),
    headMovedAt: null,
    staleBlocks: 0,
    owed: { count: 0, since: null },
    branch,
    archiving,
    final: -1,
    settledAt: Number.NEGATIVE_INFINITY,
    gaps: [],
    lastProgressAt: null,
    errors: {},
  };
  const context: ListenerContext = Object.assign(shared, { discovery: discoveryDepsOf(shared) });

  const start = async (signal: AbortSignal): Promise<void> => {
    const stored = await insist(context, () => readChainState(deps.db, reader.chain), signal);
    const ask = () => reader.genesis(signal, stored?.genesis ?? null);
    context.genesis = await insist(context, ask, signal);
    if (stored) assertSameChain(stored, context.genesis);
    await insist(context, () => assertKnownChain(context, signal), signal);
    await insist(context, context.discoveries.open, signal);
    if (stored) context.pace.saw(stored.head, stored.updatedAt * 1000);
    const tip = await insist(context, () => firstTip(context, stored !== null, signal), signal);
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
        // A loop that fails ends the other one too.
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

/**
 * The tip at the start. At the very first run the endpoint also has to have the block that it calls its
 * newest final one, because everything from there on is wanted.
 */
async function firstTip(context: ListenerContext, isKnown: boolean, signal: AbortSignal): Promise<Tip> {
  const tip = await believedTip(context, signal);
  if (!isKnown) await context.reader.finalNames?.(tip.finalized, signal);
  return tip;
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && error === signal.reason;
}

/**
 * Tries until it succeeds, 0.25 to 15 seconds apart. @throws NdxError that is not retryable, or the signal's
 * reason
 */
async function insist<T>(context: ListenerContext, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const result = await pRetry(work, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 250,
    maxTimeout: 15_000,
    randomize: true,
    signal,
    shouldRetry: ({ error }) => !(error instanceof NdxError) || error.retryable,
    onFailedAttempt: ({ error, attemptNumber }) => {
      const message = messageOf(error);
      const at = Date.now();
      const since = context.errors.follow?.since ?? at;
      context.errors.follow = { message, code: codeOf(error), at, since };
      context.log.warn(
        { chain: context.reader.chain, error: message, tries: attemptNumber },
        'cannot start listening yet',
      );
    },
  });
  delete context.errors.follow;
  return result;
}
