/** What a verification found: the shape that `ndx verify --json` prints. */
import type { Chain } from '../events/event.js';
import type { BlockRange } from '../events/range.js';

export const CHECKS = ['coverage', 'ledger', 'tables', 'blocks', 'owners', 'balances', 'stakes'] as const;
/**
 * `coverage`: every block of the range is reconciled. `ledger`: every event is as it was written, and none
 * that a table speaks of is missing. `tables`: every projection row equals a fresh fold of the ledger.
 * `blocks`, `owners`, `balances`, `stakes`: samples equal what the chain answers.
 */
export type Check = (typeof CHECKS)[number];

export type Problem =
  /** Nothing stands where something should. */
  | 'missing'
  /** A row that nothing in the ledger accounts for. */
  | 'orphan'
  | 'different'
  /** A ledger row whose content is not what was written (its digest says so). */
  | 'altered'
  /** Read by other decoders or under another configuration. */
  | 'stale';

export interface ColumnDifference {
  readonly column: string;
  /** As text; null is SQL's NULL. */
  readonly table: string | null;
  /** What the ledger (or, for samples, the chain) says. */
  readonly expected: string | null;
}

export interface Finding {
  readonly check: Check;
  readonly problem: Problem;
  /** Table, or what was looked at. */
  readonly subject: string;
  /** Which row: its natural key as `column=value`. */
  readonly key: string;
  /** In words, what was expected and what is there. */
  readonly message: string;
  readonly columns?: readonly ColumnDifference[];
  readonly block?: number;
}

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

/** Collects findings: counts all of them, keeps the first `limit` of each check and subject. */
export interface Findings {
  add(finding: Finding, times?: number): void;
  list(): readonly Finding[];
  count(check: Check): number;
}

export function createFindings(limit: number): Findings {
  const kept: Finding[] = [];
  const perSubject = new Map<string, number>();
  const counts = new Map<Check, number>();
  return {
    add: (finding, times = 1) => {
      counts.set(finding.check, (counts.get(finding.check) ?? 0) + times);
      const subject = `${finding.check} ${finding.subject}`;
      const known = perSubject.get(subject) ?? 0;
      perSubject.set(subject, known + times);
      if (known < limit) kept.push(finding);
    },
    list: () => kept,
    count: (check) => counts.get(check) ?? 0,
  };
}
