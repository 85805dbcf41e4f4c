/**
 * The raw archive: final blocks that held something of ours, as the endpoint gave them, compressed. What it
 * holds can be reconciled again without any endpoint. Every kind has the same layout, so that one can be
 * copied to another as it is: `<chain>/<block / 10,000>/<block>.gz`, numbers padded to 8 and 12 digits, so
 * that names are in the order of their blocks.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Chain } from '../events/event.js';
import { messageOf, NdxError } from '../runtime/errors.js';

export interface ArchivedBlock {
  readonly block: number;
  /** Compressed. */
  readonly bytes: number;
  /** When it was written last. */
  readonly storedAt: Date;
}

export interface Archive {
  /** @throws NdxError CONFIG_INVALID, ARCHIVE_UNREACHABLE when it cannot be used as it is configured */
  check(): Promise<void>;
  /**
   * Writes a block that `packBlock` made; another time replaces it. Readers see all of it or none.
   * @throws as `check`
   */
  put(chain: Chain, block: number, packed: Uint8Array): Promise<void>;
  /**
   * The block as it was given to `packBlock`.
   * @throws NdxError BLOCK_UNAVAILABLE when it is not there, damaged, or too large to be a block; as `check`
   */
  get(chain: Chain, block: number): Promise<Uint8Array>;
  /** Where the block is kept, for people. */
  place(chain: Chain, block: number): string;
  /** Archived blocks of the range, ascending. @throws as `check` */
  list(
    chain: Chain,
    range: { readonly fromBlock: number; readonly toBlock: number },
  ): AsyncIterable<ArchivedBlock>;
  /** What is not there is no error. @throws as `check` */
  remove(chain: Chain, blocks: readonly number[]): Promise<void>;
  close(): void;
}

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** Bytes of a block: as many as an endpoint's answer may have (chains/http/client.ts). */
const MOST_UNPACKED = 256 * 1024 * 1024;
/**
 * Times its packed size, that a block may unpack to: JSON of blocks packs to a tenth, a file made to fill the
 * memory to a thousandth. Small ones may be anything.
 */
const MOST_RATIO = 100;
const SMALL = 4 * 1024 * 1024;

export function packBlock(raw: Uint8Array): Promise<Uint8Array> {
  return compress(raw);
}

/**
 * Never takes more memory than a block may have, whatever is in the file.
 * @throws NdxError BLOCK_UNAVAILABLE when it is no gzip, or unpacks to more
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
 * Before a file is read whole.
 * @throws NdxError BLOCK_UNAVAILABLE when it is larger, packed, than any block is unpacked
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
/** Above every block that can be named. */
const LAST = 10 ** DIGITS - 1;

/** Path below the archive's root, with slashes. */
export function keyOf(chain: Chain, block: number): string {
  const digits = String(Math.min(block, LAST)).padStart(DIGITS, '0');
  return `${chain}/${digits.slice(0, FOLDER_DIGITS)}/${digits}${SUFFIX}`;
}

/** The last part of a key, or a whole one → its block; null: none of ours. */
export function blockOf(key: string): number | null {
  const [, digits] = /(?:^|\/)(\d{12})\.gz$/.exec(key) ?? [];
  return digits === undefined ? null : Number(digits);
}
