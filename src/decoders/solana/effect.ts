/**
 * An effect is what one instruction did to a token, an NFT or lamports. Events are made of effects, and
 * drafts claim them.
 */
import type { Movement, NftDescription } from '../../events/event.js';

export interface EffectParty {
  /** Token account; for lamports the wallet itself. */
  readonly account: string;
  readonly owner: string;
}

/**
 * What keeps the asset: a token account of SPL Token or Token-2022, a Metaplex Core account, or a leaf of a
 * Bubblegum tree.
 */
export type NftStandard = 'spl' | 'core' | 'bubblegum';

/**
 * What an NFT belongs to: the collection that it joins or leaves, the creator who signs for it or takes his
 * signature back.
 */
export interface Membership {
  readonly joins?: string;
  readonly leaves?: string;
  /** A creator who signs for it. */
  readonly signs?: string;
  readonly unsigns?: string;
}

export interface Effect {
  /** Ordinal of the instruction in the walk. */
  readonly ordinal: number;
  /** 0, or the place inside a batch instruction. */
  readonly slot: number;
  /** `update`: what the NFT belongs to or says of itself changed, and nothing moved. */
  readonly kind: 'transfer' | 'mint' | 'burn' | 'update';
  /** A mint, a Core asset, the id of a compressed NFT, or `SOL` for lamports. */
  readonly asset: string;
  readonly decimals: number;
  /** Base units. */
  readonly amount: bigint;
  readonly source?: EffectParty;
  readonly destination?: EffectParty;
  /** Who signed for it. */
  readonly authority?: string;
  /**
   * Transfer fee that was withheld (Token-2022), in base units; the destination received `amount` less this.
   */
  withheld: bigint;
  /**
   * `owner`: the token account got a new owner, and its balance with it. `withdrawal`: withheld fees were
   * paid out.
   */
  readonly cause: 'instruction' | 'owner' | 'withdrawal';
  /** Only of an `update`. */
  readonly change?: Membership;
  /** Only of an `update`: what the instruction says of the NFT, without its membership. */
  readonly says?: NftDescription;
  /**
   * Absent: the asset is kept in token accounts. Core assets and compressed NFTs have none: their parties are
   * the wallets themselves.
   */
  readonly standard?: Exclude<NftStandard, 'spl'>;
}

export const NATIVE = 'SOL';

/** The balance changes of token accounts that the effect caused. */
export function movementsOf(effect: Effect): Movement[] {
  const movements: Movement[] = [];
  const { asset: token, amount } = effect;
  const { source, destination } = effect;
  if (source && effect.cause !== 'withdrawal')
    movements.push({ token, account: source.account, owner: source.owner, delta: -amount });
  if (destination)
    movements.push({
      token,
      account: destination.account,
      owner: destination.owner,
      delta: amount - effect.withheld,
    });
  return movements;
}
