/**
 * The raw archive as a directory: final blocks that held something of ours, as the endpoint gave them, compressed. What it holds can
 * be reconciled again without any endpoint. Layout: `<chain>/<block / 10,000>/<block>.gz`.
 */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Chain } from '../events/event.js';
import { messageOf, NdxError } from '../runtime/errors.js';

export interface Archive {
  /** Compresses; what is packed can be kept for a while before it is known to be final. */
  pack(raw: Uint8Array): Promise<Uint8Array>;
  /** Writes a packed block; another time replaces it. */
  put(chain: Chain, block: number, packed: Uint8Array): Promise<void>;
  /** The block as it was given to `pack`. @throws NdxError BLOCK_UNAVAILABLE when it is not there or damaged */
  get(chain: Chain, block: number): Promise<Uint8Array>;
  /** Numbers of the archived blocks of the range, ascending. */
  blocks(chain: Chain, range: { readonly fromBlock: number; readonly toBlock: number }): AsyncIterable<number>;
}

const FOLDER = 10_000;
const compress = promisify(gzip);
const expand = promisify(gunzip);

export function createDirectoryArchive(root: string): Archive {
  const folderOf = (chain: Chain, block: number) => join(root, chain, String(Math.floor(block / FOLDER)));
  const fileOf = (chain: Chain, block: number) => join(folderOf(chain, block), `${block}.gz`);
  return {
    pack: (raw) => compress(raw),
    put: async (chain, block, packed) => {
      const file = fileOf(chain, block);
      await mkdir(folderOf(chain, block), { recursive: true });
      // A reader sees the whole block or none, and two writers do not meet.
      const fresh = `${file}.${process.pid}`;
      await writeFile(fresh, packed);
      await rename(fresh, file);
    },
    get: async (chain, block) => {
      const file = fileOf(chain, block);
      try {
        return await expand(await readFile(file));
      } catch (cause) {
        throw new NdxError('BLOCK_UNAVAILABLE', `the archive cannot give ${chain} block ${block} (${file}): ${messageOf(cause)}`, {
          cause,
        });
      }
    },
    async *blocks(chain, { fromBlock, toBlock }) {
      for (const folder of await numbersIn(join(root, chain), '')) {
        if ((folder + 1) * FOLDER <= fromBlock || folder * FOLDER > toBlock) continue;
        for (const block of await numbersIn(join(root, chain, String(folder)), '.gz'))
          if (block >= fromBlock && block <= toBlock) yield block;
      }
    },
  };
}

/** Names that are a number before the suffix, ascending. */
async function numbersIn(folder: string, suffix: string): Promise<number[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .filter((name) => name.endsWith(suffix) && /^\d+$/.test(name.slice(0, name.length - suffix.length)))
    .map((name) => Number(name.slice(0, name.length - suffix.length)))
    .sort((a, b) => a - b);
}
