/**
 * Anchor's wire format, driven by the IDLs in config/idl: discriminators, Borsh fields, accounts in order.
 */
import { PublicKey, TransactionInstruction } from '@solana/web3.js';
import ndt from '../../../config/idl/ndt.json' with { type: 'json' };
import staking from '../../../config/idl/staking.json' with { type: 'json' };
import tracknft from '../../../config/idl/tracknft.json' with { type: 'json' };
import { PROGRAMS } from './addresses.js';
import { EVENT_CPI_TAG, encodeScript, type Operation } from './script.js';

export type BorshValue = bigint | number | boolean | string | PublicKey;
export type Platform = 'ndt' | 'staking' | 'tracknft';

interface Field {
  readonly name: string;
  readonly type: string;
}
interface Idl {
  readonly instructions: readonly {
    readonly name: string;
    readonly discriminator: readonly number[];
    readonly accounts: readonly {
      readonly name: string;
      readonly writable?: boolean;
      readonly signer?: boolean;
    }[];
    readonly args: readonly Field[];
  }[];
  readonly events: readonly { readonly name: string; readonly discriminator: readonly number[] }[];
  readonly accounts: readonly { readonly name: string; readonly discriminator: readonly number[] }[];
  readonly types: readonly { readonly name: string; readonly type: { readonly fields: readonly Field[] } }[];
}
export const IDLS: Readonly<Record<Platform, Idl>> = { ndt, staking, tracknft };

/** Event discriminator and Borsh fields: what `emit!` logs. */
export function encodeEvent(
  program: Platform,
  name: string,
  values: Readonly<Record<string, BorshValue>>,
): Uint8Array {
  return encodeStruct(program, 'events', name, values);
}

/** Account discriminator and Borsh fields: what an Anchor account's data begins with. */
export function encodeAccount(
  program: Platform,
  name: string,
  values: Readonly<Record<string, BorshValue>>,
): Uint8Array {
  return encodeStruct(program, 'accounts', name, values);
}

/** Offset of a field of fixed place in an account's data, in bytes. */
export function fieldOffset(program: Platform, account: string, field: string): number {
  let offset = 8;
  for (const { name, type } of structFields(program, account)) {
    if (name === field) return offset;
    const size = { pubkey: 32, u64: 8, i64: 8, u8: 1, bool: 1 }[type];
    if (size === undefined) throw new Error(`anchor: ${account}.${name} has no fixed size`);
    offset += size;
  }
  throw new Error(`anchor: ${account} has no field ${field}`);
}

export interface PlatformCall {
  readonly program: Platform;
  readonly name: string;
  /** By the IDL's names. */
  readonly accounts: Readonly<Record<string, PublicKey>>;
  readonly args?: Readonly<Record<string, BorshValue>>;
  readonly script: readonly Operation[];
  /** Who is called; another program's address makes a forgery. */
  readonly address?: PublicKey;
}

/**
 * An instruction of a platform program. Programs that the script calls are given as remaining accounts where
 * the IDL does not name them.
 * @throws Error when an account or argument of the IDL is missing
 */
export function platformInstruction(call: PlatformCall): TransactionInstruction {
  const instruction = IDLS[call.program].instructions.find((item) => item.name === call.name);
  if (!instruction) throw new Error(`anchor: ${call.program} has no instruction ${call.name}`);
  const keys = instruction.accounts.map(({ name, signer = false, writable = false }) => {
    const pubkey = call.accounts[name];
    if (!pubkey) throw new Error(`anchor: ${call.program}.${call.name} needs the account ${name}`);
    return { pubkey, isSigner: signer, isWritable: writable };
  });
  const args = Buffer.concat(instruction.args.map((field) => encodeField(field, call.args ?? {})));
  const script = encodeScript(
    call.script,
    keys.map((key) => key.pubkey.toBase58()),
  );
  return new TransactionInstruction({
    programId: call.address ?? PROGRAMS[call.program],
    keys,
    data: Buffer.concat([Buffer.from(instruction.discriminator), args, script, Buffer.of(args.length)]),
  });
}

/** `emit_cpi!`: the program invokes itself with the event as data. */
export function eventCall(program: PublicKey, eventAuthority: PublicKey, event: Uint8Array): Operation {
  const keys = [{ pubkey: eventAuthority, isSigner: false, isWritable: false }];
  return {
    do: 'call',
    instruction: new TransactionInstruction({
      programId: program,
      keys,
      data: Buffer.concat([EVENT_CPI_TAG, event]),
    }),
  };
}

function structFields(program: Platform, name: string): readonly Field[] {
  const type = IDLS[program].types.find((item) => item.name === name);
  if (!type) throw new Error(`anchor: ${program} has no type ${name}`);
  return type.type.fields;
}

function encodeStruct(
  program: Platform,
  kind: 'events' | 'accounts',
  name: string,
  values: Readonly<Record<string, BorshValue>>,
) {
  const item = IDLS[program][kind].find((candidate) => candidate.name === name);
  if (!item) throw new Error(`anchor: ${program} has no ${name} among its ${kind}`);
  const fields = structFields(program, name).map((field) => encodeField(field, values));
  return new Uint8Array(Buffer.concat([Buffer.from(item.discriminator), ...fields]));
}

function encodeField({ name, type }: Field, values: Readonly<Record<string, BorshValue>>): Buffer {
  const value = values[name];
  const bytes = Buffer.alloc(8);
  switch (type) {
    case 'pubkey':
      if (value instanceof PublicKey) return value.toBuffer();
      break;
    case 'u64':
      if (typeof value === 'bigint') {
        bytes.writeBigUInt64LE(value);
        return bytes;
      }
      break;
    case 'i64':
      if (typeof value === 'bigint') {
        bytes.writeBigInt64LE(value);
        return bytes;
      }
      break;
    case 'u8':
      if (typeof value === 'number') return Buffer.of(value);
      break;
    case 'bool':
      if (typeof value === 'boolean') return Buffer.of(value ? 1 : 0);
      break;
    case 'string':
      if (typeof value === 'string') {
        const text = Buffer.from(value);
        bytes.writeUInt32LE(text.length);
        return Buffer.concat([bytes.subarray(0, 4), text]);
      }
      break;
  }
  throw new Error(`anchor: ${name} must be a ${type}, not ${String(value)}`);
}
