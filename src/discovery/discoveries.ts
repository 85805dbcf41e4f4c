/**
 * The addresses that a reader follows because of what blocks hold, kept equal in all processes that read the
 * chain. What one of them discovers it announces in the database (src/store/announcements.ts), and the others
 * follow it from then on.
 */
import type { Pool } from 'pg';
import type { ChainReading } from '../readers/reader.js';
import { NdxError } from '../runtime/errors.js';
import { announce, announcedSince, fence, newestAnnouncement } from '../store/announcements.js';
import { listDiscovered, rememberDiscovered } from '../store/discovered.js';

/** Every map of addresses gives for each address the block from which on it is ours. */
export interface Discoveries {
  /**
   * Loads what was discovered so far and makes the reader follow it. Call it before anything is read:
   * otherwise transactions would be decoded without these addresses and their events in the ledger be
   * replaced by fewer.
   */
  open(): Promise<void>;
  /**
   * Number of the newest announcement that the reader follows. What is read from now on carries it as
   * `knowledge`.
   */
  knowledge(): number;
  /** Whether blocks after this one may have been read without the address. */
  isLate(address: string, block: number): boolean;
  /**
   * Makes the reader follow what others announced.
   * @returns discovered addresses that this process does not know to be caught up with
   */
  notCaughtUp(): Promise<ReadonlyMap<string, number>>;
  /**
   * Makes the reader follow what others announced since the last time; once it is fenced, what was read
   * without it is refused.
   */
  followAnnounced(): Promise<void>;
  /**
   * Announces addresses that the reader follows already. What it reads from now on carries the announcement's
   * number, or a later one.
   * @param readUpTo newest block that this process has read
   * @returns the announcement's number
   * @throws NdxError BLOCK_UNAVAILABLE (retryable) when others meanwhile announced addresses that were
   * discovered before block `readUpTo`: the reader follows these now, but the blocks that it has read lack
   * them
   */
  announce(addresses: ReadonlyMap<string, number>, readUpTo: number): Promise<number>;
  /**
   * From now on reconcile refuses every batch that was read before the announcement and reaches beyond
   * `afterBlock`.
   */
  fence(announcement: number, afterBlock: number): Promise<void>;
  /**
   * Notes that the addresses are caught up with, each from its block on: in this process, and in the database
   * for processes that start later.
   */
  remember(addresses: ReadonlyMap<string, number>): Promise<void>;
  /**
   * To be called when a fork took back the blocks from `block` on: addresses discovered in them are no longer
   * followed.
   */
  forgetFrom(block: number): void;
}

type Reader = Pick<ChainReading, 'chain' | 'discovers' | 'discoveriesIn' | 'follow' | 'forgetFrom'>;

/** @returns discoveries that are open */
export async function openDiscoveries(reader: Reader, db: { readonly pool: Pool }): Promise<Discoveries> {
  const discoveries = createDiscoveries(reader, db);
  await discoveries.open();
  return discoveries;
}

/**
 * @param onAnnounced called when others have announced something, before `knowledge()` counts it
 * @returns discoveries that still have to be opened
 */
export function createDiscoveries(
  reader: Reader,
  db: { readonly pool: Pool },
  onAnnounced: () => void = () => undefined,
): Discoveries {
  const { chain, discoveriesIn } = reader;
  const caughtUp = new Map<string, number>();
  let newest = 0;

  const load = async (): Promise<ReadonlyMap<string, number>> => {
    if (!reader.discovers) return new Map();
    // In this order: an address that is announced and caught up with between the two questions is in the
    // second answer.
    const announced = await announcedSince(db.pool, chain, newest);
    const discovered = await listDiscovered(db, chain, discoveriesIn);
    reader.follow(announced.addresses);
    reader.follow(discovered);
    if (announced.number > newest) {
      onAnnounced();
      newest = announced.number;
    }
    return discovered;
  };
  return {
    open: async () => {
      for (const [address, since] of await load()) caughtUp.set(address, since);
    },
    knowledge: () => newest,
    isLate: (address, block) => (caughtUp.get(address) ?? Number.POSITIVE_INFINITY) > block,
    notCaughtUp: async () => new Map([...(await load())].filter(([address]) => !caughtUp.has(address))),
    followAnnounced: async () => {
      if (reader.discovers && (await newestAnnouncement(db, chain)) > newest) await load();
    },
    announce: async (addresses, readUpTo) => {
      // From the block that is announced on, which may be an earlier one than the reader follows it from.
      reader.follow(addresses);
      const announced = await announce(db, chain, addresses, newest);
      reader.follow(announced.addresses);
      if (announced.addresses.size > 0) onAnnounced();
      newest = Math.max(newest, announced.number);
      if ([...announced.addresses.values()].some((since) => since < readUpTo))
        throw new NdxError(
          'BLOCK_UNAVAILABLE',
          'another process discovered addresses at the same time: reading again with all of them',
          { retryable: true },
        );
      // Not `newest`: the listener's other loop may have announced meanwhile, and blocks that are read by now
      // lack its addresses.
      return announced.number;
    },
    fence: (announcement, afterBlock) => fence(db, chain, announcement, afterBlock),
    remember: async (addresses) => {
      await rememberDiscovered(db, chain, discoveriesIn, addresses);
      for (const [address, since] of addresses)
        caughtUp.set(address, Math.min(since, caughtUp.get(address) ?? since));
    },
    forgetFrom: (block) => {
      reader.forgetFrom?.(block);
      for (const [address, since] of caughtUp) if (since >= block) caughtUp.delete(address);
    },
  };
}
