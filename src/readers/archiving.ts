/** Keeps the raw blocks that hold something of ours: final ones at once, confirmed ones when they settle. */
import { type Archive, packBlock } from '../archive/archive.js';
import type { BlockHash } from '../events/batch.js';
import type { Finality } from '../events/event.js';
import { NdxError } from '../runtime/errors.js';
import type { ChainReader, DecodedSpan } from './reader.js';

export interface Archiving {
  /** The reader, which hands nothing on before it is kept. */
  readonly reader: ChainReader;
  /** These blocks are final as they were read. */
  settled(blocks: readonly BlockHash[]): Promise<void>;
  /** What was read up to here and has not settled is read again. */
  forgetUntil(block: number): void;
}

export interface ArchivingDeps {
  readonly archive: Pick<Archive, 'put'>;
  readonly reader: ChainReader;
  /**
   * All blocks that waited for being final were forgotten: they have to be read again when they are. Called
   * before the next is held.
   */
  readonly onOverflow?: () => void;
  /**
   * Bytes, compressed, that may wait, beside one block; default 64 MiB: far more than a healthy chain leaves
   * unsettled.
   */
  readonly mostHeld?: number;
}

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
   * Blocks in which something was found by an address that nobody followed when they were read: whole again,
   * with it. What is not final yet is kept when it is read as final.
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
      // Not needed any more, and large.
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

/** What makes something known counts even where nothing of ours happens. */
function holdsOurs({ transactions, discovered = [] }: DecodedSpan): boolean {
  return transactions.length > 0 || discovered.length > 0;
}
