/**
 * The raw archive: final blocks that held something of ours, compressed, as the endpoint gave them. They can
 * be reconciled again without any endpoint. Directories and buckets have the same layout, so that one can be
 * copied to another as it is: `<chain>/<block / 10,000>/<block>.gz`, with numbers padded to 8 and 12 digits,
 * so that names sort in the order of their blocks.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Chain } from '../events/event.js';
import { messageOf, NdxError } from '../runtime/errors.js';

export interface ArchivedBlock {
  readonly block: number;
  /** Compressed size. */
  readonly bytes: number;
  /** When it was last written. */
  readonly storedAt: Date;
}

export interface Archive {
  /**
   * Checks that the archive can be used.
   * @throws NdxError CONFIG_INVALID when it cannot be used as it is configured
   * @throws NdxError ARCHIVE_UNREACHABLE (retryable) when it cannot be used now
   */
  check(): Promise<void>;
  /**
   * Writes a block that `packBlock` has made, and replaces the one that is there. Readers see all of it or
   * nothing.
   * @throws as `check`
   */
  put(chain: Chain, block: number, packed: Uint8Array): Promise<void>;
  /**
   * Reads a block and decompresses it.
   * @throws NdxError BLOCK_UNAVAILABLE when it is missing, damaged, or too large to be a block; else as
   * `check`
   */
  get(chain: Chain, block: number): Promise<Uint8Array>;
  /** Path or URL of the block, for people. */
  place(chain: Chain, block: number): string;
  /** Archived blocks of the range (inclusive), ascending. @throws as `check` */
  list(
    chain: Chain,
    range: { readonly fromBlock: number; readonly toBlock: number },
  ): AsyncIterable<ArchivedBlock>;
  /** Deletes blocks; one that is not there is no error. @throws as `check` */
  remove(chain: Chain, blocks: readonly number[]): Promise<void>;
  close(): void;
}

const compress = promisify(gzip);
const expand = promisify(gunzip);

/**
 * Most bytes of a decompressed block: four times the largest answer that an endpoint may give
 * (chains/http/client.ts).
 */
const MOST_UNPACKED = 256 * 1024 * 1024;
/**
 * How many times its compressed size a block may decompress to. JSON of blocks compresses to about a tenth; a
 * file made to fill the memory, to a thousandth.
 */
const MOST_RATIO = 100;
/** Bytes that every file may decompress to, whatever its compressed size. */
const SMALL = 4 * 1024 * 1024;

/** Compresses a block with gzip, for `put`. */
export function packBlock(raw: Uint8Array): Promise<Uint8Array> {
  return compress(raw);
}

/**
 * Decompresses a block, and never takes more memory for it than a block may need, whatever the file holds.
 * @param place where the block is kept, for the error's message
 * @throws NdxError BLOCK_UNAVAILABLE when it is not gzip, or decompresses to more bytes than a block may have
 */
export async function unpackBlock(
  packed: Uint8Array,
  chain: Chain,
  block: number,
  place: string,
): Promise<Uint8Array> {
  const most = Math.min(MOST_UNPACKED, Math.max(SMALL, packed.length * MOST_RATIO));
  try {
    return await expand(packed, { maxOutputLength: most });
  } catch (cause) {
    if (!isTooLarge(cause)) throw unavailable(chain, block, place, cause);
    const bounds = `${packed.length} bytes unpack to more than ${most}: no block of ours does`;
    throw unavailable(chain, block, place, new Error(bounds, { cause }));
  }
}

/**
 * Call it before a whole file is read into memory.
 * @param bytes compressed size of the file
 * @throws NdxError BLOCK_UNAVAILABLE when it is larger than any decompressed block may be
 */
export function assertPackedSize(bytes: number, chain: Chain, block: number, place: string): void {
  if (bytes <= MOST_UNPACKED) return;
  throw unavailable(
    chain,
    block,
    place,
    new Error(`it has ${bytes} bytes, and no block more than ${MOST_UNPACKED}`),
  );
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

/**
 * The NdxError BLOCK_UNAVAILABLE of a block that the archive has not, or not whole.
 * @param place where it was looked for, for people: a path or an object's address
 */
export function unavailable(chain: Chain, block: number, place: string, cause: unknown): NdxError {
  return new NdxError(
    'BLOCK_UNAVAILABLE',
    `the archive cannot give ${chain} block ${block} (${place}): ${messageOf(cause)}`,
    { cause },
  );
}

const SUFFIX = '.gz';
const DIGITS = 12;
const FOLDER_DIGITS = 8;
/** Greatest number that a name has room for; greater numbers are only ends of ranges to list. */
const LAST = 10 ** DIGITS - 1;

/** Path of a block below the archive's root, with slashes on every platform. */
export function keyOf(chain: Chain, block: number): string {
  const digits = String(Math.min(block, LAST)).padStart(DIGITS, '0');
  return `${chain}/${digits.slice(0, FOLDER_DIGITS)}/${digits}${SUFFIX}`;
}

/** The block that a key, or the last part of one, names; null when it is not a name of ours. */
export function blockOf(key: string): number | null {
  const [, digits] = /(?:^|\/)(\d{12})\.gz$/.exec(key) ?? [];
  return digits === undefined ? null : Number(digits);
}
