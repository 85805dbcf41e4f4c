/**
 * `ndx dead`: lists, shows, retries and drops jobs that failed for good and transactions that could not be
 * decoded in full.
 */
import { Command } from 'commander';
import type { DeadLetters } from '../../dead-letters/dead-letters.js';
import type { Chain } from '../../events/event.js';
import type { Context } from '../../process/context.js';
import { NdxError } from '../../runtime/errors.js';
import { chainOption, wholeNumber, withExamples } from '../help.js';

interface Common {
  readonly chain?: Chain;
  readonly json?: true;
}
interface Many extends Common {
  readonly all?: true;
}

export function deadCommand(context: Context): Command {
  const list = new Command('list')
    .description('list dead letters, undecodable transactions and metadata that was given up, newest first')
    .addOption(chainOption('only this chain'))
    .option('--limit <number>', 'of each kind', wholeNumber(1, 20_000), 50)
    .option('--json', 'print {"letters": […], "transactions": […], "documents": […]}')
    .action((options: Common & { readonly limit: number }) =>
      within(context, async (deadLetters) => printList(context, await deadLetters.list(options), options)),
    );
  withExamples(list, ['ndx dead list', 'ndx dead list --chain solana --limit 500 --json']);

  const show = new Command('show')
    .description('show one: its events (or the raw transaction), the error, the attempts, when')
    .argument('<id>', "a dead letter's job id, or an undecodable transaction's hash")
    .option('--json', 'print one JSON document')
    .action((id: string, options: Common) =>
      within(context, async (deadLetters) => printOne(context, await deadLetters.show(id), options)),
    );
  withExamples(show, ['ndx dead show solana-100-104-1f0c9a7e-live-4be1b0a6f3d2c871 --json']);

  const retry = new Command('retry')
    .description(
      'try again: a batch goes back into the queue, a transaction is read from the chain and decoded anew',
    )
    .argument('[id...]', 'job ids or transaction hashes')
    .addOption(chainOption('with --all: only this chain'))
    .option('--all', 'every dead letter and every undecodable transaction')
    .option('--json', 'print {"retried": […]}')
    .action((ids: string[], options: Many) =>
      within(context, async (deadLetters) => {
        const retried = await deadLetters.retry(chosen(ids, options), options.chain);
        if (options.json) context.out.json({ retried });
        else
          for (const { id, job, error } of retried)
            context.out.print(job ? `${id}: queued as ${job}` : `${id}: ${error}`);
      }),
    );
  withExamples(retry, [
    'ndx dead retry solana-100-104-1f0c9a7e-live-4be1b0a6f3d2c871',
    'ndx dead retry --all --chain solana',
  ]);

  const drop = new Command('drop')
    .description('forget them, on the record (audit_entry); blocks that were not reconciled stay gaps')
    .argument('[id...]', 'job ids or transaction hashes')
    .addOption(chainOption('with --all: only this chain'))
    .option('--all', 'every dead letter and every undecodable transaction')
    .option('--json', 'print {"dropped": […]}')
    .action((ids: string[], options: Many) =>
      within(context, async (deadLetters) => {
        const dropped = await deadLetters.drop(chosen(ids, options), options.chain);
        if (options.json) context.out.json({ dropped });
        else context.out.print(`${dropped.length} dropped.`);
      }),
    );
  withExamples(drop, ['ndx dead drop solana-100-104-1f0c9a7e-live-4be1b0a6f3d2c871']);

  const dead = new Command('dead').description(
    'look after dead letters: batches that failed for good, transactions that cannot be decoded',
  );
  for (const command of [list, show, retry, drop]) dead.addCommand(command);
  return withExamples(dead, ['ndx dead list', 'ndx dead retry --all']);
}

/**
 * The ids that the command is about; null means all.
 * @throws NdxError USAGE
 */
function chosen(ids: readonly string[], { all, chain }: Many): readonly string[] | null {
  if (all && ids.length > 0)
    throw new NdxError('USAGE', '--all and ids exclude each other: give one of them');
  if (!all && ids.length === 0) throw new NdxError('USAGE', 'say which: ids of `ndx dead list`, or --all');
  if (!all && chain !== undefined)
    throw new NdxError('USAGE', '--chain goes with --all: an id says its chain itself');
  return all ? null : ids;
}

async function within(context: Context, work: (deadLetters: DeadLetters) => Promise<void>): Promise<void> {
  const { withDeadLetters } = await import('../../process/dead-letters.js');
  await withDeadLetters(context, work);
}

function printList(
  { out }: Context,
  { letters, transactions, documents }: Awaited<ReturnType<DeadLetters['list']>>,
  { json }: Common,
): void {
  if (json) {
    out.json({ letters, transactions, documents });
    return;
  }
  if (documents.length > 0) {
    out.table(
      ['metadata', 'when', 'attempts', 'why', 'uri'],
      documents.map((item) => [item.id, item.failedAt, String(item.attempts), item.reason, item.uri]),
    );
    out.print('Ask again: ndx metadata refresh --dead, or with their ids.');
  }
  if (letters.length + transactions.length + documents.length === 0) {
    out.print('No dead letters.');
    return;
  }
  if (letters.length + transactions.length === 0) return;
  out.table(
    ['id', 'chain', 'blocks', 'when', 'attempts', 'why'],
    [
      ...letters.map((item) => [
        item.id,
        item.chain,
        item.fromBlock === null ? '?' : `${item.fromBlock}..${item.toBlock}`,
        item.failedAt,
        item.retriedAt ? 'retried' : String(item.attempts),
        item.reason,
      ]),
      ...transactions.map((item) => [
        item.transactionHash,
        item.chain,
        String(item.block),
        item.blockTime === null ? '?' : new Date(item.blockTime * 1000).toISOString(),
        '',
        item.problems.map((problem) => `${problem.code}: ${problem.message}`).join('; '),
      ]),
    ],
  );
}

function printOne({ out }: Context, shown: object, { json }: Common): void {
  if (json) {
    out.json(shown);
    return;
  }
  for (const [name, value] of Object.entries(shown)) {
    const text =
      typeof value === 'object' && value !== null
        ? `\n${JSON.stringify(value, null, 2)}`
        : String(value ?? '-');
    out.print(`${out.paint.bold(name)}: ${text}`);
  }
}
