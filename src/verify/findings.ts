/** What a check found wrong, and the list that the checks of one verification add to. */
import type { Check } from './checks.js';

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
