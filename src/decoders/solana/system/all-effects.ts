/** Effects on tokens and NFTs together with the lamports that paid for them, in the order of the walk. */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { Effect } from '../effect.js';
import { readLamportTransfer } from './effects.js';

/** `paid`: lamports are asked for at all. */
export function allEffects(
  transaction: SolanaTransaction,
  token: readonly Effect[],
  found: readonly Effect[],
  paid: boolean,
): Effect[] {
  const lamports = paid
    ? transaction.instructions.map(readLamportTransfer).filter((effect) => effect !== null)
    : [];
  return [...token, ...found, ...lamports].sort((a, b) => a.ordinal - b.ordinal || a.slot - b.slot);
}
