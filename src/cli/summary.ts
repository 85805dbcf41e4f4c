/** The live line under `ndx up`: where each chain stands and what the tables hold. */

import type { Context } from '../process/context.js';
import { chainStatuses } from '../projections/status/queries.js';
import { messageOf } from '../runtime/errors.js';
import { createDatabase } from '../store/database.js';

/**
 * Terminal: one line, rewritten every second. Elsewhere: a plain line now and then, when something changed.
 */
const EVERY = { terminal: 1_000, plain: 10_000 };

/** @returns how to end it */
export async function showSummary(context: Context, databaseUrl: string): Promise<() => Promise<void>> {
  const { stderr } = context.out;
  const terminal = stderr.isTTY === true;
  const db = createDatabase({ url: databaseUrl, poolSize: 1, statementTimeout: 5_000 });
  let last = '';
  const tick = async () => {
    const text = await line(db).catch((error: unknown) => `database: ${messageOf(error)}`);
    if (terminal) context.out.live(text);
    else if (text !== last) context.out.note(text);
    last = text;
  };
  let running: Promise<void> = tick();
  const timer = setInterval(
    () => {
      running = running.then(tick);
    },
    terminal ? EVERY.terminal : EVERY.plain,
  );
  return async () => {
    clearInterval(timer);
    await running;
    context.out.live(null);
    await db.close();
  };
}

async function line(db: ReturnType<typeof createDatabase>): Promise<string> {
  const parts = (await chainStatuses(db)).map(
    (chain) =>
      `${chain.chain} head ${chain.head}, ${chain.lag.blocks} behind${chain.missingBlocks > 0 ? `, ${chain.missingBlocks} to fill` : ''}`,
  );
  // Estimates are enough to see that it lives; counting ten million rows every second would not be.
  const { rows } = await db.pool.query<{ name: string; rows: number }>(
    `SELECT relname AS name, greatest(n_live_tup, 0)::int AS rows FROM pg_stat_user_tables WHERE relname IN ('Transaction', 'NFT', 'Staking', 'Wallet')`,
  );
  const count = (name: string) => rows.find((row) => row.name === name)?.rows ?? 0;
  return [
    ...(parts.length > 0 ? parts : ['waiting for the first block']),
    `~${count('Transaction')} transactions, ${count('NFT')} NFTs, ${count('Staking')} stakes, ${count('Wallet')} wallets`,
  ].join(' · ');
}
