/** What the listener is given, and what its two loops share. */

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
import type { Database } from '../store/database.js';
import { isUnreachable } from '../store/faults/unreachable.js';
import type { Backpressure } from './backpressure.js';
import type { Branch } from './branch.js';
import type { InFlight } from './in-flight.js';
import type { Lease } from './leader.js';

export interface ListenerPolicy {
  /** Blocks are read when they are this final. */
  readonly finality: Finality;
  /** First block wanted. null: the one of the first run, which takes the tip of its start. */
  readonly startBlock: number | null;
}

/** Milliseconds. */
export interface ListenerTiming {
  /** Between two looks at the tip when no hint comes. */
  readonly poll: number;
  /** Between two looks at coverage when nothing is missing. */
  readonly gaps: number;
  /** How long an enqueued range may take before it counts as lost. */
  readonly grace: number;
  /** Before blocks that could not be read are tried again; doubles with every try. */
  readonly aside: number;
  /** Between two merges of coverage rows. */
  readonly merge: number;
  /** How long every endpoint has to deny what is covered before its coverage is withdrawn. */
  readonly denied: number;
}

export interface ListenerMetrics {
  onTip?(tip: Tip): void;
  onBatch?(batch: { readonly lane: Lane; readonly blocks: number; readonly transactions: number }): void;
  onGaps?(gaps: readonly BlockRange[]): void;
  onError?(code: ErrorCode): void;
  onStale?(blocks: number): void;
  /** Blocks between the newest that the policy reads and the newest reconciled. */
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
   * Under which everything is written and enqueued. Absent: nobody else can be there (tests, single readers).
   */
  readonly lease?: Lease;
}

export interface ListenerError {
  readonly message: string;
  readonly code: ErrorCode;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Blocks that a loop fetches at once. */
export const BLOCKS_AT_ONCE = 8;

export interface ListenerContext extends ListenerDeps {
  readonly timing: ListenerTiming;
  readonly inFlight: InFlight;
  readonly pressure: { readonly live: Backpressure; readonly backfill: Backpressure };
  /** Addresses that are followed because of what blocks hold. */
  readonly discoveries: Discoveries;
  readonly discovery: DiscoveryDeps;
  genesis: string;
  startBlock: number;
  next: number;
  /** Whether `next` is known to follow upon a block that was read: not after a start or a jump. */
  linked: boolean;
  /** Where live jumped from, as long as it has read nothing since; null: it did not jump. */
  jumpedFrom: number | null;
  /** Covered stretches that the endpoints deny: how often, from when to when, by performance.now(). */
  readonly denials: Map<string, { readonly times: number; readonly since: number; readonly until: number }>;
  tip: Tip | null;
  /** How far the chain can have got since the newest tip that was believed. */
  readonly pace: Pace;
  headMovedAt: number | null;
  staleBlocks: number;
  /** What live read last, to notice forks and to settle. */
  readonly branch: Branch;
  readonly archiving: Archiving | null;
  /**
   * Discovered by live in blocks that are not final yet: address → block. Announced when the block is final.
   */
  readonly unannounced: Map<string, number>;
  /**
   * Blocks up to here are final and coverage has to have them; above it, what was read as confirmed may still
   * settle.
   */
  final: number;
  /** performance.now() when it was last asked what settles. */
  settledAt: number;
  gaps: readonly BlockRange[];
  lastProgressAt: number | null;
  errors: { follow?: ListenerError; gaps?: ListenerError };
}

/** Of an error that a loop met; one of the database driver is the database's, not ours. */
export function codeOf(error: unknown): ErrorCode {
  if (error instanceof NdxError) return error.code;
  return isUnreachable(error) ? 'DATABASE_UNREACHABLE' : 'INTERNAL';
}

export function noteError(
  context: Pick<ListenerContext, 'errors' | 'metrics' | 'log' | 'reader'>,
  loop: 'follow' | 'gaps',
  error: unknown,
  facts: object,
): void {
  const code = codeOf(error);
  const message = messageOf(error);
  context.errors[loop] = { message, code, at: Date.now() };
  context.metrics?.onError?.(code);
  context.log.warn(
    { chain: context.reader.chain, code, error: message, ...facts },
    loop === 'follow' ? 'cannot follow the tip' : 'cannot fill a gap',
  );
}

/**
 * The endpoints' word for the tip.
 * @throws NdxError RPC_BAD_RESPONSE (retryable) when the chain cannot be that far
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

/** The newest block that the policy reads. */
export function targetOf(tip: Tip, finality: Finality): number {
  return finality === 'finalized' ? tip.finalized : Math.max(tip.head, tip.finalized);
}
