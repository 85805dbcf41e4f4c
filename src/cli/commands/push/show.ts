/** `ndx webhook list`, `show` and `test` */
import { Command } from 'commander';
import type { Context } from '../../../process/context.js';
import type { Endpoint } from '../../../push/webhooks/endpoint.js';
import { NdxError } from '../../../runtime/errors.js';
import { withExamples } from '../../help.js';
import { type Common, within } from './within.js';

export function listCommand(context: Context): Command {
  const command = new Command('list')
    .description('list webhooks with what waits for them')
    .option('--json', 'print {"webhooks": […], "end": epoch.seq.n}')
    .action((options: Common) => within(context, (webhooks) => list(context, webhooks, options)));
  return withExamples(command, ['ndx webhook list', 'ndx webhook list --json']);
}

type Webhooks = Parameters<Parameters<typeof within>[1]>[0];

async function list({ out }: Context, { feed, pool }: Webhooks, { json }: Common): Promise<void> {
  const { listEndpoints } = await import('../../../push/webhooks/registry.js');
  const { formatFeedId } = await import('../../../feed/id.js');
  const webhooks = await listEndpoints({ pool });
  const end = await feed.tip();
  if (json) {
    out.json({ webhooks: webhooks.map(shown), end: formatFeedId(end) });
    return;
  }
  if (webhooks.length === 0) {
    out.print('No webhooks.');
    return;
  }
  out.table(
    ['id', 'state', 'behind', 'waiting', 'dead', 'failing since', 'url'],
    webhooks.map(({ id, state, reason, cursor, pending, dead, failingSince, url }) => [
      id,
      reason === null ? state : `${state}: ${reason}`,
      cursor.epoch === end.epoch ? String(end.seq - cursor.seq) : 'another epoch',
      String(pending),
      String(dead),
      failingSince?.toISOString() ?? '',
      url,
    ]),
  );
}

/** An endpoint with its cursor as text. */
export function shown<E extends Endpoint>({ cursor, ...rest }: E): object {
  return { ...rest, cursor: `${cursor.epoch}.${cursor.seq}.${cursor.n}` };
}

export function showCommand(context: Context): Command {
  const command = new Command('show')
    .description('show one webhook: filter, cursor, and since when it fails')
    .argument('<id>', 'id of `ndx webhook list`')
    .option('--json', 'print one JSON document')
    .action((id: string, { json }: Common) =>
      within(context, async ({ pool }) => {
        const { findEndpoint } = await import('../../../push/webhooks/registry.js');
        const webhook = shown(await findEndpoint({ pool }, id));
        if (json) context.out.json(webhook);
        else
          for (const [name, value] of Object.entries(webhook))
            context.out.print(`${context.out.paint.bold(name)}: ${textOf(value)}`);
      }),
    );
  return withExamples(command, ['ndx webhook show wh_0123456789abcdef']);
}

function textOf(value: unknown): string {
  if (value === null) return '-';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function testCommand(context: Context): Command {
  const command = new Command('test')
    .description('send a message of type `test`, signed, now and once')
    .argument('<id>', 'id of `ndx webhook list`')
    .option('--json', 'print {"status": …, "milliseconds": …}')
    .action((id: string, { json }: Common) =>
      within(context, async (webhooks) => {
        const { sendTest } = await import('../../../push/webhooks/test-call.js');
        const { status, error, milliseconds } = await sendTest(webhooks, id);
        if (error !== null) throw new NdxError('WEBHOOK_NOT_RECEIVED', error);
        if (json) context.out.json({ status, milliseconds });
        else context.out.print(`received: status ${status}, ${milliseconds} ms`);
      }),
    );
  return withExamples(command, ['ndx webhook test wh_0123456789abcdef']);
}
