/**
 * Calls as a tree → a transaction as getBlock (`json` encoding) gives it, with the walk, logs and balances
 * that follow from them.
 */
import { encodeBase58 } from '../../src/events/base58.js';

export interface Call {
  readonly program: string;
  readonly accounts: readonly string[];
  readonly data: Uint8Array;
  /** What the program says while it runs, before its own calls: whole lines. */
  readonly logs?: readonly string[];
  readonly calls?: readonly Call[];
}

export interface TokenChange {
  readonly account: string;
  readonly owner: string;
  readonly mint: string;
  readonly decimals: number;
  readonly before: bigint;
  readonly after: bigint;
}

export interface RawTransactionParts {
  readonly signature: string;
  readonly payer: string;
  readonly blockhash: string;
  readonly calls: readonly Call[];
  readonly tokens?: readonly TokenChange[];
  readonly failed?: boolean;
  readonly units?: number;
}

/** JSON text, its fields in a node's order. */
export function rawTransaction(parts: RawTransactionParts): string {
  const { calls, tokens = [], payer, failed = false } = parts;
  const keys = [...new Set([payer, ...tokens.map((token) => token.account), ...calls.flatMap(keysOf)])];
  const index = new Map(keys.map((key, at) => [key, at]));
  const at = (key: string): number => index.get(key) ?? 0;
  const compiled = ({ program, accounts, data }: Call) => ({
    programIdIndex: at(program),
    accounts: accounts.map(at),
    data: encodeBase58(data),
  });
  const innerInstructions = calls.flatMap((call, outer) => {
    const instructions = innerOf(call, 2).map(({ call: inner, depth }) => ({
      ...compiled(inner),
      stackHeight: depth,
    }));
    return instructions.length === 0 ? [] : [{ index: outer, instructions }];
  });
  const lamports = keys.map((_, key) => 2_039_280 + key);
  const error = failed ? { InstructionError: [calls.length - 1, { Custom: 6000 }] } : null;
  return JSON.stringify({
    meta: {
      err: error,
      status: error === null ? { Ok: null } : { Err: error },
      fee: 5000,
      preBalances: [lamports[0] === undefined ? 0 : lamports[0] + 5000, ...lamports.slice(1)],
      postBalances: lamports,
      innerInstructions: failed ? [] : innerInstructions,
      logMessages: calls.flatMap((call, outer) => logsOf(call, 1, failed && outer === calls.length - 1)),
      preTokenBalances: tokens.map((token) =>
        balance(token, at(token.account), failed ? token.before : token.before),
      ),
      postTokenBalances: tokens.map((token) =>
        balance(token, at(token.account), failed ? token.before : token.after),
      ),
      rewards: [],
      loadedAddresses: { writable: [], readonly: [] },
      computeUnitsConsumed: parts.units ?? 41_234,
    },
    transaction: {
      signatures: [parts.signature],
      message: {
        header: { numRequiredSignatures: 1, numReadonlySignedAccounts: 0, numReadonlyUnsignedAccounts: 1 },
        accountKeys: keys,
        recentBlockhash: parts.blockhash,
        instructions: calls.map((call) => ({ ...compiled(call), stackHeight: null })),
        addressTableLookups: [],
      },
    },
    version: 0,
  });
}

function keysOf(call: Call): string[] {
  return [...call.accounts, call.program, ...(call.calls ?? []).flatMap(keysOf)];
}

function innerOf(call: Call, depth: number): { readonly call: Call; readonly depth: number }[] {
  return (call.calls ?? []).flatMap((inner) => [{ call: inner, depth }, ...innerOf(inner, depth + 1)]);
}

function logsOf(call: Call, depth: number, failed: boolean): string[] {
  const { program, logs = [], calls = [] } = call;
  const said = failed ? ['Program log: AnchorError occurred. Error Code: Asked. Error Number: 6000.'] : logs;
  const inner = failed ? [] : calls.flatMap((item) => logsOf(item, depth + 1, false));
  const used = `Program ${program} consumed 20123 of 199850 compute units`;
  const end = failed
    ? `Program ${program} failed: custom program error: 0x1770`
    : `Program ${program} success`;
  return [`Program ${program} invoke [${depth}]`, ...inner, ...said, used, end];
}

function balance(token: TokenChange, accountIndex: number, amount: bigint) {
  const { mint, owner, decimals } = token;
  const ui = Number(amount) / 10 ** decimals;
  return {
    accountIndex,
    mint,
    uiTokenAmount: { uiAmount: ui, decimals, amount: amount.toString(), uiAmountString: String(ui) },
    owner,
    programId: 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
  };
}
