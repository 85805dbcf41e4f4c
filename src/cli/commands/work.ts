/** `ndx work`: a process that reconciles what the queues hold. */
import { Command } from 'commander';
import type { Chain } from '../../events/event.js';
import type { Context } from '../../process/context.js';
import { chainOption, wholeNumber, withExamples } from '../help.js';

interface Options {
  readonly chain?: Chain;
  readonly concurrency?: number;
}

export function workCommand(context: Context): Command {
  const command = new Command('work')
    .description('reconcile batches from the queue; run as many of these processes as the load asks for')
    .addOption(chainOption('only this chain (default: every chain of the network file)'))
    .option('--concurrency <number>', 'batches at once (default: NDX_WORKERS)', wholeNumber(1, 256))
    .action(async (options: Options) => {
      const { run } = await import('../../../workers/reconciler.js');
      await run(context, {
        ...(options.chain === undefined ? {} : { chains: [options.chain] }),
        ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      });
    });
  return withExamples(command, ['ndx work', 'ndx work --chain solana --concurrency 8']);
}
