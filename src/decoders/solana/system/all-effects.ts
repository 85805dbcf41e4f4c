/**
 * Effects on tokens and NFTs together with the lamports that paid for them, in the order of the instructions.
 */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { Effect } from '../effect.js';
import { readLamportTransfer } from './effects.js';
import type { Lamports } from './lamports.js';

/**
 * @param found withdrawals that only the balances show
 * @param lamports null where no payment in lamports can matter
 */
export function allEffects(
  transaction: SolanaTransaction,
  token: readonly Effect[],
  found: readonly Effect[],
  lamports: Lamports | null,
): Effect[] {
  const paid =
    lamports === null
      ? []
      : [
          ...transaction.instructions.map(readLamportTransfer).filter((effect) => effect !== null),
          ...lamports.unwrapped,
        ];
  return [...token, ...found, ...paid].sort((a, b) => a.ordinal - b.ordinal || a.slot - b.slot);
}
