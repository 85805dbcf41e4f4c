/**
 * The oracle's final truth as plain JSON: what the indexer's tables must say. Amounts are decimal strings in
 * base units.
 */
import { FOLLOWED } from '../contracts/addresses.js';
import type { OracleEntry } from './model.js';
import type { World } from './world.js';

interface NftTruth {
  /** The last holder when burned; the seller while it is listed. */
  readonly owner: string;
  /** Who had it minted: the collection's owner. */
  readonly creator: string;
  readonly collection: string;
  readonly index: number;
  readonly burned: boolean;
  readonly listed: boolean;
  /** nanotons; null when none was ever named. */
  readonly price: string | null;
  /** Items' names are off chain. */
  readonly name: null;
}

interface StakeTruth {
  /** Hash of the staking contract's transaction. */
  readonly signature: string;
  readonly original: string;
  readonly remaining: string;
  readonly active: boolean;
  readonly lockSeconds: number | null;
  readonly apy: null;
}

export interface OracleSummary {
  /** By item address. */
  readonly nfts: Readonly<Record<string, NftTruth>>;
  /** By jetton master, then wallet; a wallet that once held is named with "0". */
  readonly balances: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By wallet, then staking contract; stakes oldest first. */
  readonly stakes: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly stakes: readonly StakeTruth[]; readonly claimed: string }>>
    >
  >;
  readonly counts: {
    /** Events by kind as they truly went. */
    readonly events: Readonly<Record<string, { readonly ok: number; readonly failed: number }>>;
    /** Actions by outcome. */
    readonly transactions: Readonly<Record<string, number>>;
  };
  /** External messages whose trace went otherwise than planned: only a crash may bring these about. */
  readonly unplanned: readonly string[];
}

/** Counts finished entries. */
export interface Tally {
  readonly counts: {
    readonly events: Record<string, { ok: number; failed: number }>;
    readonly transactions: Record<string, number>;
  };
  readonly unplanned: string[];
  add(entry: OracleEntry): void;
}

export function createTally(): Tally {
  const counts: Tally['counts'] = { events: {}, transactions: {} };
  const unplanned: string[] = [];
  return {
    counts,
    unplanned,
    add({ external, events, landed, outcome }) {
      counts.transactions[outcome] = (counts.transactions[outcome] ?? 0) + 1;
      if (outcome === 'unplanned') unplanned.push(external);
      events.forEach(({ kind }, index) => {
        const went = landed[index]?.outcome ?? 'missing';
        if (went === 'missing') return;
        const count = counts.events[kind] ?? { ok: 0, failed: 0 };
        count[went] += 1;
        counts.events[kind] = count;
      });
    },
  };
}

export function summarize({ state }: World, { counts, unplanned }: Tally): OracleSummary {
  return {
    nfts: record(state.nfts, ({ owner, creator, collection, index, burned, listed, price }) => ({
      owner,
      creator,
      collection: FOLLOWED.collections[collection] ?? '',
      index,
      burned,
      listed,
      price: price?.toString() ?? null,
      name: null,
    })),
    balances: record(state.balances, (holders) => record(holders, String)),
    stakes: record(state.stakes, (pools) =>
      record(pools, ({ stakes, claimed }) => ({
        stakes: stakes.map(({ transactionHash, original, remaining, lockSeconds }) => ({
          signature: transactionHash,
          original: original.toString(),
          remaining: remaining.toString(),
          active: remaining > 0n,
          lockSeconds,
          apy: null,
        })),
        claimed: claimed.toString(),
      })),
    ),
    counts: structuredClone(counts),
    unplanned: [...unplanned],
  };
}

function record<V, T>(map: ReadonlyMap<string, V>, each: (value: V) => T): Record<string, T> {
  return Object.fromEntries([...map].map(([key, value]) => [key, each(value)]));
}
