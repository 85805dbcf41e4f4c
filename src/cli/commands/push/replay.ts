/** `ndx webhook replay` */
import { Command } from 'commander';
import { CHAINS, type Chain } from '../../../events/event.js';
import type { Context } from '../../../process/context.js';
import { NdxError } from '../../../runtime/errors.js';
import { withExamples } from '../../help.js';
import { shown } from './show.js';
import { type Common, DRY_RUN, within, wouldBe } from './within.js';

interface Options extends Common {
  readonly from?: string;
  readonly block?: string;
}

export function replayCommand(context: Context): Command {
  const command = new Command('replay')
    .description(
      'tell it everything again from a point of the feed, or from a block, as far as the feed is kept',
    )
    .argument('<id>', 'id of `ndx webhook list`')
    .option('--from <epoch.seq.n>', 'a point of the feed, or `beginning`')
    .option('--block <chain:number>', 'everything that was told since this block was made')
    .option(...DRY_RUN)
    .option('--json', 'print the webhook')
    .action((id: string, options: Options) =>
      within(context, async ({ feed, ...deps }) => {
        const { replayFrom } = await import('../../../push/webhooks/registry.js');
        const { readPoint } = await import('../../../push/point.js');
        const { from, block } = options;
        if ((from === undefined) === (block === undefined))
          throw new NdxError('USAGE', 'say from where: either --from or --block');
        const point =
          from === undefined
            ? await feed.beforeBlock(...readBlock(block ?? ''))
            : await readPoint(feed, from);
        const endpoint = await replayFrom(deps, id, point, { dryRun: options.dryRun ?? false });
        if (options.json) context.out.json(shown(endpoint));
        else
          context.out.print(
            `${wouldBe(options)}${id} is told everything after ${point.epoch}.${point.seq}.${point.n} again`,
          );
      }),
    );
  return withExamples(command, [
    'ndx webhook replay wh_0123456789abcdef --from beginning',
    'ndx webhook replay wh_0123456789abcdef --block solana:312000000 --dry-run',
  ]);
}

function readBlock(text: string): [Chain, number] {
  const [name = '', number = ''] = text.split(':');
  const chain = CHAINS.find((known) => known === name);
  if (chain === undefined || !/^\d{1,15}$/.test(number))
    throw new NdxError('USAGE', `--block must be like solana:312000000, with one of ${CHAINS.join(', ')}`);
  return [chain, Number(number)];
}
