/** The live line under `ndx up`: how far each chain is and what the tables hold. */

import type { Context } from '../process/context.js';
import { chainStatuses } from '../projections/status/queries.js';
import { messageOf } from '../runtime/errors.js';
import { createDatabase } from '../store/database.js';

/**
 * Milliseconds between lines. A terminal shows one line that is overwritten; elsewhere a line is written when
 * something has changed.
 */
const EVERY = { terminal: 1_000, plain: 10_000 };

/**
 * Shows the line until it is ended.
 * @returns a function that ends it
 */
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
  // Estimated row counts are enough here: counting ten million rows every second would cost too much.
  const { rows } = await db.pool.query<{ name: string; rows: number }>(
    `SELECT relname AS name, greatest(n_live_tup, 0)::int AS rows FROM pg_stat_user_tables WHERE relname IN ('Transaction', 'NFT', 'Staking', 'Wallet')`,
  );
  const count = (name: string) => rows.find((row) => row.name === name)?.rows ?? 0;
  return [
    ...(parts.length > 0 ? parts : ['waiting for the first block']),
    `~${count('Transaction')} transactions, ${count('NFT')} NFTs, ${count('Staking')} stakes, ${count('Wallet')} wallets`,
  ].join(' · ');
}
