/** Finds in what a block holds the NFTs that are followed from then on, because their moves name nobody. */
import type { SolanaBlock, SolanaTransaction } from '../../chains/solana/transaction.js';
import { BUBBLEGUM, treesOf } from '../../decoders/solana/bubblegum/effects.js';
import { CORE } from '../../decoders/solana/core/effects.js';
import type { SolanaFollow } from '../../decoders/solana/follow.js';
import { SPL_TOKEN } from '../../decoders/solana/spl-token/plain-events.js';
import type { ChainEvent, DecodedTransaction } from '../../events/event.js';
import type { DecodedSpan, FoundTransaction } from '../reader.js';
import { FROM_THE_BEGINNING, type KnownNfts } from './known-nfts.js';

/** An NFT that a block makes ours, whether it was known before or not. */
interface Found {
  readonly address: string;
  /** By more than its mint: it is ours in earlier blocks too. */
  readonly earlier: boolean;
}

export interface NftDiscovery {
  readonly discovers: boolean;
  /**
   * Makes every NFT known that a followed creator or collection mints or updates, and returns all of them:
   * whoever reads the block again has to hear of them again.
   */
  discover(transactions: readonly DecodedTransaction[], block: SolanaBlock): readonly Found[];
  /**
   * What the block made ours, as a span says it.
   * @param transactions those of the block, decoded with all that was found
   */
  discovered(
    found: readonly Found[],
    transactions: readonly DecodedTransaction[],
  ): Pick<DecodedSpan, 'discovered' | 'earlier'>;
  /** See ChainReader.placeOf. */
  placeOf(address: string): string;
  /** Token accounts of known NFTs. */
  holdersIn(transaction: SolanaTransaction): NonNullable<FoundTransaction['holders']>;
}

/** @param known grows by what is discovered */
export function createNftDiscovery(follow: SolanaFollow, known: KnownNfts): NftDiscovery {
  // With `all`, every NFT is ours without being known by name.
  const voices = follow.nfts.creators.length + follow.nfts.collections.length;
  const discovers = voices > 0 && !follow.nfts.all;
  const named = new Set(follow.nfts.mints);
  const trees = new Map<string, string>();

  const begins = (event: ChainEvent): boolean =>
    isBeginning(event) && !named.has(event.asset.address) && isSilent(event);

  return {
    discovers,
    discover(transactions, block) {
      if (!discovers) return [];
      const found = new Map<string, Found>();
      for (const { events, transactionHash } of transactions)
        for (const event of events.filter(begins)) {
          const { address } = event.asset;
          if (event.decoder === BUBBLEGUM.name) placeTrees(block, transactionHash);
          const before = known.since(address);
          // Known by its mint it is ours from there on, and an update says nothing new. One that only changes
          // what the NFT says of itself makes it ours where nothing else did.
          const earlier =
            event.kind === 'update' &&
            (before === undefined ||
              (isVouching(event) && (before === FROM_THE_BEGINNING || before >= block.slot)));
          found.set(address, { address, earlier: earlier || found.get(address)?.earlier === true });
          if (event.kind === 'mint' || before === undefined || before > block.slot)
            known.add(address, block.slot);
        }
      return [...found.values()];
    },
    discovered(found, transactions) {
      const minted = new Set<string>();
      for (const { events } of transactions)
        for (const { kind, outcome, asset } of events)
          if (kind === 'mint' && outcome === 'ok') minted.add(asset.address);
      const earlier = found.filter((nft) => nft.earlier && !minted.has(nft.address));
      return {
        discovered: found.map(({ address }) => address),
        ...(earlier.length > 0 && { earlier: earlier.map(({ address }) => address) }),
      };
    },
    placeOf: (address) => trees.get(address) ?? address,
    holdersIn: ({ preTokenBalances, postTokenBalances }) =>
      [...preTokenBalances, ...postTokenBalances].flatMap(({ account, mint, decimals }) =>
        decimals === 0 && known.since(mint) !== undefined ? [{ account, of: mint }] : [],
      ),
  };

  /** No transaction names a compressed NFT, but all of them name its tree. */
  function placeTrees({ transactions }: SolanaBlock, hash: string): void {
    const transaction = transactions.find(({ signature }) => signature === hash);
    for (const [address, tree] of treesOf(transaction?.instructions ?? [])) trees.set(address, tree);
  }
}

function isBeginning({ kind, outcome, asset }: ChainEvent): boolean {
  return (kind === 'mint' || kind === 'update') && outcome === 'ok' && asset.kind === 'nft';
}

/** Whether a collection or a creator says by this update that the NFT is theirs, or is no longer. */
function isVouching({ nft, details }: ChainEvent): boolean {
  return nft?.contract !== undefined || details?.signs !== undefined || details?.unsigns !== undefined;
}

/**
 * Whether later moves name neither its creator nor its collection. A Core asset's name the collection as long
 * as it belongs to one.
 */
function isSilent({ decoder, kind, nft }: ChainEvent): boolean {
  if (decoder === CORE.name) return kind === 'update' || nft?.collection === undefined;
  return decoder === SPL_TOKEN.name || decoder === BUBBLEGUM.name;
}
