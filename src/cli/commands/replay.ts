/**
 * `ndx replay`: reads blocks (or one transaction) again and reconciles them again. If the tables are right
 * already, nothing changes.
 */

import { Command } from 'commander';
import type { Chain } from '../../events/event.js';
import { CHAIN_PARTS } from '../../process/chains/table.js';
import type { Context } from '../../process/context.js';
import type { ReplayTarget } from '../../process/replay/replay.js';
import type { DryRunSummary } from '../../replay/dry-run.js';
import type { ReplaySummary } from '../../replay/run.js';
import { EXIT } from '../../runtime/error-codes.js';
import { NdxError } from '../../runtime/errors.js';
import { chainOption, wholeNumber, withExamples } from '../help.js';

interface Options {
  readonly chain: Chain;
  readonly from?: number;
  readonly to?: number;
  readonly tx?: string;
  readonly address?: string;
  readonly stale?: true;
  readonly fromArchive?: true;
  readonly concurrency: number;
  readonly workers: number;
  readonly dryRun?: true;
  readonly json?: true;
}

export function replayCommand(context: Context): Command {
  const command = new Command('replay')
    .description('read a block range, or one transaction, again from the chain and reconcile it again')
    .addOption(chainOption('chain to replay').makeOptionMandatory())
    .option('--from <block>', 'first block (Solana: slot)', wholeNumber(0))
    .option('--to <block>', 'last block, included; it must be final', wholeNumber(0))
    .option('--tx <hash>', 'one transaction (Solana: signature) in place of a range')
    .option(
      '--address <address>',
      'of the range, only transactions that name this address: for sparse programs; covers no block',
    )
    .option(
      '--stale',
      'all that was last read by other decoders or under another configuration; --from and --to narrow it down',
    )
    .option(
      '--from-archive',
      'blocks of the archive in NDX_ARCHIVE, without asking any endpoint; --from and --to narrow it down',
    )
    .option('--concurrency <number>', 'blocks fetched at once', wholeNumber(1, 64), 8)
    .option(
      '--workers <number>',
      'batches reconciled at once by this process; 0 leaves all to running `ndx work` processes',
      wholeNumber(0, 64),
      2,
    )
    .option('--dry-run', 'say what would change, table by table, and write nothing')
    .option('--json', 'print the summary as one JSON document')
    .action((options: Options) => replay(context, options));
  command.addHelpText(
    'after',
    '\nInterrupted and started again with the same range it continues. Exit codes: 0 done, 1 some batches failed, 64 wrong use, 69 chain, queue or database out of reach, 130 interrupted.',
  );
  return withExamples(command, [
    'ndx replay --chain solana --from 1200 --to 4800',
    'ndx replay --chain solana --from 1200 --to 4800 --dry-run --json',
    'ndx replay --chain solana --from 1200 --to 4800 --address 9Nep7hHGXGKpkFdqZ7y6KioW2bpY3w5CRuXKhTPvS4pJ',
    'ndx replay --chain solana --stale',
    'NDX_ARCHIVE=/var/lib/ndx/archive ndx replay --chain solana --from-archive',
    'NDX_ARCHIVE=s3://music/ndx ndx replay --chain ton --from-archive',
    'ndx replay --chain solana --tx 5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW',
  ]);
}

function targetOf({ chain, from, to, tx, address, stale, fromArchive, dryRun }: Options): ReplayTarget {
  if (stale || fromArchive) {
    const name = stale ? '--stale' : '--from-archive';
    if (tx !== undefined || address !== undefined || dryRun || (stale && fromArchive))
      throw new NdxError('USAGE', `${name} goes with --from and --to only`);
    const [fromBlock, toBlock] = [from ?? 0, to ?? Number.MAX_SAFE_INTEGER];
    if (fromBlock > toBlock)
      throw new NdxError('USAGE', `--from ${fromBlock} is above --to ${toBlock}: give the lower block first`);
    return { fromBlock, toBlock };
  }
  if (tx !== undefined) {
    if (from !== undefined || to !== undefined || address !== undefined)
      throw new NdxError('USAGE', '--tx replays one transaction: leave out --from, --to and --address');
    const hash = CHAIN_PARTS[chain].parseHash(tx);
    if (hash === null) throw new NdxError('USAGE', `--tx ${tx} is no transaction hash of ${chain}`);
    return { hash };
  }
  if (from === undefined || to === undefined)
    throw new NdxError('USAGE', 'say what to replay: --from BLOCK and --to BLOCK, or --tx HASH');
  const known = address === undefined ? undefined : CHAIN_PARTS[chain].parseAddress(address);
  if (known === null) throw new NdxError('USAGE', `--address ${address} is no address of ${chain}`);
  if (address !== undefined && dryRun)
    throw new NdxError('USAGE', '--dry-run works on a range or a transaction: leave out --address');
  if (from > to)
    throw new NdxError('USAGE', `--from ${from} is above --to ${to}: give the lower block first`);
  return { fromBlock: from, toBlock: to, ...(known === undefined ? {} : { address: known }) };
}

async function replay(context: Context, options: Options): Promise<void> {
  const target = targetOf(options);
  const [{ runReplay }, { incomplete }] = await Promise.all([
    import('../../process/replay/replay.js'),
    import('../../replay/run.js'),
  ]);
  const { chain, concurrency, workers } = options;
  const from = options.fromArchive ? 'archive' : options.stale ? 'stale' : 'chain';
  const request = { chain, target, from, concurrency, workers } as const;
  if (options.dryRun) printDryRun(context, options, await runReplay(context, { ...request, dryRun: true }));
  else {
    const summary = await runReplay(context, { ...request, dryRun: false });
    printSummary(context, options, summary);
    const error = incomplete(summary);
    if (error) throw error;
  }
  process.exitCode = EXIT.ok;
}

function printSummary({ out }: Context, options: Options, summary: ReplaySummary): void {
  const { created, ...rest } = summary;
  if (options.json) {
    out.json({ chain: options.chain, ...rest, new: created });
    return;
  }
  const { blocks, events, unchanged, changed, withdrawn, failed, failedJobs } = summary;
  out.print(
    `${blocks} blocks, ${events} events: ${created} new, ${unchanged} unchanged, ${changed} changed, ${withdrawn} withdrawn; ${failed} of failed transactions; ${failedJobs.length} failed batches`,
  );
}

function printDryRun({ out }: Context, options: Options, summary: DryRunSummary): void {
  const { created, rows, ...rest } = summary;
  if (options.json) {
    out.json({ chain: options.chain, dryRun: true, ...rest, new: created, rows });
    return;
  }
  out.print(
    `Nothing was written. ${summary.blocks} blocks, ${summary.events} events: ${created} would be new, ${summary.changed} changed, ${summary.withdrawn} withdrawn, ${summary.unchanged} unchanged.`,
  );
  const tables = Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1));
  if (tables.length === 0) out.print('No row would change.');
  else
    out.table(
      ['table', 'rows that would change'],
      tables.map(([table, count]) => [table, String(count)]),
    );
}
