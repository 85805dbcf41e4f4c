/**
 * Reads the body of a stranger's answer within bounds: the bytes on the wire, and the bytes they unpack to.
 */
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { messageOf, NdxError } from '../errors.js';

/** What is asked for, and all that is understood. */
export const ENCODINGS = 'gzip, br, deflate';

export interface BodyLimits {
  /** Bytes on the wire. */
  readonly wire: number;
  /** Bytes after unpacking. */
  readonly unpacked: number;
}

export interface BodySource {
  readonly body: Readable;
  /** `Content-Encoding`; undefined or empty: as it is. */
  readonly encoding: string | undefined;
  /** `Content-Length`, where the answer has one. */
  readonly length: string | undefined;
}

/**
 * The body, unpacked. The stream is destroyed as soon as a bound is passed: a bomb is not unpacked.
 * @throws NdxError OUTBOUND_TOO_LARGE when a bound is passed; OUTBOUND_BAD_RESPONSE when it is packed in a
 * way that was not asked for, or is not what its encoding says; and whatever the stream fails with
 */
export async function readBody({ body, encoding, length }: BodySource, limits: BodyLimits): Promise<Buffer> {
  if (length !== undefined && Number(length) > limits.wire) {
    letGo(body);
    throw tooLarge(`the answer is ${length.slice(0, 20)} bytes long`, limits.wire);
  }
  const unpack = unpackerOf(encoding, body);
  const chunks: Buffer[] = [];
  let onWire = 0;
  let unpacked = 0;
  const keep = (chunk: Buffer) => {
    unpacked += chunk.length;
    if (unpacked > limits.unpacked) throw tooLarge('the answer unpacks to more', limits.unpacked);
    chunks.push(chunk);
  };
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      onWire += chunk.length;
      if (onWire > limits.wire) throw tooLarge('the answer is longer', limits.wire);
      yield chunk;
    }
  };
  const collect = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) keep(chunk);
  };
  if (unpack === null) await pipeline(body, counted, collect);
  else await pipeline(body, counted, unpack, collect).catch(asBadPacking);
  return Buffer.concat(chunks);
}

/**
 * Reads at most `most` bytes as they are and lets go of the rest, for answers of which nothing is needed.
 */
export async function readBeginning(body: Readable, most: number): Promise<Buffer> {
  body.on('error', ignore);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop destroys the stream.
    if (length >= most) break;
  }
  return Buffer.concat(chunks).subarray(0, most);
}

/**
 * Ends the connection of a body that nobody reads. undici answers that with an error on the stream, which
 * says only that it was ended.
 */
function letGo(body: Readable): void {
  body.on('error', ignore);
  body.destroy();
}

function ignore(): void {}

function unpackerOf(encoding: string | undefined, body: Readable): Transform | null {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return null;
  if (name === 'gzip' || name === 'x-gzip') return createGunzip();
  if (name === 'br') return createBrotliDecompress();
  if (name === 'deflate') return createInflate();
  letGo(body);
  throw new NdxError('OUTBOUND_BAD_RESPONSE', `the answer is packed as "${name.slice(0, 40)}"`);
}

function tooLarge(what: string, most: number): NdxError {
  return new NdxError('OUTBOUND_TOO_LARGE', `${what}: at most ${most} bytes are read`);
}

/** Errors of zlib carry a code like Z_DATA_ERROR or ERR__ERROR_FORMAT and no system call. */
function asBadPacking(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^(Z_|ERR__|ERR_BROTLI|ERR_PADDING)/.test(code))
    throw new NdxError('OUTBOUND_BAD_RESPONSE', `the answer cannot be unpacked: ${messageOf(error)}`, {
      cause: error,
    });
  throw error;
}
