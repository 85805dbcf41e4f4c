/** Compares sampled balances with what the chain answers, as of the block of each answer. */

import type { ChainOracle } from '../../chains/oracle.js';
import type { Chain } from '../../events/event.js';
import { amountsOf, chooseBalances } from '../../projections/tokens/sample.js';
import { readLedger } from '../../store/ledger/ledger.js';
import type { Finding } from '../findings.js';
import { inParallel, reached, type SampleDeps, type SampleResult } from './sampling.js';

interface Asked {
  readonly token: string;
  readonly address: string;
  readonly amount: bigint;
  readonly block: number;
}

/**
 * @returns findings; in `unproven` what the chain does not answer, or answers of a block that the tables
 * have not reached
 */
export async function sampleBalances(deps: SampleDeps, oracle: ChainOracle): Promise<SampleResult> {
  const { pool, view, startBlock, signal, size, seed } = deps;
  const { chain, firstBlock } = view.reader;
  const keys = await chooseBalances(pool, { chain, size, seed });
  const unproven: string[] = [];
  const answers = await inParallel(keys, async (key): Promise<Asked | null> => {
    const answer = await oracle.balance(key.address, key.token, signal);
    if (answer.kind === 'held') return { ...key, ...answer };
    unproven.push(`token=${key.token} address=${key.address}: ${answer.reason}`);
    return null;
  });
  const asked = answers.filter((answer) => answer !== null);
  const covered = await reached(deps, Math.max(startBlock, ...asked.map((answer) => answer.block)));
  const ours = await balancesAt(deps, chain, asked);
  const findings: Finding[] = [];
  for (const [at, { token, address, amount, block }] of asked.entries()) {
    const table = ours[at] ?? 0n;
    if (table === amount) continue;
    const key = `token=${token} address=${address}`;
    if (block > covered)
      unproven.push(`${key}: answered at block ${block}, the tables are complete to block ${covered}`);
    else if (startBlock > firstBlock && amount > table)
      unproven.push(`${key}: what was held before block ${startBlock}, where the tables begin, is not known`);
    else {
      const message = `amount is ${table}, the chain says ${amount} at block ${block}`;
      const columns = [{ column: 'amount', table: table.toString(), expected: amount.toString() }];
      findings.push({
        check: 'balances',
        problem: 'different',
        subject: 'wallet_balance',
        key,
        message,
        columns,
        block,
      });
    }
  }
  return { check: 'balances', checked: keys.length - unproven.length, unproven, findings };
}

/**
 * Balances by the tables as of the block of each answer, in base units and in the order of `asked`: the
 * amounts that the table has now, less what later events moved.
 */
async function balancesAt({ pool }: SampleDeps, chain: Chain, asked: readonly Asked[]): Promise<bigint[]> {
  if (asked.length === 0) return [];
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const amounts = await amountsOf(client, chain, asked);
    const after = Math.min(...asked.map((answer) => answer.block));
    const tail = await readLedger(client, `l.chain = $1 AND l.block > $2 AND l.outcome = 'ok'`, [
      chain,
      after,
    ]);
    return asked.map(({ token, address, block }, at) => {
      const later = tail
        .filter((row) => row.block > block)
        .flatMap((row) => row.event.movements ?? [])
        .filter((movement) => movement.token === token && movement.owner === address)
        .reduce((sum, movement) => sum + movement.delta, 0n);
      return (amounts[at] ?? 0n) - later;
    });
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}
