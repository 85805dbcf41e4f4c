/**
 * What one instruction did to a token or to lamports: the facts that events are made of and that they claim.
 */
import type { Movement } from '../../events/event.js';

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

/** What an NFT belongs to from now on, and no more: collections and creators. */
export interface Membership {
  readonly joins?: string;
  readonly leaves?: string;
  /** A creator who signs for it. */
  readonly signs?: string;
  readonly unsigns?: string;
}

export interface Effect {
  /** Of the instruction. */
  readonly ordinal: number;
  /** 0, or the place inside a batch instruction. */
  readonly slot: number;
  /** `update`: what the NFT belongs to changed, and nothing moved. */
  readonly kind: 'transfer' | 'mint' | 'burn' | 'update';
  /** Mint, Core asset, compressed asset's id, or `SOL` for lamports. */
  readonly asset: string;
  readonly decimals: number;
  readonly amount: bigint;
  readonly source?: EffectParty;
  readonly destination?: EffectParty;
  /** Who signed for it. */
  readonly authority?: string;
  /**
   * Transfer fee that stayed withheld (Token-2022), base units; the destination received `amount` less this.
   */
  withheld: bigint;
  /**
   * `owner`: the account changed hands and its balance with it. `withdrawal`: withheld fees were paid out.
   */
  readonly cause: 'instruction' | 'owner' | 'withdrawal';
  /** Of an `update`. */
  readonly change?: Membership;
  /**
   * Absent: a token account. Core assets and compressed NFTs have no token account: their parties are the
   * wallets themselves.
   */
  readonly standard?: Exclude<NftStandard, 'spl'>;
}

export const NATIVE = 'SOL';

/** Balance changes of token accounts that the effect stands for. */
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
