/** `ndx serve`: the read API. */
import { Command } from 'commander';
import type { Context } from '../../process/context.js';
import { wholeNumber, withExamples } from '../help.js';

export function serveCommand(context: Context): Command {
  const command = new Command('serve')
    .description('serve the read API: /v1, /docs, /health, /ready, /metrics')
    .option('--port <number>', 'port; 0 takes a free one (default: PORT)', wholeNumber(0, 65_535))
    .action(async (options: { readonly port?: number }) => {
      const { run } = await import('../../../workers/api.js');
      await run(context, options);
    });
  return withExamples(command, ['ndx serve', 'ndx serve --port 8080']);
}
