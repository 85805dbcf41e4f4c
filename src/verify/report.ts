/** What a verification found: the shape that `ndx verify --json` prints. */
import type { Chain } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import type { Check } from './checks.js';
import type { Finding } from './findings.js';

export interface CheckSummary {
  readonly check: Check;
  /** Blocks, events, rows or samples looked at. */
  readonly checked: number;
  readonly unit: string;
  /** All findings, also those that are not listed. */
  readonly found: number;
  /** Samples that nobody could answer, and why. */
  readonly unproven?: readonly string[];
}

/**
 * Equal digests of the same range in two deployments mean equal ledgers there (finality and provenance
 * aside).
 */
export interface RangeDigest extends BlockRange {
  readonly events: number;
  /** First 32 hex digits of sha256 over the events' places, hashes and digests in chain order. */
  readonly digest: string;
}

export interface VerifyReport {
  readonly chain: Chain;
  /** Decoders and configuration under which blocks count as covered. */
  readonly fingerprint: string;
  readonly range: BlockRange;
  /** Newest final block when the verification began. */
  readonly finalized: number;
  readonly holds: boolean;
  readonly checks: readonly CheckSummary[];
  /** At most `limit` of each check and table. */
  readonly findings: readonly Finding[];
  readonly digests: {
    readonly blocksPerRange: number;
    readonly total: string;
    readonly ranges: readonly RangeDigest[];
  };
  readonly samples: { readonly size: number; readonly seed: number };
}
