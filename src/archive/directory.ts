/** The raw archive as a directory. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Chain } from '../events/event.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import { type Archive, assertPackedSize, blockOf, keyOf, unavailable, unpackBlock } from './archive.js';

/** Suffix of a file that is still being written. */
const PART = '.part';
/**
 * Age in milliseconds from which such a file counts as left behind by a killed process: no writing lasts that
 * long.
 */
const ABANDONED_MS = 3_600_000;

/**
 * @param root folder of the archive; it is made when the first block is written. A block appears in it
 * whole, by renaming, so that several processes may share it.
 */
export function createDirectoryArchive(root: string): Archive {
  const fileOf = (chain: Chain, block: number) => join(root, keyOf(chain, block));

  async function write(file: string, packed: Uint8Array): Promise<void> {
    // The random part keeps two writers apart, even on machines that share the folder.
    const fresh = `${file}.${randomUUID()}${PART}`;
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(fresh, packed);
      await rename(fresh, file);
    } catch (error) {
      await rm(fresh, { force: true });
      throw error;
    }
  }

  return {
    check: async () => {
      const probe = join(root, `${randomUUID()}${PART}`);
      try {
        await mkdir(root, { recursive: true });
        await writeFile(probe, '');
        await rm(probe);
      } catch (cause) {
        throw new NdxError(
          'CONFIG_INVALID',
          `NDX_ARCHIVE: nothing can be written to the folder ${root}: ${messageOf(cause)}`,
          { cause },
        );
      }
    },
    put: async (chain, block, packed) => {
      const file = fileOf(chain, block);
      try {
        // Tried once more when the folder vanished between two steps: pruning removes folders that are empty.
        await write(file, packed).catch((error: unknown) => {
          if (!isMissing(error)) throw error;
          return write(file, packed);
        });
      } catch (cause) {
        throw unreachable(`${file} cannot be written`, cause);
      }
    },
    get: async (chain, block) => {
      const file = fileOf(chain, block);
      const read = async (): Promise<Uint8Array> => {
        assertPackedSize((await stat(file)).size, chain, block, file);
        return readFile(file);
      };
      const packed = await read().catch((cause: unknown) => {
        if (cause instanceof NdxError) throw cause;
        throw isMissing(cause)
          ? unavailable(chain, block, file, cause)
          : unreachable(`${file} cannot be read`, cause);
      });
      return unpackBlock(packed, chain, block, file);
    },
    place: fileOf,
    async *list(chain, { fromBlock, toBlock }) {
      if ((await whereThere(() => stat(root))) === null)
        throw new NdxError('CONFIG_INVALID', `NDX_ARCHIVE: there is no folder ${root}`);
      const [first, last] = [dirname(keyOf(chain, fromBlock)), dirname(keyOf(chain, toBlock))];
      for (const folder of await namesIn(join(root, chain))) {
        const path = `${chain}/${folder}`;
        if (!/^\d{8}$/.test(folder) || path < first || path > last) continue;
        for (const name of await namesIn(join(root, path))) {
          const block = blockOf(name);
          if (block === null || block < fromBlock || block > toBlock) continue;
          const file = await whereThere(() => stat(join(root, path, name)));
          if (file) yield { block, bytes: file.size, storedAt: file.mtime };
        }
      }
    },
    remove: async (chain, blocks) => {
      try {
        for (const block of blocks) await rm(fileOf(chain, block), { force: true });
        for (const folder of new Set(blocks.map((block) => dirname(fileOf(chain, block)))))
          await tidy(folder);
      } catch (cause) {
        throw unreachable(`blocks cannot be removed from ${root}`, cause);
      }
    },
    close: () => undefined,
  };
}

/** Removes what killed writers left in the folder, and then the folder itself when nothing else is in it. */
async function tidy(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!name.endsWith(PART)) return;
    const file = await whereThere(() => stat(join(folder, name)));
    if (file && Date.now() - file.mtimeMs < ABANDONED_MS) return;
    await rm(join(folder, name), { force: true });
  }
  await rmdir(folder).catch((error: unknown) => {
    if (!isMissing(error) && (error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  });
}

/** Names in the folder, ascending; none when there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return ((await whereThere(() => readdir(folder))) ?? []).sort();
  } catch (cause) {
    throw unreachable(`${folder} cannot be read`, cause);
  }
}

/** What `read` returns; null when the file or folder is not, or no longer, there. */
async function whereThere<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function unreachable(what: string, cause: unknown): NdxError {
  return new NdxError(
    'ARCHIVE_UNREACHABLE',
    `the archive's folder (NDX_ARCHIVE): ${what}: ${messageOf(cause)}`,
    {
      retryable: true,
      cause,
    },
  );
}
