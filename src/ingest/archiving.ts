/** Keeps the raw blocks that hold something of ours: final ones at once, confirmed ones when they settle. */
import type { Archive } from '../archive/directory.js';
import type { BlockHash } from '../events/batch.js';
import type { Chain, Finality } from '../events/event.js';
import type { DecodedSpan } from './reader.js';

export interface Archiving {
  /** Passes the spans on. */
  through(spans: AsyncIterable<DecodedSpan>, finality: Finality): AsyncIterable<DecodedSpan>;
  /** These blocks are final as they were read. */
  settled(blocks: readonly BlockHash[]): Promise<void>;
  /** What was read up to here and has not settled is read again. */
  forgetUntil(block: number): void;
}

export function createArchiving(archive: Archive, chain: Chain): Archiving {
  const held = new Map<number, { readonly hash: string; readonly packed: Uint8Array }>();
  return {
    async *through(spans, finality) {
      for await (const span of spans) {
        if (span.raw && span.transactions.length > 0) {
          const packed = await archive.pack(span.raw());
          if (finality === 'finalized') await archive.put(chain, span.toBlock, packed);
          else if (span.link) held.set(span.toBlock, { hash: span.link.hash, packed });
        }
        yield span;
      }
    },
    settled: async (blocks) => {
      for (const { block, hash } of blocks) {
        const kept = held.get(block);
        if (kept?.hash === hash) await archive.put(chain, block, kept.packed);
      }
    },
    forgetUntil: (block) => {
      for (const number of held.keys()) if (number <= block) held.delete(number);
    },
  };
}
