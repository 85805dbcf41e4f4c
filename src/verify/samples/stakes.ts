/**
 * Checks sampled stakers: reads their stake, unstake and claim transactions from the chain again and folds
 * them anew. Where a contract keeps what they have staked, it is asked, too.
 */
import type { StakesAnswer } from '../../chains/oracle.js';
import { baseUnits, wholeUnits } from '../../events/units.js';
import { foldStakes } from '../../projections/staking/fold.js';
import {
  chooseStakers,
  rowOfPosition,
  type StakeRow,
  stakeRowsOf,
} from '../../projections/staking/sample.js';
import { type LedgerRow, readLedger } from '../../store/ledger/ledger.js';
import type { Finding } from '../findings.js';
import { type KnownTransaction, readHistory } from './history.js';
import { inParallel, reached, type SampleDeps, type SampleResult } from './sampling.js';

const KINDS = ['stake', 'unstake', 'claim'];
/** A staker with more transactions than this is not checked. */
const MOST = 500;

interface Verdict {
  readonly findings: readonly Finding[];
  readonly unproven?: readonly string[];
}

/**
 * @returns findings; in `unproven` stakers with more than 500 transactions, or whose transactions the
 * endpoints do not know
 */
export async function sampleStakes(deps: SampleDeps): Promise<SampleResult> {
  const { pool, view, size, seed } = deps;
  const stakers = await chooseStakers(pool, { chain: view.reader.chain, size, seed });
  const verdicts = await inParallel(stakers, (staker) => judge(deps, staker), 2);
  const unproven = verdicts.flatMap((verdict) => verdict.unproven ?? []);
  const unanswered = verdicts.filter((verdict) => verdict.unproven?.length).length;
  return {
    check: 'stakes',
    checked: stakers.length - unanswered,
    unproven,
    findings: verdicts.flatMap((verdict) => verdict.findings),
  };
}

async function judge(deps: SampleDeps, staker: string): Promise<Verdict> {
  const { oracle } = deps.view;
  const byTransactions = await judgeByTransactions(deps, staker);
  const answer = (await oracle?.stakes?.(staker, deps.signal)) ?? null;
  if (answer === null) return byTransactions;
  const byState = await judgeByState(deps, staker, answer);
  return {
    findings: [...byTransactions.findings, ...byState.findings],
    unproven: [...(byTransactions.unproven ?? []), ...(byState.unproven ?? [])],
  };
}

async function judgeByTransactions(deps: SampleDeps, staker: string): Promise<Verdict> {
  const { reader, oracle } = deps.view;
  const { rows: known } = await deps.pool.query<KnownTransaction>(
    `SELECT DISTINCT transaction_hash AS hash, block::float8 AS block FROM ledger_event
      WHERE chain = $1 AND sender = $2 AND kind IN ('stake', 'unstake', 'claim') AND outcome = 'ok' LIMIT ${MOST + 1}`,
    [reader.chain, staker],
  );
  if (known.length > MOST)
    return { findings: [], unproven: [`walletAddress=${staker}: more than ${MOST} transactions`] };
  // Where a contract keeps the stakes, judgeByState asks it for what the ledger lacks. No address is listed
  // then, because the staker's own transactions do not hold the stakes.
  const history = await readHistory(deps, oracle?.stakes ? null : staker, known);
  const covered = await reached(deps, history.block);
  const theirs = foldStakes(history.rows.filter((row) => isStake(row, staker))).map(rowOfPosition);
  const ours = await rowsAt(deps, staker, history.block);
  const findings = differences(staker, ours, theirs, history.block);
  if (findings.length === 0) return { findings };
  if (history.block > covered) return tooEarly(staker, history.block, covered);
  if (history.unknown.length > 0)
    return {
      findings: [],
      unproven: [
        `walletAddress=${staker}: the endpoints do not know transaction ${history.unknown[0]} any more`,
      ],
    };
  return { findings };
}

/** Compares what the staking contracts hold for the staker with the sum of the staker's rows in each pool. */
async function judgeByState(
  deps: SampleDeps,
  staker: string,
  { pools, block }: StakesAnswer,
): Promise<Verdict> {
  const { startBlock, view } = deps;
  const covered = await reached(deps, block);
  const rows = await rowsAt(deps, staker, block);
  const findings: Finding[] = [];
  const unproven: string[] = [];
  for (const [pool, { amount, decimals }] of pools) {
    const sum = rows
      .filter((row) => row.pool === pool)
      .reduce((total, row) => total + baseUnits(row.amount, decimals), 0n);
    if (sum === amount) continue;
    const [table, chain] = [wholeUnits(sum, decimals), wholeUnits(amount, decimals)];
    const key = `walletAddress=${staker} pool=${pool}`;
    if (block > covered)
      unproven.push(`${key}: answered at block ${block}, the tables are complete to block ${covered}`);
    else if (startBlock > view.reader.firstBlock && amount > sum)
      unproven.push(
        `${key}: what was staked before block ${startBlock}, where the tables begin, is not known`,
      );
    else {
      const message = `${table} staked in all, the contract says ${chain} at block ${block}`;
      const columns = [{ column: 'amount', table, expected: chain }];
      findings.push({
        check: 'stakes',
        problem: 'different',
        subject: 'Staking',
        key,
        message,
        columns,
        block,
      });
    }
  }
  return { findings, unproven };
}

function tooEarly(staker: string, block: number, covered: number): Verdict {
  return {
    findings: [],
    unproven: [
      `walletAddress=${staker}: answered at block ${block}, the tables are complete to block ${covered}`,
    ],
  };
}

function isStake({ event }: LedgerRow, staker: string): boolean {
  return KINDS.includes(event.kind) && event.from === staker;
}

/**
 * The staker's rows as of `block`: those of the table or, when the staker has later events, a fold of the
 * earlier ones.
 */
async function rowsAt({ pool, view }: SampleDeps, staker: string, block: number): Promise<StakeRow[]> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { chain } = view.reader;
    const rows = await readLedger(
      client,
      `l.chain = $1 AND l.sender = $2 AND l.kind IN ('stake', 'unstake', 'claim')`,
      [chain, staker],
    );
    if (rows.some((row) => row.block > block))
      return foldStakes(rows.filter((row) => row.block <= block)).map(rowOfPosition);
    return await stakeRowsOf(client, chain, staker);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

function differences(
  staker: string,
  ours: readonly StakeRow[],
  theirs: readonly StakeRow[],
  block: number,
): Finding[] {
  return [...new Set([...ours, ...theirs].map(({ key }) => key))].flatMap((key): Finding[] => {
    const table = ours.find((row) => row.key === key);
    const chain = theirs.find((row) => row.key === key);
    if (table?.amount === chain?.amount && table?.claimed === chain?.claimed) return [];
    const say = (stake: typeof table) =>
      stake ? `${stake.amount} staked, ${stake.claimed} claimed` : 'nothing';
    const problem = !table ? 'missing' : !chain ? 'orphan' : 'different';
    const message = `stake of ${staker}: the table says ${say(table)}, the chain's transactions up to block ${block} say ${say(chain)}`;
    return [{ check: 'stakes', problem, subject: 'Staking', key, message, block }];
  });
}
