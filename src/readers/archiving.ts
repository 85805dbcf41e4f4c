/**
 * Archives raw blocks that hold something of ours: final ones as they are read, confirmed ones when they
 * settle.
 */
import { type Archive, packBlock } from '../archive/archive.js';
import type { BlockHash } from '../events/batch.js';
import type { Finality } from '../events/event.js';
import { NdxError } from '../runtime/errors.js';
import type { ChainReader, DecodedSpan } from './reader.js';

export interface Archiving {
  /** The given reader, which hands a final block on only after it is archived. */
  readonly reader: ChainReader;
  /** These blocks have become final just as they were read: those that are held are archived. */
  settled(blocks: readonly BlockHash[]): Promise<void>;
  /** Blocks up to here that have not settled will be read again as final: what is held of them is dropped. */
  forgetUntil(block: number): void;
}

export interface ArchivingDeps {
  readonly archive: Pick<Archive, 'put'>;
  readonly reader: ChainReader;
  /**
   * All blocks that were held until they are final were dropped for want of memory: they have to be read
   * again when they are final. Called before the next one is held.
   */
  readonly onOverflow?: () => void;
  /**
   * Most bytes of compressed blocks that are held, beyond a single one; default 64 MiB: far more than a
   * healthy chain leaves unsettled.
   */
  readonly mostHeld?: number;
}

/** Blocks are held compressed in memory until they are final, and only then written. */
export function createArchiving({
  archive,
  reader,
  onOverflow = () => {},
  mostHeld = 64 * 1024 * 1024,
}: ArchivingDeps): Archiving {
  const { chain } = reader;
  const held = new Map<number, { readonly hash: string; readonly packed: Uint8Array }>();
  let bytes = 0;

  const forget = (block: number): void => {
    bytes -= held.get(block)?.packed.length ?? 0;
    held.delete(block);
  };

  const hold = (block: number, hash: string, packed: Uint8Array): void => {
    forget(block);
    if (bytes + packed.length > mostHeld && held.size > 0) {
      held.clear();
      bytes = 0;
      onOverflow();
    }
    held.set(block, { hash, packed });
    bytes += packed.length;
  };

  async function keep(span: DecodedSpan, finality: Finality): Promise<void> {
    if (!span.raw || !holdsOurs(span)) return;
    const packed = await packBlock(span.raw());
    if (finality === 'finalized') await archive.put(chain, span.toBlock, packed);
    else if (span.link) hold(span.toBlock, span.link.hash, packed);
  }

  /**
   * Archives whole blocks in which a transaction of an address that was discovered late stands: they are read
   * again, with that address. A block that is not final is archived when it is read as final.
   */
  async function keepAgain(blocks: Iterable<number>, finality: Finality, signal: AbortSignal): Promise<void> {
    if (finality !== 'finalized') return;
    for (const block of blocks) {
      let kept = false;
      for await (const span of reader.read(
        { fromBlock: block, toBlock: block },
        { finality, concurrency: 1, signal },
      )) {
        await keep(span, finality);
        kept = true;
      }
      if (!kept)
        throw new NdxError(
          'BLOCK_UNAVAILABLE',
          `${chain} block ${block} cannot be read again for the archive now`,
          { retryable: true },
        );
    }
  }

  async function* read(...[range, options]: Parameters<ChainReader['read']>): AsyncGenerator<DecodedSpan> {
    for await (const span of reader.read(range, options)) {
      await keep(span, options.finality);
      // The bytes are not needed any more, and large.
      const { raw: _, ...rest } = span;
      yield rest;
    }
  }

  const readAddress: ChainReader['readAddress'] = async function* (address, range, options) {
    const blocks = new Set<number>();
    for await (const found of reader.readAddress(address, range, options)) {
      blocks.add(found.transaction.block);
      yield found;
    }
    await keepAgain(blocks, options.finality, options.signal);
  };

  const { readAddresses } = reader;
  const scan: ChainReader['readAddresses'] =
    readAddresses &&
    async function* (addresses, range, options) {
      const blocks = new Set<number>();
      for await (const span of readAddresses(addresses, range, options)) {
        if (holdsOurs(span)) blocks.add(span.toBlock);
        yield span;
      }
      await keepAgain(blocks, options.finality, options.signal);
    };

  return {
    reader: { ...reader, read, readAddress, ...(scan ? { readAddresses: scan } : {}) },
    settled: async (blocks) => {
      for (const { block, hash } of blocks) {
        const kept = held.get(block);
        if (kept?.hash === hash) await archive.put(chain, block, kept.packed);
      }
    },
    forgetUntil: (block) => {
      for (const number of held.keys()) if (number <= block) forget(number);
    },
  };
}

/** A block that only makes an address known is archived too. */
function holdsOurs({ transactions, discovered = [] }: DecodedSpan): boolean {
  return transactions.length > 0 || discovered.length > 0;
}
