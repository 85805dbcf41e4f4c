/**
 * The local Solana as the rest of the devnet sees it: submit transactions, read state, watch what lands and
 * what a fork takes back.
 */

/** A transaction that is in a block of the current branch. */
export interface LandedTransaction {
  readonly signature: string;
  readonly slot: number;
  readonly transactionIndex: number;
  /** null is success; otherwise the node's JSON error (`{"InstructionError":[0,{"Custom":1}]}`). */
  readonly error: unknown;
}

export interface ChainAccount {
  readonly lamports: bigint;
  readonly owner: string;
  readonly data: Uint8Array;
  readonly executable: boolean;
}

/** What stands on the chain before its first block. */
export interface Genesis {
  readonly programs: readonly { readonly address: string; readonly elf: Uint8Array }[];
  readonly accounts: readonly {
    readonly address: string;
    readonly lamports: bigint;
    readonly owner: string;
    readonly data: Uint8Array;
  }[];
  /** System accounts that start with lamports. */
  readonly accountsFunded: readonly { readonly address: string; readonly lamports: bigint }[];
}

export interface ChainOptions {
  /** Folder that holds the journal; created when absent. */
  readonly dir: string;
  /** Everything random (skipped slots, faucet key, which dropped transactions land again) follows from it. */
  readonly seed: string;
  /** Time between slots; Solana's own is 400. */
  readonly slotMilliseconds: number;
  /** About every nth slot has no block; 0 = none is skipped. */
  readonly skipEvery: number;
  /** A block is confirmed when this many blocks stand on it. */
  readonly confirmedAfter: number;
  /** A block is finalized when this many blocks stand on it. */
  readonly finalizedAfter: number;
  readonly genesis: Genesis;
  /** Milliseconds since 1970; the wall clock when absent. */
  readonly now?: () => number;
}

export interface ForkOptions {
  /** How many of the newest blocks to drop; a finalized one is never dropped. */
  readonly depth: number;
  /**
   * A seeded half of the dropped transactions is queued again and may land in another block; the rest
   * vanishes.
   */
  readonly reland: boolean;
}

export interface ForkResult {
  readonly droppedSlots: readonly number[];
  readonly abandoned: readonly string[];
  readonly requeued: readonly string[];
}

export interface SolanaChain {
  readonly genesisHash: string;
  latestBlockhash(): string;
  /**
   * Queue a signed, serialized transaction (legacy, 0 or 1) for the next block. Resolves when the block that
   * holds it is produced and persisted; rejects if it can never land (bad signature, expired blockhash).
   */
  submit(bytes: Uint8Array): Promise<LandedTransaction>;
  /** State after the newest block. */
  account(address: string): ChainAccount | null;
  /** A real system transfer from the faucet's key, so it is a transaction in a block. */
  airdrop(address: string, lamports: bigint): Promise<LandedTransaction>;
  /** Landed on the current branch, at any age. */
  status(signature: string): LandedTransaction | null;
  slot(): number;
  finalizedSlot(): number;
  /** Called for each transaction when its block is persisted. */
  onLanded(listener: (tx: LandedTransaction) => void): void;
  /** Called for each signature that a fork abandons; it may land again. */
  onAbandoned(listener: (signature: string, slot: number) => void): void;
  /** Produce this many blocks now, without waiting for the clock. */
  advance(blocks: number): Promise<void>;
  /** Abandon the newest blocks and go on with another branch. */
  fork(options: ForkOptions): Promise<ForkResult>;
  pause(): void;
  resume(): void;
  start(): void;
  stop(): Promise<void>;
}
