/** What the listener is given, and the state that its two loops (following the tip, filling gaps) share. */

import type { Archive } from '../archive/archive.js';
import type { Tip } from '../chains/source.js';
import type { DiscoveryDeps } from '../discovery/deps.js';
import type { Discoveries } from '../discovery/discoveries.js';
import type { Finality } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import type { Lane } from '../queue/job-id.js';
import type { BatchQueue } from '../queue/queue.js';
import type { Archiving } from '../readers/archiving.js';
import type { ChainReader } from '../readers/reader.js';
import type { ErrorCode } from '../runtime/error-codes.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import type { Pace } from '../runtime/pace.js';
import type { OwedSum } from '../store/coverage/owed-checks.js';
import type { Database } from '../store/database.js';
import { isUnreachable } from '../store/faults/unreachable.js';
import type { Lease } from '../store/lease/lead.js';
import type { Backpressure } from './backpressure.js';
import type { Branch } from './branch.js';
import type { InFlight } from './in-flight.js';

export interface ListenerPolicy {
  /** Commitment at which blocks are read: as soon as they are confirmed, or only when they are final. */
  readonly finality: Finality;
  /** First block wanted. null: the tip at the first run, which the database keeps. */
  readonly startBlock: number | null;
}

/** All in milliseconds. */
export interface ListenerTiming {
  /** Between two looks at the tip when no hint comes. */
  readonly poll: number;
  /** Between two looks at coverage when nothing is missing. */
  readonly gaps: number;
  /** How long an enqueued range may take before it counts as lost. */
  readonly grace: number;
  /** Before blocks that could not be read are tried again; doubled with every try. */
  readonly aside: number;
  /** Between two merges of coverage rows. */
  readonly merge: number;
  /** How long all endpoints have to deny a covered block before its coverage is withdrawn. */
  readonly denied: number;
}

export interface ListenerMetrics {
  /** Each tip that was believed. */
  onTip?(tip: Tip): void;
  onBatch?(batch: { readonly lane: Lane; readonly blocks: number; readonly transactions: number }): void;
  /** Ranges missing in coverage at each look, those that are enqueued included. */
  onGaps?(gaps: readonly BlockRange[]): void;
  onError?(code: ErrorCode): void;
  /** How many covered blocks were last read under another fingerprint. */
  onStale?(blocks: number): void;
  /** What other endpoints' word is owed about. */
  onOwed?(owed: OwedSum): void;
  /** Blocks between the newest block that the policy reads and the newest one reconciled. */
  onLag?(blocks: number): void;
  onFork?(): void;
}

export interface ListenerDeps {
  readonly reader: ChainReader;
  readonly queue: Pick<BatchQueue, 'add' | 'counts' | 'state' | 'failedJob'>;
  readonly db: Pick<Database, 'pool' | 'prisma'>;
  readonly policy: ListenerPolicy;
  readonly log: Log;
  readonly metrics?: ListenerMetrics;
  /** Jobs that may wait in the queue before backfill pauses; live pauses at four times as many. */
  readonly maxWaiting?: number;
  readonly timing?: Partial<ListenerTiming>;
  /** Where raw blocks are kept. */
  readonly archive?: Archive;
  /**
   * The lease under which everything is written and enqueued. Absent: no other listener can be there (tests,
   * single readers).
   */
  readonly lease?: Lease;
}

export interface ListenerError {
  readonly message: string;
  readonly code: ErrorCode;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Milliseconds since 1970 when the first of the failures in a row came, without a success between. */
  readonly since: number;
}

/** Blocks that a loop fetches at once. */
export const BLOCKS_AT_ONCE = 8;

