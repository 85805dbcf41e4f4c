/** What the checks found wrong, and the list to which all checks of one verification add. */
import type { Check } from './checks.js';

export type Problem =
  /** Something that should be there is not. */
  | 'missing'
  /** A row that nothing in the ledger accounts for. */
  | 'orphan'
  | 'different'
  /** A ledger row whose content is not what was written (its digest says so). */
  | 'altered'
  /** Covered, but read by other decoders or under another configuration. */
  | 'stale';

export interface ColumnDifference {
  readonly column: string;
  /** Value in the table as text; null is SQL's NULL. */
  readonly table: string | null;
  /** Value by the ledger or, for samples, by the chain. */
  readonly expected: string | null;
}

export interface Finding {
  readonly check: Check;
  readonly problem: Problem;
  /** Table, or what else was looked at. */
  readonly subject: string;
  /** Which row: its natural key as `column=value`. */
  readonly key: string;
  /** For people: what was expected, and what is there. */
  readonly message: string;
  readonly columns?: readonly ColumnDifference[];
  readonly block?: number;
}

/** Collects findings: counts all of them, and keeps the first `limit` of each check and subject. */
export interface Findings {
  /** @param times how many findings this one counts for; default 1 */
  add(finding: Finding, times?: number): void;
  list(): readonly Finding[];
  count(check: Check): number;
}

/** @param limit findings kept of each check and subject; those beyond are only counted */
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
