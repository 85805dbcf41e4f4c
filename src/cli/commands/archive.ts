/** `ndx archive`: maintains the archive of raw blocks, by removing old ones. */
import { Command } from 'commander';
import type { Pruned } from '../../archive/prune.js';
import { CHAINS, type Chain } from '../../events/event.js';
import type { Context } from '../../process/context.js';
import { NdxError } from '../../runtime/errors.js';
import { createShutdown } from '../../runtime/shutdown.js';
import { chainOption, wholeNumber, withExamples } from '../help.js';

interface Options {
  readonly chain?: Chain;
  readonly olderThan?: number;
  readonly dryRun?: boolean;
  readonly json?: true;
}

export function archiveCommand(context: Context): Command {
  const prune = new Command('prune')
    .description(
      'remove blocks that were archived long ago; listeners do it by themselves when NDX_ARCHIVE_DAYS is set',
    )
    .addOption(chainOption('only this chain'))
    .option(
      '--older-than <days>',
      'blocks archived more days ago than this; default: NDX_ARCHIVE_DAYS',
      wholeNumber(0, 36_500),
    )
    .option('--dry-run', 'say what would go, and remove nothing')
    .option('--json', 'print {"chains": […]}')
    .action((options: Options) => pruneAll(context, options));
  prune.addHelpText(
    'after',
    '\nExit codes: 0 done, 64 wrong use, 69 archive out of reach, 78 wrong configuration, 130 interrupted.',
  );
  withExamples(prune, [
    'NDX_ARCHIVE=s3://music/ndx ndx archive prune --older-than 90 --dry-run',
    'ndx archive prune --chain ton --json',
  ]);
  const archive = new Command('archive')
    .description('look after the raw archive (NDX_ARCHIVE)')
    .addCommand(prune);
  return withExamples(archive, ['ndx archive prune --older-than 90']);
}

async function pruneAll(
  context: Context,
  { chain: only, olderThan, dryRun = false, json }: Options,
): Promise<void> {
  const { env, out, log } = context;
  const days = olderThan ?? env.archiveDays;
  if (days === undefined)
    throw new NdxError('USAGE', 'say what is old: --older-than DAYS, or set NDX_ARCHIVE_DAYS');
  if (env.archive === undefined)
    throw new NdxError('CONFIG_INVALID', 'there is no archive: set NDX_ARCHIVE to its folder or bucket');
  const [{ openArchive }, { pruneArchive }] = await Promise.all([
    import('../../archive/open.js'),
    import('../../archive/prune.js'),
  ]);
  const shutdown = createShutdown({ timeout: 30_000, report: (text) => log.warn(text) });
  const archive = await openArchive(env.archive, shutdown.signal);
  try {
    const chains: (Pruned & { readonly chain: Chain })[] = [];
    for (const chain of only ? [only] : CHAINS) {
      const pruned = await pruneArchive(archive, chain, { days, dryRun, signal: shutdown.signal });
      chains.push({ chain, ...pruned });
      if (!json) out.print(lineOf(chain, pruned, dryRun));
    }
    if (json) out.json({ olderThanDays: days, dryRun, chains });
  } catch (error) {
    if (shutdown.interrupted)
      throw new NdxError('INTERRUPTED', 'interrupted: start it again to remove the rest');
    throw error;
  } finally {
    archive.close();
    await shutdown.stop('end');
    shutdown.dispose();
  }
}

function lineOf(chain: Chain, { blocks, bytes, keptBlocks, keptBytes }: Pruned, dryRun: boolean): string {
  const gone = `${blocks} blocks (${megabytes(bytes)})`;
  return `${chain}: ${dryRun ? `${gone} would go` : `${gone} removed`}, ${keptBlocks} (${megabytes(keptBytes)}) stay`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
