/** `ndx listen`: a process that follows one chain. */
import { Command } from 'commander';
import type { Chain } from '../../events/event.js';
import type { Context } from '../../process/context.js';
import { chainOption, withExamples } from '../help.js';

export function listenCommand(context: Context): Command {
  const command = new Command('listen')
    .description('follow one chain: read new blocks, fill gaps, put decoded batches into the queue')
    .addOption(chainOption('chain to follow').makeOptionMandatory())
    .action(async (options: { readonly chain: Chain }) => {
      const { run } = await import('../../../workers/listener.js');
      await run(context, options);
    });
  return withExamples(command, [
    'ndx listen --chain solana',
    'SOLANA_RPC_URL=https://a.example,https://b.example ndx listen --chain solana',
  ]);
}
