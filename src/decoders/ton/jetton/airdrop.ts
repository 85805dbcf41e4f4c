/**
 * Airdrops of mintless jettons (TEP-177): merkle_airdrop_claim#0df602d6 proof:^Cell in the custom payload of
 * a transfer.
 */
import type { Cell } from '../../../chains/ton/cells/cell.js';
import { loadHashmap } from '../../../chains/ton/cells/dictionary.js';
import { readCell } from '../cells.js';

const CLAIM = 0x0df602d6;
/** addr_std$10 without anycast: workchain and hash. */
const KEY_BITS = 2 + 1 + 8 + 256;

/** Whether the custom payload of a transfer claims an airdrop. */
export function isAirdropClaim(payload: Cell | null): boolean {
  return readCell(payload, (slice) => slice.remainingBits >= 32 && slice.loadUint(32) === CLAIM) === true;
}

/**
 * The amount that the proof grants the owner, in base units. The proof is a tree whose other branches are
 * pruned; it holds amount:Coins start_from:uint48 expired_at:uint48 by address. null when the proof cannot be
 * read or is not the owner's.
 */
export function airdropAmount(payload: Cell | null, owner: string): bigint | null {
  return readCell(payload, (slice) => {
    slice.skip(32);
    const [root] = slice.loadRef().refs;
    if (root === undefined) return null;
    const found = loadHashmap(root, KEY_BITS, (value) => value.loadCoins());
    return found.find(([key]) => key === keyOf(owner))?.[1] ?? null;
  });
}

function keyOf(owner: string): bigint {
  const [workchain = '0', hash = ''] = owner.split(':');
  return (0b100n << 264n) | (BigInt.asUintN(8, BigInt(workchain)) << 256n) | BigInt(`0x${hash}`);
}
