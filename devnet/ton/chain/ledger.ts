/**
 * What the chain remembers: small indexes in memory, everything else read back from the journal when it is
 * asked for.
 */
import { Cell } from '@ton/core';
import type { Journal, RecordPlace } from './journal.js';
import { SHARDS } from './shards.js';
import type { MasterBlock, Pending, ShardBlock, TransactionEntry } from './types.js';

const KEPT_HEADS = 256;
/** Transactions whose cells are kept: several APIs ask for the newest. */
const KEPT_CELLS = 1_024;

interface AccountIndex {
  /** Ascending. */
  readonly lts: number[];
  /** Masterchain seqno of each. */
  readonly blocks: number[];
}

export interface Located {
  readonly block: MasterBlock;
  readonly shardBlock: ShardBlock;
  readonly entry: TransactionEntry;
}

/** Sets an entry of a map that holds the `most` entries set last. */
function keep<K, V>(map: Map<K, V>, most: number, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}

export type Ledger = ReturnType<typeof createLedger>;

export function createLedger() {
  let journal: Journal | undefined;
  const places: RecordPlace[] = [];
  const times: number[] = [];
  const heads = new Map<number, MasterBlock>();
  const cells = new Map<string, Cell>();
  const accounts = new Map<string, AccountIndex>();
  const byHash = new Map<string, number>();
  const byMessage = new Map<string, number>();
  /** Masterchain seqno by shard and seqno - 1. */
  const shardBlocks = new Map<string, number[]>(SHARDS.map((shard) => [shard, []]));
  let last: MasterBlock | undefined;

  const file = (): Journal => {
    if (journal === undefined) throw new Error('ledger: the journal is not attached');
    return journal;
  };
  const place = (seqno: number): RecordPlace => {
    const found = places[seqno - 1];
    if (found === undefined) throw new Error(`ledger: there is no masterchain block ${seqno}`);
    return found;
  };

  const ledger = {
    attach: (opened: Journal) => {
      journal = opened;
    },
    push(block: MasterBlock, where: RecordPlace): void {
      places.push(where);
      times.push(block.time);
      last = block;
      keep(heads, KEPT_HEADS, block.seqno, block);
      for (const shardBlock of block.shardBlocks) {
        shardBlocks.get(shardBlock.shard)?.push(block.seqno);
        for (const { account, lt, hash, inMessage } of shardBlock.transactions) {
          const index = accounts.get(account) ?? { lts: [], blocks: [] };
          accounts.set(account, index);
          index.lts.push(lt);
          index.blocks.push(block.seqno);
          byHash.set(hash, block.seqno);
          byMessage.set(inMessage, block.seqno);
        }
      }
    },
    lastSeqno: () => places.length,
    last: () => last,
    /** @returns null when there is no such block */
    block(seqno: number): MasterBlock | null {
      if (!Number.isInteger(seqno) || seqno < 1 || seqno > places.length) return null;
      const kept = heads.get(seqno);
      const block = kept ?? (JSON.parse(file().readHead(place(seqno))) as MasterBlock);
      keep(heads, KEPT_HEADS, block.seqno, block);
      return block;
    },
    /** The newest block that is not younger than this; null when all are. */
    blockAt(time: number): MasterBlock | null {
      let [low, high] = [0, times.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((times[middle] ?? 0) <= time) low = middle + 1;
        else high = middle;
      }
      return ledger.block(low);
    },
    /** The masterchain block that committed a shard block. */
    committing(
      shard: string,
      seqno: number,
    ): { readonly block: MasterBlock; readonly shardBlock: ShardBlock } | null {
      const block = ledger.block(shardBlocks.get(shard)?.[seqno - 1] ?? 0);
      const shardBlock = block?.shardBlocks.find(
        (candidate) => candidate.shard === shard && candidate.seqno === seqno,
      );
      return block && shardBlock ? { block, shardBlock } : null;
    },
    transactionByHash: (hash: string): Located | null =>
      locate(byHash.get(hash), (entry) => entry.hash === hash),
    transactionByMessage: (hash: string): Located | null =>
      locate(byMessage.get(hash), (entry) => entry.inMessage === hash),
    transactionByLt(account: string, lt: number): Located | null {
      const index = accounts.get(account);
      const at = index?.lts.indexOf(lt) ?? -1;
      return at < 0
        ? null
        : locate(index?.blocks[at], (entry) => entry.account === account && entry.lt === lt);
    },
    /** Newest first, at most `limit`, not after `seqno` and not above `lt`. */
    transactionsOf(account: string, limit: number, lt: number, seqno: number): Located[] {
      const index = accounts.get(account);
      const found: Located[] = [];
      for (let at = (index?.lts.length ?? 0) - 1; at >= 0 && found.length < limit; at--) {
        const [thisLt, block] = [index?.lts[at] ?? 0, index?.blocks[at] ?? 0];
        if (thisLt > lt || block > seqno) continue;
        const located = locate(block, (entry) => entry.account === account && entry.lt === thisLt);
        if (located) found.push(located);
      }
      return found;
    },
    /** Base64 ShardAccount as a block left it; null when nothing had happened to the account until then. */
    stateAt(account: string, seqno: number): string | null {
      const blocks = accounts.get(account)?.blocks ?? [];
      const at = blocks.findLast((candidate) => candidate <= seqno);
      const state =
        at === undefined
          ? undefined
          : ledger.block(at)?.states.find((candidate) => candidate.account === account);
      return at === undefined || state === undefined
        ? null
        : file().read(place(at), state.offset, state.length).toString('base64');
    },
    /** The transaction's BoC, which holds one cell. */
    readTransaction: ({ block, entry }: Pick<Located, 'block' | 'entry'>): Buffer =>
      file().read(place(block.seqno), entry.offset, entry.length),
    readTransactionCell(located: Pick<Located, 'block' | 'entry'>): Cell {
      const { hash } = located.entry;
      const cell = cells.get(hash) ?? Cell.fromBoc(ledger.readTransaction(located))[0];
      if (cell === undefined) throw new Error(`ledger: the transaction ${hash} is no cell`);
      keep(cells, KEPT_CELLS, hash, cell);
      return cell;
    },
    readQueue(block: MasterBlock): Pending[] {
      const { offset, length } = block.queue;
      return JSON.parse(file().read(place(block.seqno), offset, length).toString()) as Pending[];
    },
  };

  function locate(seqno: number | undefined, matches: (entry: TransactionEntry) => boolean): Located | null {
    const block = seqno === undefined ? null : ledger.block(seqno);
    for (const shardBlock of block?.shardBlocks ?? []) {
      const entry = shardBlock.transactions.find(matches);
      if (block && entry) return { block, shardBlock, entry };
    }
    return null;
  }
  return ledger;
}
