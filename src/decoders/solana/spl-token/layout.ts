/**
 * Instructions of SPL Token and Token-2022 that change balances, owners or supplies.
 * Source: instruction.rs of both programs; tag 255 is p-token's batch (SIMD-0266), which both names share.
 */
import { createByteReader } from '../bytes.js';

export type TokenOperation =
  | {
      readonly op: 'transfer';
      source: string;
      destination: string;
      authority: string | undefined;
      mint?: string;
      amount: bigint;
      decimals?: number;
      fee?: bigint;
    }
  | {
      readonly op: 'mint';
      mint: string;
      destination: string;
      authority: string | undefined;
      amount: bigint;
      decimals?: number;
    }
  | {
      readonly op: 'burn';
      mint: string;
      source: string;
      authority: string | undefined;
      amount: bigint;
      decimals?: number;
    }
  | { readonly op: 'initialize-mint'; mint: string; decimals: number; mintAuthority: string }
  | { readonly op: 'initialize-account'; account: string; mint: string; owner: string }
  | { readonly op: 'set-owner'; account: string; authority: string | undefined; owner: string | null }
  | { readonly op: 'set-mint-authority'; mint: string; authority: string | null }
  | {
      readonly op: 'close';
      account: string;
      destination: string | undefined;
      authority: string | undefined;
    }
  | { readonly op: 'withdraw-withheld'; mint: string; destination: string };

const BATCH = 255;

/**
 * What an instruction of SPL Token or Token-2022 does, in order; empty when it changes no balance, owner or
 * supply.
 * @param accounts base58, in the order of the instruction
 * @throws RangeError on truncated data or missing accounts
 */
export function readTokenOperations(
  data: Uint8Array,
  accounts: readonly string[],
): readonly TokenOperation[] {
  if (data.length === 0) return [];
  if (data[0] !== BATCH) {
    const operation = readOne(data, accounts);
    return operation === null ? [] : [operation];
  }
  const operations: TokenOperation[] = [];
  let account = 0;
  for (let at = 1; at < data.length; ) {
    const accountCount = data[at] ?? 0;
    const length = data[at + 1] ?? 0;
    const part = data.subarray(at + 2, at + 2 + length);
    if (part.length < length || account + accountCount > accounts.length)
      throw new RangeError('a batch is longer than its data or accounts');
    const operation =
      part.length === 0 ? null : readOne(part, accounts.slice(account, account + accountCount));
    if (operation !== null) operations.push(operation);
    account += accountCount;
    at += 2 + length;
  }
  return operations;
}

function readOne(data: Uint8Array, accounts: readonly string[]): TokenOperation | null {
  const reader = createByteReader(data, 1);
  const account = (index: number): string => {
    const found = accounts[index];
    if (found === undefined) throw new RangeError(`account ${index} is missing`);
    return found;
  };
  const u64 = () => reader.integer(8, false);
  const optionalKey = () => (reader.u8() === 0 ? null : reader.key());

  switch (data[0]) {
    case 0:
    case 20: {
      const decimals = reader.u8();
      return { op: 'initialize-mint', mint: account(0), decimals, mintAuthority: reader.key() };
    }
    case 1:
      return { op: 'initialize-account', account: account(0), mint: account(1), owner: account(2) };
    case 16:
    case 18:
      return { op: 'initialize-account', account: account(0), mint: account(1), owner: reader.key() };
    case 3:
      return {
        op: 'transfer',
        source: account(0),
        destination: account(1),
        authority: accounts[2],
        amount: u64(),
      };
    case 6: {
      const type = reader.u8();
      if (type === 0) return { op: 'set-mint-authority', mint: account(0), authority: optionalKey() };
      if (type === 2)
        return { op: 'set-owner', account: account(0), authority: accounts[1], owner: optionalKey() };
      return null;
    }
    case 7:
      return { op: 'mint', mint: account(0), destination: account(1), authority: accounts[2], amount: u64() };
    case 8:
      return { op: 'burn', source: account(0), mint: account(1), authority: accounts[2], amount: u64() };
    case 9:
      return { op: 'close', account: account(0), destination: accounts[1], authority: accounts[2] };
    case 12: {
      const amount = u64();
      return {
        op: 'transfer',
        source: account(0),
        mint: account(1),
        destination: account(2),
        authority: accounts[3],
        amount,
        decimals: reader.u8(),
      };
    }
    case 14: {
      const amount = u64();
      return {
        op: 'mint',
        mint: account(0),
        destination: account(1),
        authority: accounts[2],
        amount,
        decimals: reader.u8(),
      };
    }
    case 15: {
      const amount = u64();
      return {
        op: 'burn',
        source: account(0),
        mint: account(1),
        authority: accounts[2],
        amount,
        decimals: reader.u8(),
      };
    }
    case 26:
      return readTransferFee(reader.u8(), accounts, account, u64, () => reader.u8());
    default:
      return null;
  }
}

/**
 * Token-2022's TransferFeeExtension: 1 TransferCheckedWithFee, 2 and 3 withdraw withheld fees from mint and
 * from accounts.
 */
function readTransferFee(
  instruction: number,
  accounts: readonly string[],
  account: (index: number) => string,
  u64: () => bigint,
  u8: () => number,
): TokenOperation | null {
  if (instruction === 1) {
    const amount = u64();
    const decimals = u8();
    return {
      op: 'transfer',
      source: account(0),
      mint: account(1),
      destination: account(2),
      authority: accounts[3],
      amount,
      decimals,
      fee: u64(),
    };
  }
  if (instruction === 2 || instruction === 3)
    return { op: 'withdraw-withheld', mint: account(0), destination: account(1) };
  return null;
}