/** The state of one listener. Both loops change it. */
export interface ListenerContext extends ListenerDeps {
  readonly timing: ListenerTiming;
  readonly inFlight: InFlight;
  readonly pressure: { readonly live: Backpressure; readonly backfill: Backpressure };
  /** Addresses that are followed because of what blocks hold. */
  readonly discoveries: Discoveries;
  readonly discovery: DiscoveryDeps;
  /** Identity of the chain, as `ChainReader.genesis` gives it. */
  genesis: string;
  /** First block wanted. */
  startBlock: number;
  /**
   * The next block that the live lane reads; those below are enqueued, covered, or left to the gap filler.
   */
  next: number;
  /** Whether `next` is known to follow upon a block that was read. False after a start and after a jump. */
  linked: boolean;
  /** Block from which live jumped ahead; set until live has read a block after the jump. */
  jumpedFrom: number | null;
  /**
   * Covered stretches that all endpoints deny: how often they said so, and when first and last
   * (performance.now()).
   */
  readonly denials: Map<string, { readonly times: number; readonly since: number; readonly until: number }>;
  tip: Tip | null;
  /** Bounds how far the chain can be since the newest tip that was believed. */
  readonly pace: Pace;
  /** Milliseconds since 1970 when the chain's head was last seen to move. */
  headMovedAt: number | null;
  staleBlocks: number;
  /** What other endpoints' word is owed about, as of the last look. */
  owed: OwedSum;
  /** The blocks that live read last, to notice forks and to settle. */
  readonly branch: Branch;
  readonly archiving: Archiving | null;
  /**
   * Addresses that live discovered in blocks that are not final yet, each with that block and the block from
   * which on it is ours. Announced when the block is final.
   */
  readonly unannounced: Map<string, { readonly block: number; readonly since: number }>;
  /**
   * Newest block whose finality has been dealt with: up to it a block missing in coverage is a gap; above it,
   * blocks read as confirmed may still settle.
   */
  final: number;
  /** performance.now() of the last attempt to settle. */
  settledAt: number;
  /** Ranges missing in coverage, as of the last look. */
  gaps: readonly BlockRange[];
  /** Milliseconds since 1970 when a batch was last enqueued, or the tip was seen to be reached. */
  lastProgressAt: number | null;
  /** The failure of each loop's last try; absent when that try succeeded. */
  errors: { follow?: ListenerError; gaps?: ListenerError };
}

/**
 * Code of an error that a loop met. An error that is not an NdxError is DATABASE_UNREACHABLE when the
 * database driver reports a lost connection, else INTERNAL.
 */
export function codeOf(error: unknown): ErrorCode {
  if (error instanceof NdxError) return error.code;
  return isUnreachable(error) ? 'DATABASE_UNREACHABLE' : 'INTERNAL';
}

/** Keeps the error as the loop's current failure, counts it and logs it with `facts`. */
export function noteError(
  context: Pick<ListenerContext, 'errors' | 'metrics' | 'log' | 'reader'>,
  loop: 'follow' | 'gaps',
  error: unknown,
  facts: object,
): void {
  const code = codeOf(error);
  const message = messageOf(error);
  const at = Date.now();
  context.errors[loop] = { message, code, at, since: context.errors[loop]?.since ?? at };
  context.metrics?.onError?.(code);
  context.log.warn(
    { chain: context.reader.chain, code, error: message, ...facts },
    loop === 'follow' ? 'cannot follow the tip' : 'cannot fill a gap',
  );
}

/**
 * Asks the endpoints for the tip and checks that the chain can have got that far since the last tip.
 * @throws NdxError RPC_BAD_RESPONSE (retryable) when it cannot; the endpoint is reported to the reader as
 * doubtful. Also what the endpoints said.
 */
export async function believedTip(
  { reader, pace }: Pick<ListenerContext, 'reader' | 'pace'>,
  signal: AbortSignal,
): Promise<Tip> {
  const tip = await reader.tip(signal);
  const newest = Math.max(tip.head, tip.finalized);
  if (!pace.allows(newest)) {
    reader.doubt?.(tip.source);
    throw new NdxError(
      'RPC_BAD_RESPONSE',
      `${tip.source}: its newest block ${newest} is further than ${reader.chain} can have got since block ${pace.newest()}; not believed`,
      { retryable: true },
    );
  }
  pace.saw(newest);
  return tip;
}

/** Number of the newest block that a policy of this finality reads. */
export function targetOf(tip: Tip, finality: Finality): number {
  return finality === 'finalized' ? tip.finalized : Math.max(tip.head, tip.finalized);
}
