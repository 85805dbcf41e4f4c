/**
 * Tokens that candy machines and their guards handle and that only look like NFTs. Source: mpl-candy-machine
 * (v2), mpl-candy-guard (botTax, tokenBurn, nftBurn).
 */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { Effect } from '../effect.js';
import { callerOf } from '../walk/subtree.js';

const CANDY_MACHINE_V2 = 'cndy3Z4yapfJBmL3ShUp5exZKqR3z33thTzeNMm2gRZ';
const MACHINES: ReadonlySet<string> = new Set([
  CANDY_MACHINE_V2,
  'Guard1JwRhJkVH6XZhzoYxeBVQe872VH6QggF4BWmS9g',
  'CMAGAKJ67e9hRZgfC5SFTbZH8MgEmtqazKXjmkaJjWTJ',
]);

/**
 * Whether the burn is of a whitelist token: a machine burns these by the token program itself, an NFT only
 * through Token Metadata.
 */
export function isWhitelistToken(effect: Effect, { instructions }: SolanaTransaction): boolean {
  const instruction =
    effect.kind === 'burn' && effect.standard === undefined ? instructions[effect.ordinal] : undefined;
  if (instruction === undefined || instruction.inner === -1) return false;
  const caller = callerOf(instructions, instruction);
  if (caller !== undefined) return MACHINES.has(caller.programId);
  // Without recorded stack heights only candy machine v2 is certain, which never burns an NFT.
  const outer = instructions.find((other) => other.outer === instruction.outer && other.inner === -1);
  return instruction.stackHeight === null && outer?.programId === CANDY_MACHINE_V2;
}
