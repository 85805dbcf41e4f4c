/**
 * The play's vocabulary: an action is one transaction of one or more steps; a step says what a user does and
 * what must follow from it. Actions are plain data (amounts as bigint), so that they can be written down
 * before they are sent.
 */
import type { Keypair, PublicKey, TransactionInstruction } from '@solana/web3.js';

/** Users are named by their number. */
export type Step =
  | { readonly do: 'createMints' }
  | { readonly do: 'createVaults' }
  | { readonly do: 'fundRewards'; readonly amount: bigint }
  /** Opens the user's token account and his staking positions. */
  | { readonly do: 'join'; readonly user: number }
  | { readonly do: 'ndtMint'; readonly to: number; readonly amount: bigint; readonly by: 'program' | 'token' }
  | {
      readonly do: 'ndtTransfer';
      readonly from: number;
      readonly to: number;
      readonly amount: bigint;
      readonly burn: bigint;
    }
  | {
      readonly do: 'tokenTransfer';
      readonly from: number;
      readonly to: number;
      readonly amount: bigint;
      readonly checked: boolean;
    }
  | { readonly do: 'ndtBurn'; readonly from: number; readonly amount: bigint; readonly checked: boolean }
  | {
      readonly do: 'ndtStake';
      readonly user: number;
      readonly amount: bigint;
      readonly lockSeconds: number;
      readonly apr: number;
    }
  | { readonly do: 'ndtUnstake'; readonly user: number; readonly amount: bigint }
  | { readonly do: 'ndtClaim'; readonly user: number; readonly rewards: bigint }
  | {
      readonly do: 'stakingStake';
      readonly user: number;
      readonly amount: bigint;
      readonly months: number;
      readonly apy: number;
      readonly emit: Emit;
      /** Old and new level when the stake changes it. */
      readonly level?: readonly [number, number];
    }
  | { readonly do: 'stakingUnstake'; readonly user: number; readonly amount: bigint; readonly emit: Emit }
  | { readonly do: 'stakingClaim'; readonly user: number; readonly rewards: bigint; readonly emit: Emit }
  | {
      readonly do: 'trackCreate';
      readonly artist: number;
      readonly number: number;
      readonly name: string;
      readonly price: bigint;
      readonly royaltyPercent: number;
    }
  | { readonly do: 'trackToggle'; readonly track: string; readonly owner: number; readonly listed: boolean }
  | { readonly do: 'trackReprice'; readonly track: string; readonly owner: number; readonly price: bigint }
  | {
      readonly do: 'trackRoyalty';
      readonly track: string;
      readonly owner: number;
      readonly royaltyPercent: number;
    }
  | {
      readonly do: 'trackBuy';
      readonly track: string;
      readonly buyer: number;
      readonly seller: number;
      readonly creator: number;
      readonly price: bigint;
      readonly royalty: bigint;
      readonly fee: bigint;
    }
  | { readonly do: 'trackHear'; readonly track: string; readonly user: number; readonly like: boolean }
  | { readonly do: 'nftMint'; readonly number: number; readonly to: number }
  | {
      readonly do: 'nftTransfer';
      readonly nft: string;
      readonly from: number;
      readonly to: number;
      readonly checked: boolean;
    }
  | { readonly do: 'nftBurn'; readonly nft: string; readonly from: number }
  | { readonly do: 'ndx22Mint'; readonly to: number; readonly amount: bigint }
  | {
      readonly do: 'ndx22Transfer';
      readonly from: number;
      readonly to: number;
      readonly amount: bigint;
      readonly fee: bigint;
    }
  | { readonly do: 'payLamports'; readonly from: number; readonly to: number; readonly lamports: bigint }
  | { readonly do: 'memo'; readonly from: number; readonly text: string }
  | { readonly do: 'foreignToken'; readonly from: number; readonly to: number; readonly amount: bigint }
  | { readonly do: 'foreignNft'; readonly number: number; readonly to: number }
  | {
      readonly do: 'forgeTransfer';
      readonly by: number;
      readonly from: number;
      readonly to: number;
      readonly amount: bigint;
    }
  /** Moves a little for true and claims much more. */
  | {
      readonly do: 'swindle';
      readonly by: number;
      readonly to: number;
      readonly amount: bigint;
      readonly claimed: bigint;
    }
  | {
      readonly do: 'forgeSale';
      readonly by: number;
      readonly track: string;
      readonly seller: number;
      readonly price: bigint;
    }
  | { readonly do: 'forgeClaim'; readonly by: number; readonly user: number; readonly rewards: bigint };

