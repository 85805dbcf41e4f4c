/** `ndx webhook add` */
import { Command } from 'commander';
import type { Filter } from '../../../feed/told/filter.js';
import type { Context } from '../../../process/context.js';
import { NdxError } from '../../../runtime/errors.js';
import { wholeNumber, withExamples } from '../../help.js';
import { type Common, DRY_RUN, within, wouldBe } from './within.js';

interface Options extends Common {
  readonly filter?: string;
  readonly description: string;
  readonly unordered?: true;
  readonly batch: number;
  readonly from?: string;
}

export function addCommand(context: Context): Command {
  const command = new Command('add')
    .description('add a receiver; prints the secret that signs its messages, this once')
    .argument('<url>', 'where messages are sent: https, a public host (or one of NDX_OUTBOUND_ALLOW)')
    .option('--filter <json>', 'what it is told: types, lanes, chains, kinds, finality, wallets, nfts, …')
    .option('--description <text>', 'for people', '')
    .option('--unordered', 'send messages at the same time, and do not wait for one that fails')
    .option('--batch <number>', 'most changes of one message', wholeNumber(1, 1_000), 100)
    .option('--from <epoch.seq.n>', 'begin there in the feed, or at `beginning` (default: from now on)')
    .option(...DRY_RUN)
    .option('--json', 'print {"webhook": …, "secret": …}')
    .action((url: string, options: Options) => add(context, url, options));
  return withExamples(command, [
    'ndx webhook add https://receiver.example/changes',
    `ndx webhook add https://receiver.example/sales --filter '{"kinds":["sale"],"lanes":["live"]}' --dry-run`,
  ]);
}

async function add(context: Context, url: string, options: Options): Promise<void> {
  const filter = await readFilter(options.filter ?? '{}');
  await within(context, async ({ feed, receivers, ...deps }) => {
    const { addEndpoint } = await import('../../../push/webhooks/registry.js');
    const { readPoint } = await import('../../../push/point.js');
    receivers.check(url);
    const cursor = options.from === undefined ? await feed.tip() : await readPoint(feed, options.from);
    const { description, batch } = options;
    const input = { url, description, filter, ordered: !options.unordered, batch, cursor };
    const { endpoint, secret } = await addEndpoint(deps, input, { dryRun: options.dryRun ?? false });
    if (options.json) {
      context.out.json({ webhook: endpoint, secret: options.dryRun ? null : secret });
      return;
    }
    context.out.print(`${wouldBe(options)}webhook ${endpoint.id} to ${endpoint.url}`);
    if (options.dryRun) return;
    context.out.print(`secret ${secret}`);
    context.out.note('The secret is not shown again: give it to the receiver (docs/webhooks.md).');
    if (deps.sealing.plain)
      context.out.note('It stands plain in the database, because NDX_SECRET_KEY is not set.');
  });
}

/** @throws NdxError USAGE naming the field that is wrong */
async function readFilter(text: string): Promise<Filter> {
  const { filterSchema } = await import('../../../feed/told/filter.js');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new NdxError('USAGE', `--filter must be JSON like {"kinds":["sale"]}`, { cause });
  }
  const result = filterSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'it';
  throw new NdxError('USAGE', `--filter: ${where}: ${issue?.message ?? 'is not valid'}`);
}
