/**
 * Everything that a transaction says about NFTs besides their token accounts: metadata of mints, Core assets,
 * compressed NFTs.
 */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import { type BubblegumEffects, readBubblegumEffects } from '../bubblegum/effects.js';
import { readCoreEffects } from '../core/effects.js';
import type { Effect } from '../effect.js';
import { BUBBLEGUM_PROGRAM, CORE_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_METADATA_PROGRAM } from '../programs.js';
import type { NftFactsMap } from './facts.js';
import { readToken2022Metadata } from './token-2022.js';
import { type MintOf, readTokenMetadata, type UnnamedUpdate } from './token-metadata.js';

export interface NftEffects extends BubblegumEffects {
  /** Updates of NFTs whose mint nothing in the transaction names. */
  readonly unnamed: readonly UnnamedUpdate[];
}

/**
 * Adds what the instructions say about the NFTs to `facts`.
 * @param called programs that the instructions call
 */
export function readNftEffects(
  { instructions, accountKeys }: Pick<SolanaTransaction, 'instructions' | 'accountKeys'>,
  called: ReadonlySet<string>,
  facts: NftFactsMap,
  mintOf: MintOf,
): NftEffects {
  const effects: Effect[] = [];
  let unnamed: NftEffects['unnamed'] = [];
  if (called.has(TOKEN_METADATA_PROGRAM)) {
    const metadata = readTokenMetadata(instructions, accountKeys, facts, mintOf);
    effects.push(...metadata.updates);
    unnamed = metadata.unnamed;
  }
  if (called.has(TOKEN_2022_PROGRAM)) effects.push(...readToken2022Metadata(instructions, facts));
  if (called.has(CORE_PROGRAM)) effects.push(...readCoreEffects(instructions, facts));
  if (!called.has(BUBBLEGUM_PROGRAM)) return { effects, unreadable: [], decompressed: NONE, unnamed };
  const { unreadable, decompressed, ...bubblegum } = readBubblegumEffects(instructions, facts);
  effects.push(...bubblegum.effects);
  return { effects, unreadable, decompressed, unnamed };
}

const NONE: ReadonlySet<string> = new Set();
