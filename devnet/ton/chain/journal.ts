/**
 * The append-only file that the chain lives in: one record a masterchain block, written in one write before
 * anyone may see it. A record that a kill tore off at the end is dropped on opening. It is not synced to
 * disk: it survives the death of the process, not of the machine.
 */
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** Where a record stands in the file. */
export interface RecordPlace {
  readonly offset: number;
  readonly headLength: number;
  readonly bodyLength: number;
}

export interface Journal {
  /** @param head JSON text */
  append(head: string, body: Buffer): RecordPlace;
  readHead(place: RecordPlace): string;
  /** A part of the record's body. */
  read(place: RecordPlace, offset: number, length: number): Buffer;
  close(): void;
}

const MAGIC = 0x4e44544a;
const PREFIX = 16;

/** Open (or create) the journal in a folder and read all its heads in order. */
export function openJournal(dir: string, replay: (head: string, place: RecordPlace) => void): Journal {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, 'journal.bin');
  const file = openSync(path, 'a+');
  const read = (offset: number, length: number): Buffer => {
    const buffer = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const count = readSync(file, buffer, done, length - done, offset + done);
      if (count === 0) throw new Error(`${path}: ends at ${offset + done}, ${length - done} bytes early`);
      done += count;
    }
    return buffer;
  };
  const size = fstatSync(file).size;
  let end = 0;
  while (size - end >= PREFIX) {
    const prefix = read(end, PREFIX);
    if (prefix.readUInt32LE(0) !== MAGIC) throw new Error(`${path}: no journal record at byte ${end}`);
    const place = { offset: end, headLength: prefix.readUInt32LE(4), bodyLength: prefix.readUInt32LE(8) };
    const length = place.headLength + place.bodyLength;
    if (size - end < PREFIX + length) break;
    // Only the last record can be torn.
    if (end + PREFIX + length === size && crc32(read(end + PREFIX, length)) !== prefix.readUInt32LE(12))
      break;
    replay(read(end + PREFIX, place.headLength).toString(), place);
    end += PREFIX + length;
  }
  if (end < size) ftruncateSync(file, end);

  return {
    append(head, body) {
      const headBytes = Buffer.from(head);
      const prefix = Buffer.alloc(PREFIX);
      prefix.writeUInt32LE(MAGIC, 0);
      prefix.writeUInt32LE(headBytes.length, 4);
      prefix.writeUInt32LE(body.length, 8);
      prefix.writeUInt32LE(crc32(body, crc32(headBytes)), 12);
      const record = Buffer.concat([prefix, headBytes, body]);
      const written = writeSync(file, record);
      if (written !== record.length)
        throw new Error(`${path}: only ${written} of ${record.length} bytes written; is the disk full?`);
      const place = { offset: end, headLength: headBytes.length, bodyLength: body.length };
      end += record.length;
      return place;
    },
    readHead: (place) => read(place.offset + PREFIX, place.headLength).toString(),
    read: (place, offset, length) => read(place.offset + PREFIX + place.headLength + offset, length),
    close: () => closeSync(file),
  };
}
