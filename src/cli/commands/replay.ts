/**
 * `ndx replay`: reads blocks (or one transaction) again and reconciles them again. Replaying anything changes
 * nothing.
 */

import { Command } from 'commander';
import type { Archive } from '../../archive/archive.js';
import type { Chain } from '../../events/event.js';
import { type BlockRange, blockCount } from '../../events/range.js';
import { CHAIN_PARTS, openBlockDecoder, openChain } from '../../process/chains/table.js';
import type { Context } from '../../process/context.js';
import type { ChainReader } from '../../readers/reader.js';
import type { DryRunSummary } from '../../replay/dry-run.js';
import type { ReplayDeps, ReplaySummary } from '../../replay/run.js';
import { EXIT } from '../../runtime/error-codes.js';
import { NdxError } from '../../runtime/errors.js';
import { createProgress } from '../../runtime/progress.js';
import { createShutdown } from '../../runtime/shutdown.js';
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

/** Hash and address as the tables hold them. */
type Target = { readonly hash: string } | (BlockRange & { readonly address?: string });

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

function targetOf({ chain, from, to, tx, address, stale, fromArchive, dryRun }: Options): Target {
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
  const { env, log, network, out } = context;
  const target = targetOf(options);
  const [
    { projectionContextOf, queueBackendOf },
    { assertReady, createDatabase },
    { createQueue },
    { createWorker },
    { reconcile },
    ingest,
    { dryRunRange },
    { openDiscoveries },
    { incomplete },
    { replayAddress },
    { replayStale, staleWithin },
    { replayArchive },
    { createArchiving },
    { openArchive },
    { keepDeadLetters },
  ] = await Promise.all([
    import('../../process/parts.js'),
    import('../../store/database.js'),
    import('../../queue/queue.js'),
    import('../../queue/worker.js'),
    import('../../reconcile/reconcile.js'),
    import('../../replay/range.js'),
    import('../../replay/dry-run.js'),
    import('../../discovery/discoveries.js'),
    import('../../replay/run.js'),
    import('../../replay/address.js'),
    import('../../replay/stale.js'),
    import('../../replay/archive.js'),
    import('../../readers/archiving.js'),
    import('../../archive/open.js'),
    import('../../dead-letters/keep.js'),
  ]);
  const shutdown = createShutdown({ timeout: 30_000, report: (text) => log.warn(text) });
  const { signal } = shutdown;
  try {
    await context.withDatabase(async ({ url }) => {
      try {
        const db = createDatabase({
          url,
          poolSize: options.workers + 4,
          onIdleError: (error) => log.warn(error.message),
        });
        shutdown.add('database', () => db.close());
        await assertReady(db);
        const archive = env.archive && (await openArchive(env.archive, signal));
        if (archive) shutdown.add('archive', async () => archive.close());
        if (options.fromArchive && !archive)
          throw new NdxError(
            'CONFIG_INVALID',
            'there is no archive: set NDX_ARCHIVE to the folder or bucket that a listener keeps it in',
          );
        const decoder = options.fromArchive ? await openBlockDecoder(context, options.chain) : null;
        const reader = decoder ? null : await openReader(archive);
        const projections = projectionContextOf(network);
        const range = 'hash' in target ? null : target;
        const blocks =
          range && reader
            ? blockCount(options.stale ? await staleWithin({ reader, db }, range) : [range])
            : 0;
        const progress =
          range && range.address === undefined && reader
            ? createProgress({ label: 'replay', total: blocks, unit: 'blocks', stream: out.stderr })
            : null;
        const onProgress = ({ blocks, events }: { readonly blocks: number; readonly events: number }) =>
          progress?.update(blocks, `${events} events`);
        if (options.dryRun && reader) {
          // What an earlier block made us follow: a replay that writes loads it by itself.
          await openDiscoveries(reader, db);
          const plan = (batch: Parameters<typeof reconcile>[1]) =>
            reconcile(db, batch, projections, { job: 'dry-run', dryRun: true });
          const summary = range
            ? await dryRunRange({
                reader,
                range,
                concurrency: options.concurrency,
                plan,
                signal,
                log,
                onProgress,
              })
            : await ingest.dryRunTransaction({
                reader,
                db,
                hash: (target as { hash: string }).hash,
                plan,
                signal,
              });
          progress?.end();
          printDryRun(context, options, summary);
          return;
        }
        const backend = queueBackendOf(env, url);
        const queue = createQueue({ backend, chain: options.chain, log });
        shutdown.add('queue', () => queue.close());
        await queue.ready();
        if (options.workers > 0) {
          const worker = createWorker({
            backend,
            chain: options.chain,
            concurrency: options.workers,
            log,
            ...keepDeadLetters({ db, chain: options.chain }, (batch, job) =>
              reconcile(db, batch, projections, { job }),
            ),
          });
          shutdown.add('worker', () => worker.close());
          await worker.ready();
        }
        const summary = await replayed({ queue, db, log, signal, onProgress });
        progress?.end();
        printSummary(context, options, summary);
        const error = incomplete(summary);
        if (error) throw error;

        function replayed(deps: Omit<ReplayDeps, 'reader'>): Promise<ReplaySummary> {
          const { concurrency, stale } = options;
          if (decoder && archive && range)
            return replayArchive({ ...deps, reader: decoder, archive, range, concurrency });
          if (!reader) throw new Error('neither an archive nor an endpoint is read');
          if ('hash' in target) return ingest.replayTransaction({ ...deps, reader, hash: target.hash });
          const { address, ...within } = target;
          if (stale) return replayStale({ ...deps, reader, within, concurrency });
          return address === undefined
            ? ingest.replayRange({ ...deps, reader, range: within, concurrency })
            : replayAddress({ ...deps, reader, range: within, concurrency, address });
        }
      } finally {
        await shutdown.stop('end');
      }
    });
  } catch (error) {
    if (shutdown.interrupted)
      throw new NdxError('INTERRUPTED', 'interrupted: start the same replay again to continue');
    throw error;
  } finally {
    shutdown.dispose();
  }
  process.exitCode = EXIT.ok;

  async function openReader(archive: Archive | undefined): Promise<ChainReader> {
    const { reader, close } = await openChain(context, options.chain);
    shutdown.add('endpoints', close);
    if (!archive || options.dryRun) return reader;
    // What is read again is kept again, as a listener does.
    await archive.check();
    return createArchiving({ archive, reader }).reader;
  }
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
