/**
 * The blocks of the current branch: a small index in memory, the blocks themselves in the journal, the recent
 * ones cached. Knows commitment: a block is confirmed or finalized by how many blocks stand on it.
 */
import type { Journal, RecordPlace } from './journal.js';
import { decodeBody, type StoredTransaction } from './stored-transaction.js';
import type { LandedTransaction } from './types.js';

export type Commitment = 'processed' | 'confirmed' | 'finalized';

export interface TransactionHead {
  readonly signature: string;
  /** null = success. */
  readonly error: unknown;
  readonly accounts: readonly string[];
  readonly memo: string | null;
}

export interface Reward {
  readonly pubkey: string;
  readonly lamports: number;
  readonly postBalance: number;
  readonly rewardType: 'Fee';
  readonly commission: null;
}

/** What a block's journal record says of it. */
export interface BlockHead {
  readonly slot: number;
  readonly parentSlot: number;
  readonly hash: string;
  readonly previousHash: string;
  readonly height: number;
  /** Unix seconds. */
  readonly time: number;
  readonly transactions: readonly TransactionHead[];
  readonly rewards: readonly Reward[];
}

/** What stays in memory of every block. */
export interface BlockIndex {
  readonly slot: number;
  readonly parentSlot: number;
  readonly hash: string;
  readonly height: number;
  readonly time: number;
  readonly transactionCount: number;
  readonly place: RecordPlace;
}

export interface LedgerPolicy {
  readonly confirmedAfter: number;
  readonly finalizedAfter: number;
}

/** A transaction's place, packed: at most 65,536 transactions a block. */
const PLACES = 65_536;
const CACHED_BLOCKS = 64;

function createCache<T>(limit: number, load: (block: BlockIndex) => T) {
  const entries = new Map<number, T>();
  const put = (slot: number, value: T): void => {
    entries.set(slot, value);
    if (entries.size > limit)
      for (const oldest of [...entries.keys()].slice(0, entries.size - limit)) entries.delete(oldest);
  };
  return {
    put,
    drop: (slot: number) => entries.delete(slot),
    get(block: BlockIndex): T {
      const known = entries.get(block.slot);
      const value = known ?? load(block);
      entries.delete(block.slot);
      put(block.slot, value);
      return value;
    },
  };
}

export function createLedger(policy: LedgerPolicy) {
  const blocks: BlockIndex[] = [];
  const bySlot = new Map<number, BlockIndex>();
  const places = new Map<string, number>();
  const errors = new Map<string, unknown>();
  const byAddress = new Map<string, number[]>();
  let journal: Journal | null = null;
  let finalizedHeight = 0;
  let transactionCount = 0;

  const openedJournal = (): Journal => {
    if (journal === null) throw new Error('the ledger is read before its journal is open');
    return journal;
  };
  const heads = createCache<BlockHead>(
    CACHED_BLOCKS,
    (block) => JSON.parse(openedJournal().readHead(block.place)) as BlockHead,
  );
  const bodies = createCache<StoredTransaction[]>(CACHED_BLOCKS, (block) =>
    decodeBody(openedJournal().readBody(block.place)),
  );

  const tip = (): BlockIndex => {
    const block = blocks.at(-1);
    if (block === undefined) throw new Error('the chain has no block yet');
    return block;
  };
  const atHeight = (height: number): BlockIndex =>
    blocks[Math.max(0, Math.min(height, blocks.length - 1))] ?? tip();
  const landed = (signature: string): LandedTransaction | null => {
    const place = places.get(signature);
    if (place === undefined) return null;
    return {
      signature,
      slot: Math.floor(place / PLACES),
      transactionIndex: place % PLACES,
      error: errors.get(signature) ?? null,
    };
  };

  return {
    /** The journal reads back what the index only points at. */
    attach(opened: Journal): void {
      journal = opened;
    },
    /** A block at the end of the branch; `body` when it is at hand. */
    push(head: BlockHead, place: RecordPlace, body?: StoredTransaction[]): void {
      const { slot, parentSlot, hash, height, time } = head;
      const block = {
        slot,
        parentSlot,
        hash,
        height,
        time,
        transactionCount: head.transactions.length,
        place,
      };
      blocks.push(block);
      bySlot.set(slot, block);
      head.transactions.forEach((transaction, index) => {
        const packed = slot * PLACES + index;
        places.set(transaction.signature, packed);
        if (transaction.error !== null) errors.set(transaction.signature, transaction.error);
        for (const address of new Set(transaction.accounts)) {
          const list = byAddress.get(address);
          if (list === undefined) byAddress.set(address, [packed]);
          else list.push(packed);
        }
      });
      transactionCount += head.transactions.length;
      finalizedHeight = Math.max(finalizedHeight, height - policy.finalizedAfter);
      if (body !== undefined) {
        heads.put(slot, head);
        bodies.put(slot, body);
      }
    },
    /** Take the newest block off the branch. */
    pop(head: BlockHead): void {
      if (tip().slot !== head.slot) throw new Error(`block ${head.slot} is not the newest`);
      if (head.height <= finalizedHeight)
        throw new Error(`block ${head.slot} is finalized and cannot be dropped`);
      blocks.pop();
      bySlot.delete(head.slot);
      heads.drop(head.slot);
      bodies.drop(head.slot);
      transactionCount -= head.transactions.length;
      for (const transaction of head.transactions) {
        places.delete(transaction.signature);
        errors.delete(transaction.signature);
        for (const address of new Set(transaction.accounts)) {
          const list = byAddress.get(address) ?? [];
          while ((list.at(-1) ?? -1) >= head.slot * PLACES) list.pop();
          if (list.length === 0) byAddress.delete(address);
        }
      }
    },
    tip,
    atHeight,
    isEmpty: () => blocks.length === 0,
    finalizedHeight: () => finalizedHeight,
    transactionCount: () => transactionCount,
    /** The newest block at a commitment. */
    head(commitment: Commitment): BlockIndex {
      if (commitment === 'processed') return tip();
      const height =
        commitment === 'finalized'
          ? finalizedHeight
          : Math.max(finalizedHeight, tip().height - policy.confirmedAfter);
      return atHeight(height);
    },
    /** null: no block of this branch stands in the slot. */
    block: (slot: number): BlockIndex | null => bySlot.get(slot) ?? null,
    /** The newest block in or before a slot; null before the first. */
    blockAtOrBefore(slot: number): BlockIndex | null {
      let low = 0;
      let high = blocks.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((blocks[middle]?.slot ?? 0) <= slot) low = middle + 1;
        else high = middle;
      }
      return blocks[low - 1] ?? null;
    },
    readHead: (block: BlockIndex): BlockHead => heads.get(block),
    readBody: (block: BlockIndex): readonly StoredTransaction[] => bodies.get(block),
    landed,
    /** Places of the transactions that name an address, oldest first. */
    placesOf: (address: string): readonly number[] => byAddress.get(address) ?? [],
    unpack: (place: number) => ({ slot: Math.floor(place / PLACES), transactionIndex: place % PLACES }),
    placeOf: (signature: string): number | null => places.get(signature) ?? null,
    /** Whether one of the newest `count` blocks up to a height has this hash. */
    hasRecentHash(hash: string, height: number, count: number): boolean {
      for (let at = height; at >= 0 && at > height - count; at--) if (blocks[at]?.hash === hash) return true;
      return false;
    },
    /** The newest slots and hashes, newest first. */
    slotHashes: (count: number) =>
      blocks
        .slice(-count)
        .reverse()
        .map(({ slot, hash }) => ({ slot, hash })),
  };
}

export type Ledger = ReturnType<typeof createLedger>;
