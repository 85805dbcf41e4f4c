/**
 * What of TON is followed. config/ parses it from the network's file; decoders only read it. Addresses raw.
 */

export interface FollowedJetton {
  readonly symbol: string;
  readonly master: string;
  readonly decimals: number;
}

/**
 * One field of a message body after its op, in order. `name` is one that the decoder knows (amount,
 * lockSeconds, lockMonths, apy, staker: whose stake it is, user: the same, unless he is only paid) or any
 * other, which is then skipped.
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
  /** First 32 bits; absent: any payload (a plain jetton transfer is a stake). */
  readonly op?: number | undefined;
  readonly fields: readonly LayoutField[];
}

/**
 * A jetton staking contract. stake: the jettons received. unstake: `amount` of the message, else what was
 * paid out. claim: what was paid out.
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

export interface TonFollow {
  readonly jettons: readonly FollowedJetton[];
  readonly collections: readonly string[];
  /** Items outside any followed collection. */
  readonly items: readonly string[];
  readonly staking: readonly FollowedStaking[];
  /** Everything of the standards that a decoder knows. */
  readonly all: boolean;
}
