/**
 * Blocks that were handed on before another endpoint gave its word, to be compared later. Kept in memory
 * only: what a process owed when it ended is found by `ndx verify`, which reads blocks again.
 */
import { NewestMap } from '../../runtime/newest-map.js';
import { digestOf, type Listing } from './listing.js';
import type { CheckOutcome } from './outcome.js';
import { voteOf } from './vote.js';

export interface Asking {
  readonly signal: AbortSignal;
  /** How long another endpoint's word is waited for. */
  readonly patienceMs: number;
}

export interface OwedChecks {
  /**
   * Compares owed blocks of the range, which have to be final by now, as far as other endpoints answer.
   * @returns blocks that are not what was handed on, or of which nobody can tell. They stay owed until
   * `forget`.
   */
  recheck(
    range: { readonly fromBlock: number; readonly toBlock: number },
    how: Asking,
  ): Promise<readonly number[]>;
  /** The blocks are read again, or are not ours any more. */
  forget(blocks: readonly number[]): void;
  /** How many blocks wait for another endpoint's word. */
  owedBlocks(): number;
}

interface Owed {
  readonly source: string;
  /** Of the listing that was handed on. */
  readonly digest: string;
}

export interface OwedDeps {
  readonly vote: (
    block: number,
    known: ReadonlyMap<string, Listing>,
    how: Asking,
  ) => Promise<ReadonlyMap<string, Listing>>;
  readonly onCheck?: ((outcome: CheckOutcome) => void) | undefined;
}

/** Most blocks that are owed at once: an hour of Solana without any second word. */
const MOST = 10_000;
/** Most blocks that one call compares. */
const AT_ONCE = 16;

export function createOwed({ vote, onCheck }: OwedDeps): OwedChecks & {
  add(block: number, owed: Owed): void;
} {
  const owed = new NewestMap<number, Owed>(MOST);

  /** null: no other endpoint answers now. */
  async function holds(block: number, { source, digest }: Owed, how: Asking): Promise<boolean | null> {
    const words = await vote(block, new Map(), how);
    const others = [...words].filter(([name]) => name !== source);
    if (others.length === 0) return null;
    if (others.every(([, listing]) => digestOf(listing) === digest)) return true;
    return voteOf(words)?.digest === digest;
  }

  return {
    add: (block, what) => {
      owed.set(block, what);
    },
    forget: (blocks) => {
      for (const block of blocks) owed.delete(block);
    },
    owedBlocks: () => owed.size,
    async recheck({ fromBlock, toBlock }, how) {
      const due = [...owed].filter(([block]) => block >= fromBlock && block <= toBlock).slice(0, AT_ONCE);
      const denied: number[] = [];
      await Promise.all(
        due.map(async ([block, what]) => {
          const answer = await holds(block, what, how);
          if (answer === null) {
            // To the end of the line, so that others are compared next time.
            if (owed.get(block) === what) owed.set(block, what);
            return;
          }
          onCheck?.(answer ? 'agreed' : 'disputed');
          if (answer) owed.delete(block);
          else denied.push(block);
        }),
      );
      return denied.sort((a, b) => a - b);
    },
  };
}
