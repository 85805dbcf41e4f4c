/**
 * Token content (TEP-64): where an item's metadata stands, as one uri. Content that is outside of the chain
 * is its address. Content on the chain becomes a `data:` uri of the same JSON document that an address would
 * lead to; where it also holds an address (semi-chain), that stands in the document as `uri`.
 */
import { createHash } from 'node:crypto';
import type { Cell } from './cells/cell.js';
import { loadDictionary } from './cells/dictionary.js';
import { type Slice, sliceOf } from './cells/slice.js';

const ON_CHAIN = 0x00;
const OFF_CHAIN = 0x01;
const LONGEST_URI = 4_096;
/** Bytes of one value that stands on the chain. */
const MOST_OF_VALUE = 16_384;

/** First byte of a value: a snake of cells, or a dictionary of chunks. */
const SNAKE = 0x00;
const CHUNKED = 0x01;

/** Names of attributes that are text; their keys are the sha256 of the name. `image_data` is no text. */
const NAMES = [
  'uri',
  'name',
  'description',
  'image',
  'content_url',
  'content_type',
  'animation_url',
  'external_url',
  'symbol',
  'decimals',
  'lottie',
] as const;

const BY_KEY: ReadonlyMap<bigint, string> = new Map(
  NAMES.map((name) => [BigInt(`0x${createHash('sha256').update(name).digest('hex')}`), name]),
);

/** @returns null where the content is of no layout of the standard's, or says nothing that is known */
export function contentUri(content: Cell): string | null {
  try {
    const slice = sliceOf(content);
    if (slice.remainingBits < 8) return null;
    const layout = slice.loadUint(8);
    if (layout === OFF_CHAIN) return place(slice.loadStringTail());
    return layout === ON_CHAIN ? onChain(slice) : null;
  } catch {
    // A contract may hold anything: this is no content of the standard's.
    return null;
  }
}

function place(uri: string): string | null {
  return uri === '' || uri.length > LONGEST_URI || uri.includes('\0') ? null : uri;
}

function onChain(slice: Slice): string | null {
  const found = new Map<string, string>();
  // Values are read after the dictionary, and only those that are known: many may refer to the same cells.
  for (const [key, value] of loadDictionary(slice, 256, (at) => at)) {
    const name = BY_KEY.get(key);
    const text = name === undefined ? null : readValue(value);
    if (name !== undefined && text !== null) found.set(name, text);
  }
  // Always in the same order, because the uri identifies the document.
  const entries = NAMES.flatMap((name) => {
    const text = found.get(name);
    return text === undefined ? [] : [[name, text] as const];
  });
  const [only] = entries;
  if (only === undefined) return null;
  if (entries.length === 1 && only[0] === 'uri') return place(only[1]);
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  return `data:application/json;base64,${json.toString('base64')}`;
}

/** The text of a value; null when it is none, which other values of the dictionary need not suffer from. */
function readValue(value: Slice): string | null {
  try {
    const data = value.remainingBits === 0 && value.remainingRefs === 1 ? sliceOf(value.loadRef()) : value;
    const form = data.remainingBits >= 8 ? data.preloadUint(8) : null;
    if (form === SNAKE || form === CHUNKED) data.skip(8);
    const parts: Buffer[] = [];
    let left = MOST_OF_VALUE;
    for (const snake of form === CHUNKED ? chunksOf(data) : [data]) {
      const bytes = readSnake(snake, left);
      left -= bytes.length;
      parts.push(bytes);
    }
    // Chunks may divide a character, so the bytes are joined before they are read as text.
    return Buffer.concat(parts).toString().replaceAll('\0', '');
  } catch {
    return null;
  }
}

function chunksOf(data: Slice): Slice[] {
  return loadDictionary(data, 32, (chunk) => sliceOf(chunk.loadRef())).map(([, chunk]) => chunk);
}

/** @throws RangeError when there are more than `most` bytes, or the cells are no snake */
function readSnake(start: Slice, most: number): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  for (let slice: Slice | null = start; slice !== null; ) {
    if (slice.remainingBits % 8 !== 0 || slice.remainingRefs > 1) throw new RangeError('no snake of cells');
    length += slice.remainingBits / 8;
    if (length > most) throw new RangeError(`more than ${most} bytes`);
    parts.push(slice.loadBuffer(slice.remainingBits / 8));
    slice = slice.remainingRefs === 0 ? null : sliceOf(slice.loadRef());
  }
  return Buffer.concat(parts);
}
