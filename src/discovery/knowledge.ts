/**
 * What a reader follows because of what earlier blocks hold, shared with every other process that reads the chain. What a batch was
 * read with is told by its number: see store/knowledge.ts.
 */
import type { Pool } from 'pg';
import type { ChainReader, DecodedSpan } from '../readers/reader.js';
import { NdxError } from '../runtime/errors.js';
import { listDiscovered, rememberDiscovered } from '../store/discovered.js';
import { announce, announcedSince, newestAnnouncement, raise } from '../store/knowledge.js';

export interface Knowledge {
  /**
   * Makes the reader follow what is known. Call it before anything is read: a transaction would else be read as holding less than it
   * does, and its events be replaced by fewer.
   */
  open(): Promise<void>;
  /** What is read from now on is read with everything that was announced up to this. */
  number(): number;
  /** Whether blocks after this one may have been read without the address. */
  isLate(address: string, block: number): boolean;
  /** Follows what other processes found. @returns known addresses that nobody here has caught up with, and the block that made each known */
  refresh(): Promise<ReadonlyMap<string, number>>;
  /** Follows what other processes announced since the last time: what is read without it is refused. */
  keepUp(): Promise<void>;
  /**
   * Tells the others. The reader follows the addresses already; what it reads from now on carries the new number, or a later one.
   * @param readUpTo newest block read so far
   * @returns the announcement's own number
   * @throws NdxError BLOCK_UNAVAILABLE (retryable) when others announced something in blocks before it meanwhile: it is followed now, what
   * was read so far lacks it
   */
  announce(addresses: ReadonlyMap<string, number>, readUpTo: number): Promise<number>;
  /** What was read before that announcement and reaches beyond the block is refused from now on. */
  raise(number: number, afterBlock: number): Promise<void>;
  /** Each from its block on, the addresses are followed and caught up with, for us and for who comes after us. */
  adopt(addresses: ReadonlyMap<string, number>): Promise<void>;
  /** The chain left these blocks: what they made known is not. */
  forgetFrom(block: number): void;
}

type Reader = Pick<ChainReader, 'chain' | 'discovers' | 'follow' | 'forgetFrom'>;

/** Opened. */
export async function openKnowledge(reader: Reader, db: { readonly pool: Pool }): Promise<Knowledge> {
  const knowledge = createKnowledge(reader, db);
  await knowledge.open();
  return knowledge;
}

/**
 * Not opened yet.
 * @param onNews called when others announced something, before what is read with it can be told from what was read without
 */
export function createKnowledge(
  reader: Reader,
  db: { readonly pool: Pool },
  onNews: () => void = () => undefined,
): Knowledge {
  const { chain } = reader;
  const followed = new Map<string, number>();
  let number = 0;

  const rise = (to: number): void => {
    if (to <= number) return;
    onNews();
    number = to;
  };
  const load = async (): Promise<ReadonlyMap<string, number>> => {
    if (!reader.discovers) return new Map();
    // First what is announced: by the time that it is adopted it stands in the list.
    const announced = await announcedSince(db.pool, chain, number);
    const known = await listDiscovered(db, chain);
    reader.follow(announced.addresses);
    reader.follow(known);
    rise(announced.number);
    return known;
  };
  return {
    open: async () => {
      for (const [address, since] of await load()) followed.set(address, since);
    },
    number: () => number,
    isLate: (address, block) => (followed.get(address) ?? Number.POSITIVE_INFINITY) > block,
    refresh: async () => new Map([...(await load())].filter(([address]) => !followed.has(address))),
    keepUp: async () => {
      if (reader.discovers && (await newestAnnouncement(db, chain)) > number) await load();
    },
    announce: async (addresses, readUpTo) => {
      const announced = await announce(db, chain, addresses, number);
      reader.follow(announced.addresses);
      if (announced.addresses.size > 0) onNews();
      number = Math.max(number, announced.number);
      if ([...announced.addresses.values()].some((since) => since < readUpTo))
        throw new NdxError(
          'BLOCK_UNAVAILABLE',
          'addresses were found elsewhere at the same time: reading again with all of them',
          {
            retryable: true,
          },
        );
      // Not `number`: the other loop of this process may have announced meanwhile, what blocks that are read by now lack.
      return announced.number;
    },
    raise: (announced, afterBlock) => raise(db, chain, announced, afterBlock),
    adopt: async (addresses) => {
      await rememberDiscovered(db, chain, addresses);
      for (const [address, since] of addresses)
        followed.set(address, Math.min(since, followed.get(address) ?? since));
    },
    forgetFrom: (block) => {
      reader.forgetFrom?.(block);
      for (const [address, since] of followed) if (since >= block) followed.delete(address);
    },
  };
}

/** The spans, each with the number that held before it was read. */
export async function* stamped(
  spans: AsyncIterable<DecodedSpan>,
  knowledge: Pick<Knowledge, 'number'>,
): AsyncGenerator<DecodedSpan> {
  let before = knowledge.number();
  for await (const span of spans) {
    yield { ...span, knowledge: before };
    before = knowledge.number();
  }
}
