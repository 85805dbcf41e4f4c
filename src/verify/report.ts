/** The report of a verification, in the shape that `ndx verify --json` prints. */
import type { Chain } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import type { Check } from './checks.js';
import type { Finding } from './findings.js';

export interface CheckSummary {
  readonly check: Check;
  /** Blocks, events, rows or samples looked at. */
  readonly checked: number;
  readonly unit: string;
  /** Number of all findings, also of those that are not listed. */
  readonly found: number;
  /** Samples for which nobody could give an answer, each with the reason. */
  readonly unproven?: readonly string[];
}

/**
 * Two deployments whose digests of a range are equal have equal ledgers there (finality and provenance
 * aside).
 */
export interface RangeDigest extends BlockRange {
  readonly events: number;
  /** First 32 hex digits of the sha256 over the events' places, hashes and digests, in chain order. */
  readonly digest: string;
}

export interface VerifyReport {
  readonly chain: Chain;
  /**
   * Names the decoders and the configuration; blocks that are covered under another fingerprint are stale.
   */
  readonly fingerprint: string;
  readonly range: BlockRange;
  /** Newest final block when the verification began. */
  readonly finalized: number;
  /** True when no check found anything. */
  readonly holds: boolean;
  readonly checks: readonly CheckSummary[];
  /** At most `limit` of each check and subject. */
  readonly findings: readonly Finding[];
  readonly digests: {
    readonly blocksPerRange: number;
    readonly total: string;
    readonly ranges: readonly RangeDigest[];
  };
  /** Samples of each kind (0: none were taken), and the seed by which they were chosen. */
  readonly samples: { readonly size: number; readonly seed: number };
}
