/**
 * Effects on tokens and NFTs together with the lamports that paid for them, in the order of the instructions.
 */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { Effect } from '../effect.js';
import { readLamportTransfer } from './effects.js';

/**
 * @param found withdrawals that only the balances show
 * @param unwrapped wrapped SOL that was paid out by closing its account; null where no payment in lamports
 * can matter
 */
export function allEffects(
  transaction: SolanaTransaction,
  token: readonly Effect[],
  found: readonly Effect[],
  unwrapped: readonly Effect[] | null,
): Effect[] {
  const all = [...token, ...found];
  if (unwrapped !== null) {
    for (const instruction of transaction.instructions) {
      const sent = readLamportTransfer(instruction);
      if (sent !== null) all.push(sent);
    }
    all.push(...unwrapped);
  }
  return all.sort((a, b) => a.ordinal - b.ordinal || a.slot - b.slot);
}
