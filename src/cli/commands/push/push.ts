/** `ndx push`: a process that sends webhooks. */
import { Command } from 'commander';
import type { Context } from '../../../process/context.js';
import { withExamples } from '../../help.js';

export function pushCommand(context: Context): Command {
  const command = new Command('push')
    .description('send webhooks; several of these processes share the work')
    .action(async () => {
      const { run } = await import('../../../../workers/push.js');
      await run(context);
    });
  return withExamples(command, ['ndx push', 'NDX_HEALTH_PORT=9100 ndx push']);
}
