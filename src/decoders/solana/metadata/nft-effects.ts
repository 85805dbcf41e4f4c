/** Everything that a transaction says of NFTs beside their token accounts: metadata of mints, Core assets, compressed NFTs. */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { type BubblegumEffects, readBubblegumEffects } from '../bubblegum/effects.js';
import { readCoreEffects } from '../core/effects.js';
import { BUBBLEGUM_PROGRAM, CORE_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_METADATA_PROGRAM } from '../programs.js';
import type { NftFactsMap } from './facts.js';
import { readToken2022Metadata } from './token-2022.js';
import { readTokenMetadata } from './token-metadata.js';

/** Fills `facts`; `called`: the programs that the instructions call. */
export function readNftEffects(
  instructions: readonly SolanaInstruction[],
  called: ReadonlySet<string>,
  facts: NftFactsMap,
): BubblegumEffects {
  if (called.has(TOKEN_METADATA_PROGRAM)) readTokenMetadata(instructions, facts);
  if (called.has(TOKEN_2022_PROGRAM)) readToken2022Metadata(instructions, facts);
  const core = called.has(CORE_PROGRAM) ? readCoreEffects(instructions, facts) : [];
  if (!called.has(BUBBLEGUM_PROGRAM)) return { effects: core, unreadable: [] };
  const { effects, unreadable } = readBubblegumEffects(instructions, facts);
  return { effects: [...core, ...effects], unreadable };
}
