/**
 * What is followed on TON. config/ parses it from the network file; decoders only read it. Addresses are in
 * raw form.
 */

export interface FollowedJetton {
  readonly symbol: string;
  readonly master: string;
  readonly decimals: number;
}

/**
 * A field of a message body after its op, in order. The decoder knows these names: amount, lockSeconds,
 * lockMonths (of 30 days), apy (percent a year), staker (whose stake it is), user (the staker too, unless he
 * is only paid). A field of any other name is skipped.
 */
export interface LayoutField {
  readonly name: string;
  /** `uint:N`, `int:N`, `coins`, `address`, `bool`, `ref` (skipped), `maybe-ref` (skipped). */
  readonly type: string;
}

export interface MessageLayout {
  /**
   * `jetton`: a jetton transfer to the contract whose forward payload is this message. `direct`: an internal
   * message to the contract.
   */
  readonly via: 'jetton' | 'direct';
  /** The first 32 bits; absent: any payload matches (a plain jetton transfer is a stake). */
  readonly op?: number | undefined;
  readonly fields: readonly LayoutField[];
}

/**
 * A jetton staking contract. The amount of a stake is the jettons received; of an unstake, the message's
 * `amount`, else what was paid out; of a claim, what was paid out.
 */
export interface FollowedStaking {
  readonly name: string;
  readonly address: string;
  /** Symbol of a followed jetton. */
  readonly jetton: string;
  readonly messages: {
    readonly stake?: MessageLayout | undefined;
    readonly unstake?: MessageLayout | undefined;
    readonly claim?: MessageLayout | undefined;
  };
}

/** Contracts of liquid staking whose pools are read: what each is stands in its decoder. */
export const LIQUID_KINDS = ['tonstakers', 'bemo', 'hipo'] as const;
export type LiquidKind = (typeof LIQUID_KINDS)[number];

/** A pool that takes TON and mints a jetton for it. */
export interface FollowedLiquid {
  readonly name: string;
  readonly kind: LiquidKind;
  readonly pool: string;
  /** Symbol of a followed jetton: the share in the pool. */
  readonly jetton: string;
}

export interface TonFollow {
  readonly jettons: readonly FollowedJetton[];
  readonly collections: readonly string[];
  /** Items outside any followed collection. */
  readonly items: readonly string[];
  readonly staking: readonly FollowedStaking[];
  /** Absent: none but Tonstakers, which is built in. */
  readonly liquidStaking?: readonly FollowedLiquid[] | undefined;
  /** Follow everything of the standards that a decoder knows. */
  readonly all: boolean;
}
