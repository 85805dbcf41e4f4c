/**
 * `ndx metadata`: the process that asks for what the uris of NFTs name; and what it knows, and asking again.
 */
import { Command } from 'commander';
import { parseTonAddress } from '../../../events/ton-address.js';
import type { Context } from '../../../process/context.js';
import { NdxError } from '../../../runtime/errors.js';
import type { Database } from '../../../store/database.js';
import { withExamples } from '../../help.js';

interface RefreshOptions {
  readonly dead?: true;
  readonly mutable?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function metadataCommand(context: Context): Command {
  const refresh = new Command('refresh')
    .description(
      'ask again now, before everything else: for NFTs, for what was given up, for what can change',
    )
    .argument('[name...]', 'addresses of NFTs, or ids of documents')
    .option('--dead', 'every document that was given up (`ndx dead list`)')
    .option('--mutable', 'every document that is neither on IPFS nor on Arweave')
    .option('--dry-run', 'say what would be asked for, and change nothing')
    .option('--json', 'print {"dryRun": …, "documents": […]}')
    .action((names: string[], options: RefreshOptions) => refreshThem(context, names, options));
  withExamples(refresh, ['ndx metadata refresh --dead --dry-run', 'ndx metadata refresh --mutable --json']);

  const show = new Command('show')
    .description('show the document that an NFT names: where it is, what it holds, when it is asked for next')
    .argument('<name>', 'address of an NFT, or id of a document')
    .option('--json', 'print one JSON document')
    .action((name: string, options: { readonly json?: true }) =>
      showOne(context, name, options.json === true),
    );
  withExamples(show, ['ndx metadata show EQDrjaLahLkMB-hMCmkzOyBuHJ139ZUYmPHu6RRBKnbdLIYI --json']);

  const work = new Command('run')
    .description('ask for what is due until it is stopped; what `ndx metadata` does by itself')
    .action(async () => {
      const { run } = await import('../../../../workers/metadata.js');
      await run(context);
    });
  withExamples(work, ['ndx metadata run']);

  const command = new Command('metadata')
    .description('ask for what the uris of NFTs name; run as many of these processes as the load asks for')
    .addCommand(work, { isDefault: true });
  for (const part of [refresh, show]) command.addCommand(part);
  return withExamples(command, ['ndx metadata', 'ndx metadata refresh --dead']);
}

async function refreshThem(
  context: Context,
  names: readonly string[],
  options: RefreshOptions,
): Promise<void> {
  const { json } = options;
  const [dead, mutable, dryRun] = [options.dead === true, options.mutable === true, options.dryRun === true];
  if (names.length === 0 && !dead && !mutable)
    throw new NdxError('USAGE', 'say which: addresses of NFTs, ids of documents, --dead or --mutable');
  const { refresh } = await import('../../../metadata/refresh.js');
  await within(context, async (db) => {
    const documents = await refresh(db, { names: names.map(asStored), dead, mutable }, dryRun);
    if (json) {
      context.out.json({ dryRun, documents });
      return;
    }
    if (documents.length > 0)
      context.out.table(
        ['document', 'state', 'uri'],
        documents.map(({ id, state, uri }) => [id, state, uri.length > 100 ? `${uri.slice(0, 99)}…` : uri]),
      );
    context.out.print(`${documents.length} ${dryRun ? 'would be asked for now.' : 'are asked for now.'}`);
  });
}

async function showOne(context: Context, name: string, json: boolean): Promise<void> {
  const { showDocument } = await import('../../../metadata/show.js');
  await within(context, async (db) => {
    const shown = await showDocument(db, asStored(name));
    if (json) context.out.json(shown);
    else
      for (const [what, value] of Object.entries(shown))
        context.out.print(`${context.out.paint.bold(what)}: ${String(value ?? '-')}`);
  });
}

/** TON addresses are stored raw; anything else is as it is. */
function asStored(name: string): string {
  return parseTonAddress(name) ?? name;
}

async function within(context: Context, work: (db: Database) => Promise<void>): Promise<void> {
  const { assertReady, createDatabase } = await import('../../../store/database.js');
  await context.withDatabase(async ({ url }) => {
    const db = createDatabase({ url, poolSize: 2, statementTimeout: 60_000 });
    try {
      await assertReady(db);
      await work(db);
    } finally {
      await db.close();
    }
  });
}
