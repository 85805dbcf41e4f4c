/** Sampled stakers: their stake, unstake and claim transactions are read again from the chain and folded anew. */
import { wholeUnits } from '../../events/units.js';
import { foldStakes, type StakePosition } from '../../projections/staking/fold.js';
import { type LedgerRow, readLedger } from '../../store/ledger.js';
import type { Finding } from '../report.js';
import { chooseStakers } from './choose.js';
import { readHistory } from './history.js';
import { inParallel, reached, type SampleDeps, type SampleResult } from './sampling.js';

const KINDS = ['stake', 'unstake', 'claim'];
/** A staker with more transactions than this is not read anew. */
const MOST = 500;

interface Verdict {
  readonly findings: readonly Finding[];
  readonly unproven?: string;
}

/** Row as compared: amounts in whole units without trailing zeros. */
type Stakes = ReadonlyMap<string, { readonly amount: string; readonly claimed: string }>;

export async function sampleStakes(deps: SampleDeps): Promise<SampleResult> {
  const { pool, view, size, seed } = deps;
  const stakers = await chooseStakers(pool, { chain: view.reader.chain, size, seed });
  const verdicts = await inParallel(stakers, (staker) => judge(deps, staker), 2);
  const unproven = verdicts.flatMap((verdict) => verdict.unproven ?? []);
  return {
    check: 'stakes',
    checked: stakers.length - unproven.length,
    unproven,
    findings: verdicts.flatMap((verdict) => verdict.findings),
  };
}

async function judge(deps: SampleDeps, staker: string): Promise<Verdict> {
  const { chain } = deps.view.reader;
  const { rows: hashes } = await deps.pool.query<{ hash: string }>(
    `SELECT DISTINCT transaction_hash AS hash FROM ledger_event
      WHERE chain = $1 AND sender = $2 AND kind IN ('stake', 'unstake', 'claim') AND outcome = 'ok' LIMIT ${MOST + 1}`,
    [chain, staker],
  );
  if (hashes.length > MOST) return { findings: [], unproven: `walletAddress=${staker}: more than ${MOST} transactions` };
  const history = await readHistory(
    deps,
    staker,
    hashes.map((row) => row.hash),
  );
  const covered = await reached(deps, history.block);
  const theirs = stakesOf(foldStakes(history.rows.filter((row) => isStake(row, staker))));
  const ours = await stakesAt(deps, staker, history.block);
  const findings = differences(staker, ours, theirs, history.block);
  if (findings.length === 0) return { findings };
  if (history.block > covered)
    return {
      findings: [],
      unproven: `walletAddress=${staker}: answered at block ${history.block}, the tables are complete to block ${covered}`,
    };
  if (history.unknown.length > 0)
    return { findings: [], unproven: `walletAddress=${staker}: the endpoints do not know transaction ${history.unknown[0]} any more` };
  return { findings };
}

function isStake({ event }: LedgerRow, staker: string): boolean {
  return KINDS.includes(event.kind) && event.from === staker;
}

function stakesOf(positions: readonly StakePosition[]): Stakes {
  return new Map(
    positions.map((stake) => [
      `transactionHash=${stake.transactionHash} eventIndex=${stake.eventIndex}`,
      { amount: wholeUnits(stake.remaining, stake.decimals), claimed: wholeUnits(stake.claimed, stake.decimals) },
    ]),
  );
}

/** What the table says, taken back to `block` when the ledger has later events of the staker. */
async function stakesAt({ pool, view }: SampleDeps, staker: string, block: number): Promise<Stakes> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { chain } = view.reader;
    const rows = await readLedger(client, `l.chain = $1 AND l.sender = $2 AND l.kind IN ('stake', 'unstake', 'claim')`, [chain, staker]);
    if (rows.some((row) => row.block > block)) return stakesOf(foldStakes(rows.filter((row) => row.block <= block)));
    const { rows: table } = await client.query<{ key: string; amount: string; claimed: string }>(
      `SELECT 'transactionHash=' || "transactionHash" || ' eventIndex=' || "eventIndex" AS key,
              trim_scale(amount)::text AS amount, trim_scale("claimedRewards")::text AS claimed
         FROM "Staking" WHERE chain = $1 AND "walletAddress" = $2`,
      [chain, staker],
    );
    return new Map(table.map(({ key, ...amounts }) => [key, amounts]));
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

function differences(staker: string, ours: Stakes, theirs: Stakes, block: number): Finding[] {
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((key): Finding[] => {
    const table = ours.get(key);
    const chain = theirs.get(key);
    if (table?.amount === chain?.amount && table?.claimed === chain?.claimed) return [];
    const say = (stake: typeof table) => (stake ? `${stake.amount} staked, ${stake.claimed} claimed` : 'nothing');
    const problem = !table ? 'missing' : !chain ? 'orphan' : 'different';
    const message = `stake of ${staker}: the table says ${say(table)}, the chain's transactions up to block ${block} say ${say(chain)}`;
    return [{ check: 'stakes', problem, subject: 'Staking', key, message, block }];
  });
}
