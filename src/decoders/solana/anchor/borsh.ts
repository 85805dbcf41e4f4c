/** Borsh values read by the types of an Anchor IDL. Integers become bigint, byte strings hex, keys base58. */
import type { Json } from '../../../events/event.js';
import { type ByteReader, createByteReader } from '../bytes.js';
import type { IdlType } from '../follow.js';

export type BorshValue = bigint | boolean | string | null | readonly BorshValue[];

export interface BorshField {
  readonly name: string;
  readonly type: IdlType;
}

const UTF8 = new TextDecoder();

/**
 * Reads the fields, in order, from byte `start` on.
 * @throws RangeError when the data is shorter or longer than the fields, or holds what no encoder writes
 */
export function readBorsh(
  data: Uint8Array,
  start: number,
  fields: readonly BorshField[],
): ReadonlyMap<string, BorshValue> {
  const reader = createByteReader(data, start);
  const values = new Map<string, BorshValue>();
  for (const { name, type } of fields) values.set(name, readValue(reader, type));
  if (reader.left > 0)
    throw new RangeError(`${reader.left} bytes are left over: the IDL is of another version of the program`);
  return values;
}

function readValue(reader: ByteReader, type: IdlType): BorshValue {
  if (typeof type === 'string') {
    switch (type) {
      case 'bool':
        return flag(reader);
      case 'string':
        return UTF8.decode(reader.bytes(reader.u32())).replaceAll('\0', '');
      case 'bytes':
        return Buffer.from(reader.bytes(reader.u32())).toString('hex');
      case 'pubkey':
        return reader.key();
      default:
        return reader.integer(Number(type.slice(1)) / 8, type.startsWith('i'));
    }
  }
  if ('option' in type) return flag(reader) ? readValue(reader, type.option) : null;
  const [item, count] = 'vec' in type ? [type.vec, reader.u32()] : type.array;
  // Every element takes at least one byte: a larger count is garbage and must not be allocated.
  if (count > reader.left) throw new RangeError(`a list of ${count} elements in ${reader.left} bytes`);
  return Array.from({ length: count }, () => readValue(reader, item));
}

function flag(reader: ByteReader): boolean {
  const byte = reader.u8();
  if (byte > 1) throw new RangeError(`${byte} is neither true nor false`);
  return byte === 1;
}

/** Integers become decimal strings. */
export function borshToJson(value: BorshValue): Json {
  if (typeof value === 'bigint') return value.toString();
  return Array.isArray(value) ? value.map(borshToJson) : (value as Json);
}
