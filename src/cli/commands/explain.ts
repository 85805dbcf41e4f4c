/** `ndx explain`: shows why rows are as they are, from the raw transaction to the tables. */
import { Command } from 'commander';
import { CHAINS, type Chain, type DecodedTransaction, type JsonObject } from '../../events/event.js';
import { flattenEvent, toJson } from '../../events/json.js';
import type { Context } from '../../process/context.js';
import { messageOf, NdxError } from '../../runtime/errors.js';
import { createShutdown } from '../../runtime/shutdown.js';
import type { Database } from '../../store/database.js';
import type { Explanation } from '../../verify/explain.js';
import { chainOption, withExamples } from '../help.js';

interface Options {
  readonly chain?: Chain;
  readonly offline?: true;
  readonly json?: true;
}

/** The transaction as the chain returns it now, and what the decoders of this program make of it. */
interface Now {
  readonly chain: Chain;
  readonly source: string;
  readonly raw: unknown;
  readonly decoded: DecodedTransaction;
}

export function explainCommand(context: Context): Command {
  const command = new Command('explain')
    .description(
      'show where the rows of a transaction come from: raw transaction, decoders, events, jobs, sources, rows',
    )
    .argument('<hash>', 'Solana: signature; TON: hash of the transaction, its trace or its external message')
    .addOption(chainOption('where to look for a transaction that the database does not know'))
    .option('--offline', 'only what the database holds: ask no endpoint')
    .option('--json', 'print one JSON document')
    .action((hash: string, options: Options) => run(context, hash, options));
  command.addHelpText(
    'after',
    '\nExit codes: 0 explained, 1 neither database nor chain knows it, 69 database out of reach.',
  );
  return withExamples(command, [
    'ndx explain 5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW',
    'ndx explain 5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW --offline --json',
  ]);
}

async function run(context: Context, hash: string, options: Options): Promise<void> {
  const { log, out } = context;
  const { assertReady, createDatabase } = await import('../../store/database.js');
  const { explain } = await import('../../verify/explain.js');
  const shutdown = createShutdown({ timeout: 10_000, report: (text) => log.warn(text) });
  try {
    await context.withDatabase(async ({ url }) => {
      try {
        const db = createDatabase({ url, poolSize: 4, onIdleError: (error) => log.warn(error.message) });
        shutdown.add('database', () => db.close());
        await assertReady(db);
        const stored = await explain(db, hash);
        const { now, reason } = options.offline
          ? { now: null, reason: 'not asked (--offline)' }
          : await askChain(context, db, hash, stored, options, shutdown);
        if (!stored && !now)
          throw new NdxError(
            'TRANSACTION_NOT_FOUND',
            `the database knows no transaction ${hash}; the chain: ${reason}`,
          );
        const same = stored && now ? sameEvents(stored, now.decoded) : null;
        if (options.json)
          out.json({
            ...(stored ?? { transactionHash: hash }),
            now: now ? { ...now, same } : null,
            ...(now ? {} : { reason }),
          });
        else print(context, hash, stored, now, reason, same);
      } finally {
        await shutdown.stop('end');
      }
    });
  } finally {
    shutdown.dispose();
  }
}

