/**
 * Hand-built normalised transactions: calls as a tree, from which walk, logs and depths follow as the runtime
 * would write them.
 */
import type {
  SolanaInstruction,
  SolanaTransaction,
  TokenBalance,
} from '../../src/chains/solana/transaction.js';

export interface Call {
  readonly program: string;
  readonly accounts?: readonly string[];
  readonly data?: Uint8Array;
  /** What the program says while it runs, before its own calls: raw lines. */
  readonly logs?: readonly string[];
  readonly calls?: readonly Call[];
}

export interface Build {
  readonly calls: readonly Call[];
  readonly error?: unknown;
  readonly pre?: readonly TokenBalance[];
  readonly post?: readonly TokenBalance[];
  /** Signer and fee payer first. */
  readonly keys?: readonly string[];
}

export function buildTransaction({
  calls,
  error = null,
  pre = [],
  post = [],
  keys = [],
}: Build): SolanaTransaction {
  const instructions: SolanaInstruction[] = [];
  const logs: string[] = [];
  const visit = (call: Call, outer: number, depth: number, nextInner: () => number): void => {
    const { program: programId, accounts = [], data = new Uint8Array() } = call;
    instructions.push({
      programId,
      accounts,
      data,
      outer,
      inner: depth === 1 ? -1 : nextInner(),
      ordinal: instructions.length,
      stackHeight: depth,
    });
    logs.push(`Program ${programId} invoke [${depth}]`, ...(call.logs ?? []));
    for (const inner of call.calls ?? []) visit(inner, outer, depth + 1, nextInner);
    logs.push(`Program ${programId} success`);
  };
  calls.forEach((call, outer) => {
    let count = 0;
    visit(call, outer, 1, () => count++);
  });
  const named = instructions.flatMap(({ programId, accounts }) => [...accounts, programId]);
  const accountKeys = [
    ...new Set([...keys, ...named, ...[...pre, ...post].map((balance) => balance.account)]),
  ];
  return {
    ...{
      slot: 10,
      blockTime: 1_700_000_000,
      transactionIndex: 0,
      signature: 'signature',
      version: 0,
      accountKeys,
      signerCount: 1,
      instructions,
    },
    ...{
      logs,
      error,
      fee: 5000n,
      computeUnits: 100n,
      preBalances: [],
      postBalances: [],
      preTokenBalances: pre,
      postTokenBalances: post,
    },
  };
}

export function u64(value: bigint): number[] {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return [...bytes];
}

export function emitted(data: Uint8Array): string {
  return `Program data: ${Buffer.from(data).toString('base64')}`;
}
