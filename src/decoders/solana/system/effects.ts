/**
 * Lamports sent by the System program: Transfer (2) and TransferWithSeed (11). Source:
 * solana-system-interface.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { type Effect, NATIVE } from '../effect.js';
import { SYSTEM_PROGRAM } from '../programs.js';

/** The transfer, in lamports; null when the instruction is none. */
export function readLamportTransfer(instruction: SolanaInstruction): Effect | null {
  if (instruction.programId !== SYSTEM_PROGRAM) return null;
  const { data, accounts } = instruction;
  if (
    data.length < 12 ||
    (data[0] !== 2 && data[0] !== 11) ||
    data[1] !== 0 ||
    data[2] !== 0 ||
    data[3] !== 0
  )
    return null;
  const source = accounts[0];
  const destination = accounts[data[0] === 2 ? 1 : 2];
  if (source === undefined || destination === undefined) return null;
  const amount = new DataView(data.buffer, data.byteOffset, data.byteLength).getBigUint64(4, true);
  return {
    ordinal: instruction.ordinal,
    slot: 0,
    kind: 'transfer',
    asset: NATIVE,
    decimals: 9,
    amount,
    source: { account: source, owner: source },
    destination: { account: destination, owner: destination },
    withheld: 0n,
    cause: 'instruction',
  };
}
