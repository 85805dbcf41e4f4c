/** `ndx webhook deliveries` and `redeliver` */
import { Command, Option } from 'commander';
import type { Context } from '../../../process/context.js';
import type { Delivery } from '../../../push/webhooks/history.js';
import { wholeNumber, withExamples } from '../../help.js';
import { type Common, DRY_RUN, within, wouldBe } from './within.js';

interface ListOptions extends Common {
  readonly state?: Delivery['state'];
  readonly limit: number;
}

export function deliveriesCommand(context: Context): Command {
  const command = new Command('deliveries')
    .description('list messages of a webhook, newest first: attempts, result, next attempt; dead letters')
    .argument('<id>', 'id of `ndx webhook list`')
    .addOption(new Option('--state <state>', 'only these').choices(['pending', 'delivered', 'dead']))
    .option('--limit <number>', 'most of them', wholeNumber(1, 10_000), 20)
    .option('--json', 'print {"deliveries": […]}')
    .action((id: string, options: ListOptions) =>
      within(context, async ({ pool }) => {
        const { findEndpoint } = await import('../../../push/webhooks/registry.js');
        const { listDeliveries } = await import('../../../push/webhooks/history.js');
        const { limit, state = null } = options;
        await findEndpoint({ pool }, id);
        const deliveries = await listDeliveries({ pool }, { endpoint: id, state, limit });
        if (options.json) context.out.json({ deliveries });
        else print(context, deliveries);
      }),
    );
  return withExamples(command, [
    'ndx webhook deliveries wh_0123456789abcdef',
    'ndx webhook deliveries wh_0123456789abcdef --state dead --json',
  ]);
}

function print({ out }: Context, deliveries: readonly Delivery[]): void {
  if (deliveries.length === 0) {
    out.print('No deliveries.');
    return;
  }
  out.table(
    ['id', 'state', 'changes', 'up to', 'attempts', 'next', 'result'],
    deliveries.map(
      ({ id, kind, state, changes, upTo, attempts, nextAttemptAt, status, error, milliseconds }) => [
        id,
        state,
        kind === 'reset' ? 'reset' : String(changes),
        upTo,
        String(attempts),
        nextAttemptAt?.toISOString() ?? '',
        error ?? (status === null ? '' : `status ${status}, ${milliseconds} ms`),
      ],
    ),
  );
}

export function redeliverCommand(context: Context): Command {
  const command = new Command('redeliver')
    .description(
      'send a message once more, with the same id: one that was received, waits, or is a dead letter',
    )
    .argument('<delivery>', 'id of `ndx webhook deliveries`')
    .option(...DRY_RUN)
    .option('--json', 'print {"redelivered": id}')
    .action((delivery: string, options: Common) =>
      within(context, async (webhooks) => {
        const { redeliver } = await import('../../../push/webhooks/history.js');
        await redeliver(webhooks, delivery, { dryRun: options.dryRun ?? false });
        if (options.json) context.out.json({ redelivered: options.dryRun ? null : delivery });
        else context.out.print(`${wouldBe(options)}${delivery} is sent once more`);
      }),
    );
  return withExamples(command, ['ndx webhook redeliver msg_wh_0123456789abcdef_1.4711.0_12']);
}
