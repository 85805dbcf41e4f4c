/**
 * A Solana transaction, normalised: every encoding (json, jsonParsed, base64) and version (legacy, 0, 1) of
 * getBlock and getTransaction becomes this one type. Decoders see nothing else.
 */

export interface SolanaInstruction {
  readonly programId: string;
  readonly accounts: readonly string[];
  /**
   * Decoded when it is first read, which costs more than everything else of an instruction: look at its
   * program first.
   */
  readonly data: Uint8Array;
  /** Index of the outer instruction. */
  readonly outer: number;
  /** Index among the inner instructions of `outer`; -1 for the outer instruction itself. */
  readonly inner: number;
  /** Position in the walk "outer, then its inner ones": events/position.ts. */
  readonly ordinal: number;
  /** 1 for an outer instruction, 2 for what it invokes, …; null where an old node did not record it. */
  readonly stackHeight: number | null;
}

export interface TokenBalance {
  readonly account: string;
  readonly mint: string;
  /** null on old blocks, which did not record it. */
  readonly owner: string | null;
  /** Base units. */
  readonly amount: bigint;
  readonly decimals: number;
}

export interface SolanaTransaction {
  readonly slot: number;
  /** Unix seconds. */
  readonly blockTime: number | null;
  readonly transactionIndex: number;
  readonly signature: string;
  readonly version: 'legacy' | 0 | 1;
  /** Static keys, then loaded writable, then loaded readonly. The first is the fee payer. */
  readonly accountKeys: readonly string[];
  /** How many of the static keys signed. */
  readonly signerCount: number;
  /** The walk: outer and inner instructions in order of `ordinal`. */
  readonly instructions: readonly SolanaInstruction[];
  /** null when the node kept none. */
  readonly logs: readonly string[] | null;
  /** null: success. Otherwise the node's error object. */
  readonly error: unknown;
  /**
   * The node kept no `meta`: whether it succeeded is unknown (`error` is set, so that nobody takes it for a
   * success).
   */
  readonly metaMissing?: true;
  /** Lamports. */
  readonly fee: bigint;
  readonly computeUnits: bigint | null;
  /** Lamports by index of accountKeys. */
  readonly preBalances: readonly bigint[];
  readonly postBalances: readonly bigint[];
  readonly preTokenBalances: readonly TokenBalance[];
  readonly postTokenBalances: readonly TokenBalance[];
}

export interface SolanaBlock {
  readonly slot: number;
  readonly blockhash: string;
  readonly parentSlot: number;
  readonly previousBlockhash: string;
  readonly blockTime: number | null;
  /**
   * Only the transactions that the reader asked for; `transactionIndex` keeps their place in the whole block.
   */
  readonly transactions: readonly SolanaTransaction[];
}
