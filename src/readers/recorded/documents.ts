/**
 * The JSON documents in an input: one document (any layout), a JSON array of documents, or one document a
 * line. One a line is read line by line, so that its size does not matter; gzip is recognised by its first
 * bytes.
 */
import { Buffer } from 'node:buffer';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf, NdxError } from '../../runtime/errors.js';

export interface InputDocument {
  /** For messages: `line 3`, `element 2` or `the input`. */
  readonly place: string;
  /** Absent when this document alone cannot be read: then `error` says why. */
  readonly value?: unknown;
  readonly error?: string;
}

/**
 * Longest line or whole document that is held in memory, in characters; V8's own limit for a string is 2^29.
 */
const LONGEST = 500_000_000;

/** Reads a line that is no JSON; undefined: it is nothing known. */
export type TextReader = (line: string) => unknown;

/**
 * Yields the documents of an input as it is read.
 * @param readText for inputs whose documents may stand as plain text, one a line
 * @throws NdxError INPUT_INVALID when the input is empty, no JSON at all, too long, or cannot be read
 */
export async function* readDocuments(
  input: Readable,
  readText: TextReader = () => undefined,
): AsyncGenerator<InputDocument> {
  const parse = (text: string) => parseText(text, readText);
  const lines = splitLines(asUtf8(await plain(input)));
  let first: string | undefined;
  let number = 0;
  for (;;) {
    const next = await lines.next();
    if (next.done) break;
    number++;
    if (next.value.trim() !== '') {
      first = next.value;
      break;
    }
  }
  if (first === undefined)
    throw new NdxError(
      'INPUT_INVALID',
      'the input is empty: give a transaction, a trace or a block, as JSON',
    );
  const parsed = parse(first);
  if (parsed.error === undefined) {
    yield* spread(parsed.value, `line ${number}`);
    for await (const line of lines) {
      number++;
      if (line.trim() === '') continue;
      const document = parse(line);
      if (document.error === undefined) yield* spread(document.value, `line ${number}`);
      else yield { place: `line ${number}`, error: document.error };
    }
    return;
  }
  // The first line is no document by itself: either one document over many lines, or lines of which the first
  // is broken.
  const rest: string[] = [first];
  let length = first.length;
  for await (const line of lines) {
    length += line.length + 1;
    if (length > LONGEST) throw tooLong();
    rest.push(line);
  }
  const whole = parse(rest.join('\n'));
  if (whole.error === undefined) {
    yield* spread(whole.value, 'the input');
    return;
  }
  const documents = rest.filter((line) => line.trim() !== '').map((line) => parse(line));
  // Lines of one broken document may be JSON by themselves: a bracket, a number.
  const objects = documents.filter(({ value }) => typeof value === 'object' && value !== null).length;
  if (objects * 2 < documents.length)
    throw new NdxError('INPUT_INVALID', `the input is not JSON: ${whole.error}`);
  for (const [i, document] of documents.entries()) {
    if (document.error === undefined) yield* spread(document.value, `line ${number + i}`);
    else yield { place: `line ${number + i}`, error: document.error };
  }
}

function* spread(value: unknown, place: string): Generator<InputDocument> {
  if (!Array.isArray(value)) yield { place, value };
  else
    for (const [i, element] of value.entries())
      yield {
        place: place === 'the input' ? `element ${i + 1}` : `${place}, element ${i + 1}`,
        value: element,
      };
}

function parseText(
  text: string,
  readText: TextReader,
): { readonly value?: unknown; readonly error?: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const value = readText(text.trim());
    return value === undefined ? { error: messageOf(error) } : { value };
  }
}

function tooLong(): NdxError {
  return new NdxError(
    'INPUT_INVALID',
    `a document is longer than ${LONGEST} characters: give one result a line`,
  );
}

/** Unpacks gzip. */
async function plain(input: Readable): Promise<AsyncIterable<Buffer>> {
  const chunks = input[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await chunks.next().catch((error: unknown) => Promise.reject(unreadable(error)));
    if (next.done) break;
    head = Buffer.concat([head, toBuffer(next.value)]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    for (;;) {
      const next = await chunks.next();
      if (next.done) return;
      yield toBuffer(next.value);
    }
  }
  if (head[0] !== 0x1f || head[1] !== 0x8b) return all();
  const unpacked = new PassThrough();
  // An error of the archive reaches the reader through `unpacked`.
  pipeline(all, createGunzip(), unpacked).catch((error: Error) => unpacked.destroy(error));
  return unpacked;
}

/**
 * Converts to UTF-8 from what a byte order mark, or a zero byte in the first character, shows to be UTF-16.
 */
async function* asUtf8(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: InstanceType<typeof TextDecoder> | null | undefined;
  let head = Buffer.alloc(0);
  for await (const chunk of input) {
    if (decoder !== undefined) {
      yield decoder === null ? chunk : Buffer.from(decoder.decode(chunk, { stream: true }));
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < 3) continue;
    decoder = decoderOf(head);
    yield decoder === null ? withoutMark(head) : Buffer.from(decoder.decode(head, { stream: true }));
  }
  if (decoder === undefined) yield head;
  else if (decoder !== null) yield Buffer.from(decoder.decode());
}

/** null: UTF-8. A decoder leaves the mark of its own encoding out. */
function decoderOf([first, second]: Buffer): InstanceType<typeof TextDecoder> | null {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0))
    return new TextDecoder('utf-16le');
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0))
    return new TextDecoder('utf-16be');
  return null;
}

function withoutMark(head: Buffer): Buffer {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? head.subarray(3) : head;
}

function toBuffer(chunk: unknown): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk as Uint8Array);
}

async function* splitLines(input: AsyncIterable<Buffer>): AsyncGenerator<string, void> {
  let parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of input) {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        parts.push(chunk.subarray(start, end));
        yield Buffer.concat(parts).toString('utf8');
        parts = [];
        length = 0;
        start = end + 1;
      }
      parts.push(chunk.subarray(start));
      length += chunk.length - start;
      if (length > LONGEST) throw tooLong();
    }
  } catch (error) {
    throw error instanceof NdxError ? error : unreadable(error);
  }
  if (length > 0) yield Buffer.concat(parts).toString('utf8');
}

function unreadable(error: unknown): NdxError {
  return new NdxError('INPUT_INVALID', `the input cannot be read: ${messageOf(error)}`, { cause: error });
}
