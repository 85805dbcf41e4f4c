/**
 * The script that the devnet's programs play: an instruction's data is its Anchor discriminator, its Borsh
 * arguments, a script, and (last byte) the length of the arguments. So one sBPF program stands for every
 * instruction of the platform: it really invokes SPL Token, keeps state in its own accounts, checks it, and
 * emits Anchor events, while a reader sees what a real Anchor program leaves.
 */
import type { TransactionInstruction } from '@solana/web3.js';

/** Custom error codes that a script fails with (Anchor's own errors start at 6000 too). */
export const PROGRAM_ERRORS = {
  asked: 6000,
  notOwner: 6001,
  notListed: 6002,
  wrongPrice: 6003,
  insufficientStake: 6004,
} as const;
export type ProgramError = keyof typeof PROGRAM_ERRORS;
export const ERROR_BASE = 6000;

export type Operation =
  /** `emit!`: log the bytes with sol_log_data. */
  | { readonly do: 'log'; readonly bytes: Uint8Array }
  | { readonly do: 'fail'; readonly error: ProgramError }
  /** Fail unless the account's data holds these bytes at the offset. */
  | {
      readonly do: 'require';
      readonly account: string;
      readonly offset: number;
      readonly bytes: Uint8Array;
      readonly error: ProgramError;
    }
  | { readonly do: 'write'; readonly account: string; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly do: 'add'; readonly account: string; readonly offset: number; readonly value: bigint }
  /** Fail when the u64 at the offset is less than the value. */
  | {
      readonly do: 'subtract';
      readonly account: string;
      readonly offset: number;
      readonly value: bigint;
      readonly error: ProgramError;
    }
  /** Sign the next call as the program's address of seeds [prefix, account's key, tail with the bump]. */
  | {
      readonly do: 'signAs';
      readonly prefix: Uint8Array;
      readonly account: string;
      readonly tail: Uint8Array;
    }
  | { readonly do: 'call'; readonly instruction: TransactionInstruction };

export const OPCODES = {
  end: 0,
  log: 1,
  fail: 2,
  require: 3,
  write: 4,
  add: 5,
  subtract: 6,
  signAs: 7,
  call: 8,
} as const;

/** First bytes of Anchor's `emit_cpi!`; a program that is called with them does nothing. */
export const EVENT_CPI_TAG = Uint8Array.of(0xe4, 0x45, 0xa5, 0x2e, 0x51, 0xcb, 0x9a, 0x1d);

/**
 * @param accounts addresses of the instruction's accounts, in order: operations name accounts by address
 * @throws Error when an operation names an account that the instruction does not have, or is too long
 */
export function encodeScript(operations: readonly Operation[], accounts: readonly string[]): Uint8Array {
  const index = (address: string): number => {
    const at = accounts.indexOf(address);
    if (at < 0) throw new Error(`script: ${address} is not an account of the instruction`);
    return at;
  };
  const bytes: number[] = [];
  const counted = (part: Uint8Array): void => {
    if (part.length > 255) throw new Error(`script: ${part.length} bytes do not fit one operation (255)`);
    bytes.push(part.length, ...part);
  };
  const error = (name: ProgramError): number => PROGRAM_ERRORS[name] - ERROR_BASE;
  for (const operation of operations) {
    bytes.push(OPCODES[operation.do]);
    switch (operation.do) {
      case 'log':
        counted(operation.bytes);
        break;
      case 'fail':
        bytes.push(error(operation.error));
        break;
      case 'require':
        bytes.push(index(operation.account), operation.offset, error(operation.error));
        counted(operation.bytes);
        break;
      case 'write':
        bytes.push(index(operation.account), operation.offset);
        counted(operation.bytes);
        break;
      case 'add':
        bytes.push(index(operation.account), operation.offset, ...u64(operation.value));
        break;
      case 'subtract':
        bytes.push(
          index(operation.account),
          operation.offset,
          error(operation.error),
          ...u64(operation.value),
        );
        break;
      case 'signAs':
        counted(operation.prefix);
        bytes.push(index(operation.account));
        counted(operation.tail);
        break;
      case 'call': {
        const { programId, keys, data } = operation.instruction;
        bytes.push(index(programId.toBase58()), keys.length);
        for (const key of keys)
          bytes.push(index(key.pubkey.toBase58()), (key.isWritable ? 1 : 0) | (key.isSigner ? 2 : 0));
        counted(data);
        break;
      }
    }
  }
  bytes.push(OPCODES.end);
  return Uint8Array.from(bytes);
}

export function u64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return new Uint8Array(bytes);
}
