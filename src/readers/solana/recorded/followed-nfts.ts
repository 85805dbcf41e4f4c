/**
 * Finds the NFTs of an input that one of its transactions makes ours (a mint by a followed creator, a
 * collection verified later), so that transactions before that one are decoded with them too. The input is
 * read twice for this.
 */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { SolanaFollow } from '../../../decoders/solana/follow.js';
import { createdBy, type MintOf } from '../../../decoders/solana/metadata/token-metadata.js';
import { createSolanaDecoder } from '../../../decoders/solana/registry.js';
import type { DecodedTransaction } from '../../../events/event.js';

export interface FollowedNfts {
  readonly known: ReadonlySet<string>;
  readonly mintOf: MintOf;
}

/** @param transactions gives the input's transactions from the first on; called twice */
export async function findFollowedNfts(
  transactions: () => AsyncIterable<SolanaTransaction>,
  follow: SolanaFollow,
): Promise<FollowedNfts> {
  const known = new Set<string>();
  const mints = new Map<string, string>();
  for await (const { instructions } of transactions())
    for (const instruction of instructions) {
      const link = createdBy(instruction);
      if (link !== null) mints.set(link.metadata, link.mint);
    }
  const mintOf: MintOf = (metadata) => mints.get(metadata);
  const decoder = createSolanaDecoder(follow, { known, mintOf });
  for await (const transaction of transactions()) {
    const decoded = decoder.decode(transaction);
    if (decoded !== null) for (const address of nftsOf(decoded)) known.add(address);
  }
  return { known, mintOf };
}

/** NFTs whose later moves are followed because of what the transaction says. */
export function nftsOf({ events }: DecodedTransaction): string[] {
  return events
    .filter(({ kind, asset, outcome }) => asset.kind === 'nft' && outcome === 'ok' && BEGINNINGS.has(kind))
    .map(({ asset }) => asset.address);
}

const BEGINNINGS: ReadonlySet<string> = new Set(['mint', 'update']);
