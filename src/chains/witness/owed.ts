/**
 * Judges blocks that were handed on before another endpoint gave its word of them. What is owed is kept in
 * the database, beside coverage (src/store/coverage/owed-checks.ts): a killed process forgets nothing.
 */
import type { OwedCheck } from '../../events/batch.js';
import { digestOf, type Listing } from './listing.js';
import type { CheckOutcome } from './outcome.js';
import { voteOf } from './vote.js';

export interface Asking {
  readonly signal: AbortSignal;
  /** How long another endpoint's word is waited for. */
  readonly patienceMs: number;
}

/**
 * `agreed`: others say the same. `denied`: they say otherwise, or nobody can tell who is right.
 * `unanswered`: no other endpoint keeps the block. `silent`: none answers now, or there is no other one.
 */
export type Verdict = 'agreed' | 'denied' | 'unanswered' | 'silent';

/** @returns a verdict of each block, in their order. The blocks have to be final by now */
export type Judge = (owed: readonly OwedCheck[], how: Asking) => Promise<readonly Verdict[]>;

/** What endpoints say of a block; those that do not keep it are in `without`. */
export interface Words {
  readonly said: ReadonlyMap<string, Listing>;
  readonly without: ReadonlySet<string>;
}

export interface JudgeDeps {
  readonly words: (block: number, how: Asking) => Promise<Words>;
  /** Whose word counts as another's than the one of `source`. */
  readonly othersThan: (source: string) => readonly string[];
  readonly onCheck?: ((outcome: CheckOutcome) => void) | undefined;
  /** Called with a block of which something else was read: what is kept of it has to be dropped. */
  readonly onDenied?: ((block: number) => void) | undefined;
}

export function createJudge({ words, othersThan, onCheck, onDenied }: JudgeDeps): Judge {
  async function verdictOf({ block, digest, source }: OwedCheck, how: Asking): Promise<Verdict> {
    const others = othersThan(source);
    if (others.length === 0) return 'silent';
    const { said, without } = await words(block, how);
    const listings = others.flatMap((name) => said.get(name) ?? []);
    if (listings.length === 0) return others.every((name) => without.has(name)) ? 'unanswered' : 'silent';
    if (listings.every((listing) => digestOf(listing) === digest)) return 'agreed';
    return voteOf(said)?.digest === digest ? 'agreed' : 'denied';
  }

  return (owed, how) =>
    Promise.all(
      owed.map(async (check) => {
        const verdict = await verdictOf(check, how);
        if (verdict !== 'silent') onCheck?.(verdict === 'denied' ? 'disputed' : verdict);
        if (verdict === 'denied') onDenied?.(check.block);
        return verdict;
      }),
    );
}
