/**
 * The proof that nothing was left out: each block names its parent's slot and hash, so the slots between a
 * block and its parent were skipped, and every other slot holds a block that must be shown. What an endpoint
 * lists or calls skipped is never believed alone.
 */
import { NdxError } from '../../../runtime/errors.js';

/** A block's place in the chain: its slot and hash, and those of its parent. */
export interface Linked {
  readonly slot: number;
  readonly parentSlot: number;
  readonly blockhash: string;
  readonly previousBlockhash: string;
}

/** A block's place in the chain, without what is in it. */
export function placeOf({ slot, parentSlot, blockhash, previousBlockhash }: Linked): Linked {
  return { slot, parentSlot, blockhash, previousBlockhash };
}

/**
 * When more blocks than this are missing in one hole, the endpoint keeps no history; it did not lose a few.
 */
const LONGEST_HOLE = 1_000;

/**
 * The blocks that lead from `previous` (the newest one proven, null at the start of a range) to `block`,
 * oldest first and `block` last. Every slot up to `covered` is already proven. `fetchMissing` must find a
 * block that exists for certain.
 * @throws NdxError BLOCK_UNAVAILABLE (retryable) when the blocks do not follow upon each other: a fork, or
 * endpoints on different ones.
 */
export async function linkUp<B extends Linked>(
  previous: Linked | null,
  covered: number,
  block: B,
  fetchMissing: (slot: number, child: Linked) => Promise<B>,
): Promise<readonly B[]> {
  const newestFirst: B[] = [block];
  let oldest = block;
  // The first block of all names itself as its parent.
  while (oldest.slot !== 0 && oldest.parentSlot > covered) {
    if (newestFirst.length > LONGEST_HOLE) {
      throw unavailable(
        `more than ${LONGEST_HOLE} blocks up to slot ${block.slot} were left out of the endpoint's list; is it archival?`,
      );
    }
    const parent = await fetchMissing(oldest.parentSlot, oldest);
    assertFollows(parent, oldest);
    newestFirst.push(parent);
    oldest = parent;
  }
  if (previous !== null) assertFollows(previous, oldest);
  return newestFirst.reverse();
}

/** Whether `child` says that `parent` is the block before it, by slot and by hash. */
export function follows(parent: Linked, child: Linked): boolean {
  return child.parentSlot === parent.slot && child.previousBlockhash === parent.blockhash;
}

function assertFollows(parent: Linked, child: Linked): void {
  if (follows(parent, child)) return;
  if (child.parentSlot !== parent.slot) {
    throw unavailable(
      `fork: slot ${child.slot} follows upon slot ${child.parentSlot}, not upon slot ${parent.slot}, which was read before`,
    );
  }
  throw unavailable(
    `fork: slot ${child.slot} follows upon block ${child.previousBlockhash} of slot ${parent.slot}, but ${parent.blockhash} was read there`,
  );
}

function unavailable(message: string): NdxError {
  return new NdxError('BLOCK_UNAVAILABLE', `Solana: ${message}`, { retryable: true });
}
