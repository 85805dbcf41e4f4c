/**
 * The oracle's final truth as plain JSON: what the indexer's tables must say. Amounts are decimal strings in
 * base units.
 */
import type { OracleEntry } from './model.js';
import type { World } from './world.js';

interface NftTruth {
  /** The last holder when burned. */
  readonly owner: string;
  readonly creator: string;
  readonly burned: boolean;
  readonly listed: boolean;
  /** Base units of NDT; null when none was ever named. */
  readonly price: string | null;
  /** Tracks have one, SPL NFTs do not. */
  readonly name: string | null;
}

interface StakeTruth {
  readonly signature: string;
  readonly original: string;
  readonly remaining: string;
  readonly active: boolean;
  readonly lockSeconds: number | null;
  readonly apy: number | null;
}

export interface OracleSummary {
  /** By tokenId (mint or track account). */
  readonly nfts: Readonly<Record<string, NftTruth>>;
  /** By mint, then wallet; a wallet that once held is named with "0". */
  readonly balances: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By wallet, then pool (program address); stakes oldest first. */
  readonly stakes: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly stakes: readonly StakeTruth[]; readonly claimed: string }>>
    >
  >;
  readonly counts: {
    /** Events of the transactions that stand on the chain, by kind; of failed ones, what they attempted. */
    readonly events: Readonly<Record<string, { readonly ok: number; readonly failed: number }>>;
    /** Transactions by outcome. */
    readonly transactions: Readonly<Record<string, number>>;
    /** Landed transactions of the play by version. */
    readonly versions: Readonly<Record<string, number>>;
  };
  /** Signatures that landed otherwise than planned: only a fork or a crash may bring these about. */
  readonly unplanned: readonly string[];
}

/** Counts entries; those that are dropped from memory are counted once, the others anew each time. */
export interface Tally {
  readonly counts: {
    readonly events: Record<string, { ok: number; failed: number }>;
    readonly transactions: Record<string, number>;
    readonly versions: Record<string, number>;
  };
  readonly unplanned: string[];
  add(entry: OracleEntry): void;
}

/** @param from the tally to go on from; it stays as it is */
export function createTally(from?: Tally): Tally {
  const counts: Tally['counts'] = from
    ? structuredClone(from.counts)
    : { events: {}, transactions: {}, versions: {} };
  const unplanned = [...(from?.unplanned ?? [])];
  const { events, transactions, versions } = counts;
  return {
    counts,
    unplanned,
    add({ signature, action, events: expected, outcome }) {
      transactions[outcome] = (transactions[outcome] ?? 0) + 1;
      if (outcome !== 'ok' && outcome !== 'failed') return;
      versions[action.version] = (versions[action.version] ?? 0) + 1;
      if ((outcome === 'failed') !== (action.fails !== undefined)) unplanned.push(signature);
      for (const { kind } of expected) {
        const count = events[kind] ?? { ok: 0, failed: 0 };
        count[outcome] += 1;
        events[kind] = count;
      }
    },
  };
}

export function summarize({ state }: World, { counts, unplanned }: Tally): OracleSummary {
  return {
    nfts: record(state.nfts, ({ owner, creator, burned, listed, price, name }) => ({
      owner,
      creator,
      burned,
      listed,
      price: price?.toString() ?? null,
      name,
    })),
    balances: record(state.balances, (holders) => record(holders, String)),
    stakes: record(state.stakes, (pools) =>
      record(pools, ({ stakes, claimed }) => ({
        stakes: stakes.map(({ signature, original, remaining, lockSeconds, apy }) => ({
          signature,
          original: original.toString(),
          remaining: remaining.toString(),
          active: remaining > 0n,
          lockSeconds,
          apy,
        })),
        claimed: claimed.toString(),
      })),
    ),
    counts,
    unplanned,
  };
}

function record<V, T>(map: ReadonlyMap<string, V>, each: (value: V) => T): Record<string, T> {
  return Object.fromEntries([...map].map(([key, value]) => [key, each(value)]));
}