/** If no endpoint answers, the database's part is still shown. */
async function askChain(
  context: Context,
  db: Database,
  hash: string,
  stored: Explanation | null,
  options: Options,
  shutdown: ReturnType<typeof createShutdown>,
): Promise<{ readonly now: Now | null; readonly reason: string }> {
  const { chainsOf, openChain, openOracle } = await import('../../process/chains/table.js');
  const { assertStoredChain } = await import('../../process/chains/stored-chain.js');
  const { openDiscoveries } = await import('../../discovery/discoveries.js');
  const followed = chainsOf(context.network);
  const chains = stored
    ? [stored.chain]
    : CHAINS.filter((chain) => (options.chain ?? chain) === chain && followed.includes(chain));
  let reason = 'no endpoint knows it';
  for (const chain of chains) {
    try {
      const { reader, close } = await openChain(context, chain);
      shutdown.add(`endpoints ${chain}`, close);
      const oracle = await openOracle(context, chain);
      shutdown.add(`state of ${chain}`, () => oracle.close());
      for (const endpoints of [reader, oracle])
        await assertStoredChain(endpoints, db, chain, shutdown.signal);
      await openDiscoveries(reader, db);
      const name = stored?.transactionHash ?? hash;
      const found = await reader.readTransaction(name, shutdown.signal, stored?.block);
      if (!found) continue;
      const { transactionHash, block } = found.transaction;
      const raw = await oracle.rawTransaction(transactionHash, shutdown.signal, block);
      return { now: { chain, source: found.source, raw, decoded: found.transaction }, reason };
    } catch (error) {
      if (!(error instanceof NdxError)) throw error;
      reason = messageOf(error);
    }
  }
  return { now: null, reason };
}

function eventsOf(decoded: DecodedTransaction): JsonObject[] {
  return [...decoded.events]
    .sort((a, b) => a.eventIndex - b.eventIndex)
    .map((event) => flattenEvent(decoded, event));
}

function sameEvents(stored: Explanation, decoded: DecodedTransaction): boolean {
  const text = (events: readonly JsonObject[]) => JSON.stringify(events.map(sorted));
  return text(stored.events.map((item) => item.event)) === text(eventsOf(decoded));
}

/** Sorts the keys of objects, at every depth. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

function print(
  { out }: Context,
  hash: string,
  stored: Explanation | null,
  now: Now | null,
  reason: string,
  same: boolean | null,
): void {
  const { paint } = out;
  const heading = (text: string) => out.print(`\n${paint.bold(text)}`);
  if (!stored) out.print(`${paint.bold(hash)}: the database holds nothing of it`);
  else {
    const covered = stored.covered ? 'covered' : paint.yellow('not covered');
    out.print(
      `${paint.bold(stored.transactionHash)}\n${stored.chain} block ${stored.block} (${covered}), transaction ${stored.transactionIndex}`,
    );
    for (const { code, message } of stored.problems) out.print(paint.red(`${code}: ${message}`));
    heading('Events in the ledger');
    if (stored.events.length === 0) out.print('none');
    for (const { event, job, source, finality, intact } of stored.events) {
      out.print(
        `${event.eventIndex} ${paint.green(String(event.kind))} by ${event.decoder}@${event.decoderVersion}, ${finality}${intact ? '' : paint.red(', ALTERED')}`,
      );
      out.print(paint.dim(`  job ${job}, from ${source}`));
      out.print(`  ${JSON.stringify(event)}`);
    }
    heading('Rows now');
    for (const [table, rows] of Object.entries(stored.rows))
      for (const row of rows) out.print(`${paint.green(table)} ${JSON.stringify(row)}`);
    if (stored.audit.length > 0) heading('Changed by hand');
    for (const entry of stored.audit) out.print(JSON.stringify(entry));
  }
  heading('On the chain now');
  if (!now) {
    out.print(`unknown: ${reason}`);
    return;
  }
  const { decoded, source, raw } = now;
  const error = decoded.error === undefined ? '' : ` ${decoded.error}`;
  out.print(
    `${now.chain} block ${decoded.block}, transaction ${decoded.transactionIndex}, outcome ${decoded.outcome}${error}, from ${source}`,
  );
  if (same === null) for (const event of eventsOf(decoded)) out.print(JSON.stringify(event));
  else
    out.print(
      same
        ? paint.green('decoded now it gives the same events')
        : paint.red('decoded now it gives other events:'),
    );
  if (same === false) for (const event of eventsOf(decoded)) out.print(`  ${JSON.stringify(event)}`);
  for (const problem of decoded.problems ?? []) out.print(paint.red(`${problem.code}: ${problem.message}`));
  if (raw !== null) out.print(`raw ${JSON.stringify(toJson(raw))}`);
}
