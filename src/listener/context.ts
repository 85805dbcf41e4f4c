/** What the listener's two loops share. */
import type { Pool } from 'pg';
import type { Archive } from '../archive/archive.js';
import type { Tip } from '../chains/source.js';
import type { Knowledge } from '../discovery/knowledge.js';
import type { Chain, Finality } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import type { Lane } from '../queue/job-id.js';
import type { BatchQueue } from '../queue/queue.js';
import type { Archiving } from '../readers/archiving.js';
import type { ChainReader } from '../readers/reader.js';
import { type ErrorCode, messageOf, NdxError } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
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
  readonly db: { readonly pool: Pool };
  readonly policy: ListenerPolicy;
  readonly log: Log;
  readonly metrics?: ListenerMetrics;
  /** Jobs that may wait in the queue before backfill pauses; live pauses at four times as many. */
  readonly maxWaiting?: number;
  /** Blocks fetched at once. */
  readonly concurrency?: number;
  readonly timing?: Partial<ListenerTiming>;
  /** Where raw blocks are kept. */
  readonly archive?: Archive;
  /** Under which everything is written and enqueued. Absent: nobody else can be there (tests, single readers). */
  readonly lease?: Lease;
}

export interface ListenerError {
  readonly message: string;
  readonly code: ErrorCode;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** For readiness, status and watchdogs. null: not known yet. */
export interface ListenerState {
  readonly chain: Chain;
  readonly fingerprint: string;
  readonly startBlock: number;
  /** The live lane has enqueued every block below this since it started. */
  readonly next: number;
  readonly head: number | null;
  /** Unix seconds. */
  readonly headTime: number | null;
  readonly finalized: number | null;
  readonly source: string | null;
  /** Blocks below `next` that are not in coverage, as last looked up; enqueued ones are among them. */
  readonly gaps: readonly BlockRange[];
  /** Ranges enqueued, or found unreadable, and not yet covered. */
  readonly inFlight: number;
  readonly waiting: number;
  /** The endpoint whose websocket has gone silent: polling goes on. null: none. */
  readonly silent: string | null;
  /** The live lane waits for room in the queue. */
  readonly held: boolean;
  /** Milliseconds since 1970: when the chain's head was last seen to move. */
  readonly headMovedAt: number | null;
  /** Blocks last read under another fingerprint: `ndx replay --stale` reads them again. */
  readonly staleBlocks: number;
  /** Milliseconds since 1970: when a batch was last enqueued, or the tip seen reached. */
  readonly lastProgressAt: number | null;
  /** What fails now; null when the last try of both loops succeeded. */
  readonly lastError: ListenerError | null;
}

export interface ListenerContext extends ListenerDeps {
  readonly timing: ListenerTiming;
  readonly concurrency: number;
  readonly inFlight: InFlight;
  readonly pressure: { readonly live: Backpressure; readonly backfill: Backpressure };
  /** What is followed because of earlier blocks. */
  readonly knowledge: Knowledge;
  genesis: string;
  startBlock: number;
  next: number;
  tip: Tip | null;
  headMovedAt: number | null;
  staleBlocks: number;
  /** What live read last, to notice forks and to settle. */
  readonly branch: Branch;
  readonly archiving: Archiving | null;
  /** What blocks that live has read make known, and nobody was told yet: address → block. They are told when the block is final. */
  readonly found: Map<string, number>;
  /** Blocks up to here are final and coverage has to have them; above it, what was read as confirmed may still settle. */
  final: number;
  /** performance.now() when it was last asked what settles. */
  settledAt: number;
  gaps: readonly BlockRange[];
  lastProgressAt: number | null;
  errors: { follow?: ListenerError; gaps?: ListenerError };
}

export function noteError(
  context: ListenerContext,
  loop: 'follow' | 'gaps',
  error: unknown,
  facts: object,
): void {
  const code = error instanceof NdxError ? error.code : 'INTERNAL';
  const message = messageOf(error);
  context.errors[loop] = { message, code, at: Date.now() };
  context.metrics?.onError?.(code);
  context.log.warn(
    { chain: context.reader.chain, code, error: message, ...facts },
    loop === 'follow' ? 'cannot follow the tip' : 'cannot fill a gap',
  );
}

/** The newest block that the policy reads. */
export function targetOf(tip: Tip, finality: Finality): number {
  return finality === 'finalized' ? tip.finalized : Math.max(tip.head, tip.finalized);
}
