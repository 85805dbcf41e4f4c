/**
 * The append-only file that the chain lives in. A record (a block, a fork) is written in one write before
 * anyone may see it; a record that a kill tore off at the end is dropped on opening. It is not synced to
 * disk: it survives the death of the process, not of the machine.
 */
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { encodeBase58, requireBase58 } from '../../../src/events/base58.js';
import type { ChainAccount } from './types.js';

export type RecordKind = 'genesis' | 'block' | 'fork';
const KINDS: readonly RecordKind[] = ['genesis', 'block', 'fork'];

/** Where a record stands in the file. */
export interface RecordPlace {
  readonly offset: number;
  readonly headLength: number;
  readonly accountsLength: number;
  readonly bodyLength: number;
}

export interface JournalRecord {
  readonly kind: RecordKind;
  /** JSON text. */
  readonly head: string;
  readonly accounts: ReadonlyMap<string, ChainAccount | null>;
  readonly place: RecordPlace;
}

export interface Journal {
  append(
    kind: RecordKind,
    head: string,
    accounts: ReadonlyMap<string, ChainAccount | null>,
    body: Buffer,
  ): RecordPlace;
  readHead(place: RecordPlace): string;
  readBody(place: RecordPlace): Buffer;
  close(): void;
}

const MAGIC = 0x4e44584a;
const PREFIX = 24;

/** address 32, lamports 8, owner 32, executable 1, data length 4, data; lamports 0 with no data = removed. */
function encodeAccounts(accounts: ReadonlyMap<string, ChainAccount | null>): Buffer {
  const parts: Uint8Array[] = [];
  for (const [address, account] of accounts) {
    const fixed = Buffer.alloc(45);
    const data = account?.data ?? new Uint8Array(0);
    fixed.writeBigUInt64LE(account?.lamports ?? 0n, 0);
    if (account !== null) fixed.set(requireBase58(account.owner), 8);
    fixed.writeUInt8(account?.executable === true ? 1 : 0, 40);
    fixed.writeUInt32LE(data.length, 41);
    parts.push(requireBase58(address), fixed, data);
  }
  return Buffer.concat(parts);
}

/** base58 is slow and the same addresses come again and again while a journal is read. */
function createBase58Memo(): (bytes: Buffer) => string {
  const known = new Map<string, string>();
  return (bytes) => {
    const key = bytes.toString('latin1');
    const text = known.get(key) ?? encodeBase58(bytes);
    known.set(key, text);
    return text;
  };
}

function decodeAccounts(bytes: Buffer, base58: (bytes: Buffer) => string): Map<string, ChainAccount | null> {
  const accounts = new Map<string, ChainAccount | null>();
  for (let at = 0; at < bytes.length; ) {
    const address = base58(bytes.subarray(at, at + 32));
    const lamports = bytes.readBigUInt64LE(at + 32);
    const length = bytes.readUInt32LE(at + 73);
    const data = bytes.subarray(at + 77, at + 77 + length);
    const account = {
      lamports,
      owner: base58(bytes.subarray(at + 40, at + 72)),
      data,
      executable: bytes.readUInt8(at + 72) === 1,
    };
    accounts.set(address, lamports === 0n ? null : account);
    at += 77 + length;
  }
  return accounts;
}

function encodePrefix(kind: RecordKind, sections: readonly Buffer[]): Buffer {
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32LE(MAGIC, 0);
  prefix.writeUInt32LE(KINDS.indexOf(kind), 4);
  sections.forEach((section, index) => {
    prefix.writeUInt32LE(section.length, 8 + 4 * index);
  });
  prefix.writeUInt32LE(
    sections.reduce((sum, section) => crc32(section, sum), 0),
    20,
  );
  return prefix;
}

/** Open (or create) the journal in a folder and read all its records in order. */
export function openJournal(dir: string, replay: (record: JournalRecord) => void): Journal {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, 'journal.bin');
  const file = openSync(path, 'a+');
  const read = (offset: number, length: number): Buffer => {
    const buffer = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const count = readSync(file, buffer, done, length - done, offset + done);
      if (count === 0) throw new Error(`${path}: ends at ${offset + done}, ${length - done} bytes early`);
      done += count;
    }
    return buffer;
  };
  const size = fstatSync(file).size;
  const base58 = createBase58Memo();
  let end = 0;

  /** The record at `end`, or null when the rest of the file holds no whole one. */
  const next = (): (JournalRecord & { readonly end: number }) | null => {
    if (size - end < PREFIX) return null;
    const prefix = read(end, PREFIX);
    const kind = KINDS[prefix.readUInt32LE(4)];
    if (prefix.readUInt32LE(0) !== MAGIC || kind === undefined)
      throw new Error(`${path}: no journal record at byte ${end}`);
    const place = {
      offset: end,
      headLength: prefix.readUInt32LE(8),
      accountsLength: prefix.readUInt32LE(12),
      bodyLength: prefix.readUInt32LE(16),
    };
    const length = place.headLength + place.accountsLength + place.bodyLength;
    if (size - end < PREFIX + length) return null;
    const sections = read(end + PREFIX, place.headLength + place.accountsLength);
    if (end + PREFIX + length === size) {
      const whole = crc32(read(end + PREFIX + sections.length, place.bodyLength), crc32(sections));
      if (whole !== prefix.readUInt32LE(20)) return null;
    }
    const head = sections.toString('utf8', 0, place.headLength);
    return {
      kind,
      head,
      accounts: decodeAccounts(sections.subarray(place.headLength), base58),
      place,
      end: end + PREFIX + length,
    };
  };

  for (let record = next(); record !== null; record = next()) {
    replay(record);
    end = record.end;
  }
  if (end < size) ftruncateSync(file, end);

  return {
    append(kind, head, accounts, body) {
      const sections = [Buffer.from(head), encodeAccounts(accounts), body];
      const record = Buffer.concat([encodePrefix(kind, sections), ...sections]);
      const written = writeSync(file, record);
      if (written !== record.length)
        throw new Error(`${path}: only ${written} of ${record.length} bytes written; is the disk full?`);
      const [headLength = 0, accountsLength = 0, bodyLength = 0] = sections.map((section) => section.length);
      const place = { offset: end, headLength, accountsLength, bodyLength };
      end += record.length;
      return place;
    },
    readHead: (place) => read(place.offset + PREFIX, place.headLength).toString(),
    readBody: (place) =>
      read(place.offset + PREFIX + place.headLength + place.accountsLength, place.bodyLength),
    close: () => closeSync(file),
  };
}