/** `emit!` (a log) or `emit_cpi!` (an inner instruction). */
export type Emit = 'log' | 'cpi';
export type StepName = Step['do'];
export type StepOf<N extends StepName> = Extract<Step, { do: N }>;

/** How an action is meant to fail; the chain decides whether it does. */
export type Failure =
  /** The program emits its event and then fails. */
  | 'after-event'
  /** A later instruction of the transaction fails. */
  | 'later-instruction'
  /** The first step asks for more than there is. */
  | 'insufficient';

export interface Action {
  /** Counts from 0; the place in the play. */
  readonly id: number;
  readonly version: 'legacy' | 0 | 1;
  readonly steps: readonly Step[];
  readonly fails?: Failure;
}

type Kind = 'mint' | 'transfer' | 'sale' | 'stake' | 'unstake' | 'claim' | 'burn' | 'list' | 'delist';

/** What a step must be read as. Wallets, not token accounts; amounts in base units. */
export interface ExpectedEvent {
  readonly kind: Kind;
  readonly asset: { readonly kind: 'nft' | 'token'; readonly address: string };
  readonly from?: string;
  readonly to?: string;
  readonly amount?: bigint;
  readonly price?: { readonly amount: bigint; readonly currency: string };
  readonly fees?: { readonly marketplace: bigint; readonly royalty: bigint };
  readonly repriceOnly?: true;
  readonly nft?: { readonly name?: string; readonly creator: string; readonly royaltyPercent?: number };
  readonly stake?: { readonly pool: string; readonly lockSeconds?: number; readonly apy?: number };
  /** Token-2022: what of `amount` was withheld in the receiving account. */
  readonly withheld?: bigint;
  /** Balance changes of followed tokens, by wallet. */
  readonly movements: readonly { readonly token: string; readonly owner: string; readonly delta: bigint }[];
}

export interface User {
  readonly number: number;
  readonly key: Keypair;
  readonly wallet: string;
  /** NDT token account. */
  readonly ndt: PublicKey;
}

export interface StepContext {
  /** @throws Error when there is no such user */
  readonly user: (number: number) => User;
  readonly seed: string;
  /** Unix seconds for the events' timestamps. */
  readonly time: bigint;
  /** The step's program is asked to fail after it emitted its event. */
  readonly failAfterEvent: boolean;
}

export interface Built {
  readonly instructions: readonly TransactionInstruction[];
  /** Who pays the fee when this is the first step. */
  readonly payer: Keypair;
  /** Signers beside the payer and the users. */
  readonly keys?: readonly Keypair[];
}

/** What a kind of step is: its instructions and its consequences. */
export interface StepRule<N extends StepName> {
  build(step: StepOf<N>, context: StepContext): Built;
  expect(step: StepOf<N>, context: StepContext): readonly ExpectedEvent[];
}
export type StepRules<N extends StepName> = { readonly [K in N]: StepRule<K> };

/** sent: not decided yet. lost: can never land. abandoned: a fork dropped it, it may land again. */
type Outcome = 'sent' | 'ok' | 'failed' | 'abandoned' | 'lost';

export interface OracleEntry {
  readonly signature: string;
  readonly action: Action;
  /** What follows from it if it succeeds; of a failed one, what it attempted. */
  readonly events: readonly ExpectedEvent[];
  readonly outcome: Outcome;
  readonly slot?: number;
  readonly transactionIndex?: number;
  readonly error?: unknown;
}
