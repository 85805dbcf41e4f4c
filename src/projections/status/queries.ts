/** How far the tables are, per chain: tip, coverage, gaps, lag and the number of undecodable transactions. */
import { CHAINS, type Chain } from '../../events/event.js';
import { without } from '../../events/overlaps.js';
import { type BlockRange, blockCount, gapsIn } from '../../events/range.js';
import { type ChainState, readChainState } from '../../store/chain-state.js';
import { listAllCoverage, listCoverage } from '../../store/coverage/coverage.js';
import { sumOwed } from '../../store/coverage/owed-checks.js';
import { newestPending } from '../../store/coverage/pending-block.js';
import type { Database } from '../../store/database.js';
import { readLease } from '../../store/lease/lease.js';
import { estimatedTime, type TimedBlock } from './lag.js';

/** State of one chain. Times are ISO 8601 UTC. */
export interface ChainStatus {
  readonly chain: Chain;
  readonly genesis: string;
  /** Redacted name of the endpoint that last reported the tip. */
  readonly source: string;
  /** Decoders and configuration under which a block counts as covered. */
  readonly fingerprint: string;
  readonly startBlock: number;
  readonly head: number;
  readonly headTime: string | null;
  readonly finalized: number;
  readonly finalizedTime: string | null;
  /** Ranges reconciled under the current fingerprint; only the oldest `MOST_RANGES` of them. */
  readonly coverage: readonly BlockRange[];
  /** Blocks last read under another fingerprint: `ndx replay --stale` reads them again. */
  readonly staleBlocks: number;
  /**
   * Ranges between the start block and the finalized block that no fingerprint covers; only the oldest
   * `MOST_RANGES` of them.
   */
  readonly gaps: readonly BlockRange[];
  /** Number of blocks in all gaps, including gaps that are not listed. */
  readonly missingBlocks: number;
  /**
   * How far the newest covered or pending block is behind: in blocks to the head, in seconds to now. Seconds
   * are null while too few block times are known.
   */
  readonly lag: { readonly blocks: number; readonly seconds: number | null };
  /**
   * Blocks that stand in the tables before another endpoint gave its word of them (counting stops at
   * `MOST_OWED`), and when the oldest of them was written.
   */
  readonly owedChecks: number;
  readonly owedSince: string | null;
  /** Transactions that could not be decoded; counting stops at `MOST_PROBLEMS`. */
  readonly decodeProblems: number;
  readonly updatedAt: string;
  /** Host and process of the listener that follows the chain now; null when none does. */
  readonly listener: string | null;
}

type Db = Pick<Database, 'pool' | 'prisma'>;

export const MOST_RANGES = 1000;
export const MOST_PROBLEMS = 10_000;

/**
 * State of every chain that a listener has ever followed into this database.
 * @param now milliseconds since 1970
 */
export async function chainStatuses(db: Db, now: number = Date.now()): Promise<ChainStatus[]> {
  const statuses = await Promise.all(CHAINS.map((chain) => chainStatus(db, chain, now)));
  return statuses.filter((status) => status !== null);
}

async function chainStatus(db: Db, chain: Chain, now: number): Promise<ChainStatus | null> {
  const state = await readChainState(db, chain);
  if (!state) return null;
  const [coverage, all, pending, decodeProblems, owed, lease] = await Promise.all([
    listCoverage(db, chain, state.fingerprint),
    listAllCoverage(db, chain),
    newestPending(db, chain),
    problemCount(db, chain),
    sumOwed(db, chain),
    readLease(db, chain),
  ]);
  const gaps = gapsIn(all, state.startBlock, state.finalized);
  // Blocks reconciled as pending can be read too.
  const covered = Math.max(all.at(-1)?.toBlock ?? state.startBlock - 1, pending ?? 0);
  const time = await coveredUntil(db, state, covered);
  return {
    chain,
    genesis: state.genesis,
    source: state.source,
    fingerprint: state.fingerprint,
    startBlock: state.startBlock,
    head: state.head,
    headTime: iso(state.headTime),
    finalized: state.finalized,
    finalizedTime: iso(state.finalizedTime),
    coverage: coverage.slice(0, MOST_RANGES),
    staleBlocks: blockCount(without(all, coverage)),
    gaps: gaps.slice(0, MOST_RANGES),
    missingBlocks: blockCount(gaps),
    lag: {
      blocks: Math.max(0, state.head - covered),
      seconds: time === null ? null : Math.max(0, Math.round((now - time) / 1000)),
    },
    owedChecks: owed.count,
    owedSince: owed.since === null ? null : new Date(owed.since).toISOString(),
    decodeProblems,
    updatedAt: new Date(state.updatedAt * 1000).toISOString(),
    listener: lease !== null && lease.remaining > 0 ? lease.holder : null,
  };
}

/**
 * Time of the newest covered block, estimated from the head, the finalized block and the newest event at or
 * below it. Milliseconds since 1970; null when too little is known.
 */
async function coveredUntil(db: Db, state: ChainState, covered: number): Promise<number | null> {
  const event = await newestEventUntil(db, state.chain, covered);
  const known = [event, timed(state.head, state.headTime), timed(state.finalized, state.finalizedTime)];
  return estimatedTime(
    Math.min(covered, state.head),
    known.filter((point) => point !== null),
  );
}

async function problemCount({ prisma }: Db, chain: Chain): Promise<number> {
  return prisma.decodeProblem.count({ where: { chain }, take: MOST_PROBLEMS });
}

async function newestEventUntil({ prisma }: Db, chain: Chain, block: number): Promise<TimedBlock | null> {
  const event = await prisma.ledgerEvent.findFirst({
    where: { chain, block: { lte: block } },
    orderBy: [{ block: 'desc' }, { transactionIndex: 'desc' }, { eventIndex: 'desc' }],
    select: { block: true, blockTime: true },
  });
  return event?.blockTime ? { block: Number(event.block), time: event.blockTime.getTime() } : null;
}

function timed(block: number, unixSeconds: number | null): TimedBlock | null {
  return unixSeconds === null ? null : { block, time: unixSeconds * 1000 };
}

function iso(unixSeconds: number | null): string | null {
  return unixSeconds === null ? null : new Date(unixSeconds * 1000).toISOString();
}
