/** `ndx webhook rotate`, `enable`, `disable` and `remove` */
import { Command } from 'commander';
import type { Context } from '../../../process/context.js';
import { wholeNumber, withExamples } from '../../help.js';
import { shown } from './show.js';
import { type Common, DRY_RUN, within, wouldBe } from './within.js';

const EXAMPLE_ID = 'wh_0123456789abcdef';
const HOUR_MS = 3_600_000;

export function rotateCommand(context: Context): Command {
  const command = new Command('rotate')
    .description('give it a new secret, printed this once; the old one signs besides for a while')
    .argument('<id>', 'id of `ndx webhook list`')
    .option('--overlap <hours>', 'how long the old secret signs besides', wholeNumber(0, 720), 24)
    .option(...DRY_RUN)
    .option('--json', 'print {"secret": …}')
    .action((id: string, options: Common & { readonly overlap: number }) =>
      within(context, async (webhooks) => {
        const { rotateSecret } = await import('../../../push/webhooks/registry.js');
        const { dryRun = false, overlap, json } = options;
        const { secret } = await rotateSecret(webhooks, id, overlap * HOUR_MS, { dryRun });
        if (json) context.out.json({ secret: dryRun ? null : secret });
        else context.out.print(dryRun ? `${wouldBe(options)}a new secret for ${id}` : `secret ${secret}`);
      }),
    );
  return withExamples(command, [
    `ndx webhook rotate ${EXAMPLE_ID}`,
    `ndx webhook rotate ${EXAMPLE_ID} --overlap 0`,
  ]);
}

export function enableCommand(context: Context): Command {
  return stateCommand(context, 'enabled', 'send to it again, from where it stood; at once what waits');
}

export function disableCommand(context: Context): Command {
  return stateCommand(
    context,
    'disabled',
    'send nothing to it until it is enabled; its place in the feed is kept',
  );
}

function stateCommand(context: Context, state: 'enabled' | 'disabled', about: string): Command {
  const name = state.slice(0, -1);
  const command = new Command(name)
    .description(about)
    .argument('<id>', 'id of `ndx webhook list`')
    .option(...DRY_RUN)
    .option('--json', 'print the webhook')
    .action((id: string, options: Common) =>
      within(context, async (webhooks) => {
        const { setState } = await import('../../../push/webhooks/registry.js');
        const endpoint = await setState(webhooks, id, state, { dryRun: options.dryRun ?? false });
        if (options.json) context.out.json(shown(endpoint));
        else context.out.print(`${wouldBe(options)}${id} is ${endpoint.state}`);
      }),
    );
  return withExamples(command, [`ndx webhook ${name} ${EXAMPLE_ID}`]);
}

export function removeCommand(context: Context): Command {
  const command = new Command('remove')
    .description('forget it, with its secrets, messages and dead letters')
    .argument('<id>', 'id of `ndx webhook list`')
    .option(...DRY_RUN)
    .option('--json', 'print the webhook as it was')
    .action((id: string, options: Common) =>
      within(context, async (webhooks) => {
        const { removeEndpoint } = await import('../../../push/webhooks/registry.js');
        const endpoint = await removeEndpoint(webhooks, id, { dryRun: options.dryRun ?? false });
        if (options.json) context.out.json(shown(endpoint));
        else context.out.print(`${wouldBe(options)}${id} is removed`);
      }),
    );
  return withExamples(command, [`ndx webhook remove ${EXAMPLE_ID} --dry-run`]);
}
