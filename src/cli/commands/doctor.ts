/** `ndx doctor`: checks everything that can be wrong before a deployment runs. */
import { Command } from 'commander';
import type { Context } from '../../process/context.js';
import type { Finding } from '../../process/doctor/doctor.js';
import { NdxError } from '../../runtime/errors.js';
import { withExamples } from '../help.js';

export function doctorCommand(context: Context): Command {
  const command = new Command('doctor')
    .description('look at configuration, machine, database, queue and endpoints, and say what is wrong')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: true }) => {
      const { examineDeployment } = await import('../../process/doctor/deployment.js');
      const findings = await examineDeployment(context, AbortSignal.timeout(60_000));
      if (options.json) context.out.json({ findings });
      else for (const finding of findings) printFinding(context, finding);
      const [first, ...more] = findings.filter(({ state }) => state === 'wrong');
      if (!first) return;
      const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
      throw new NdxError(first.code ?? 'INTERNAL', `${first.check}: ${first.message}${others}`);
    });
  return withExamples(command, ['ndx doctor', 'ndx doctor --json']);
}

function printFinding({ out }: Context, { check, state, message, code }: Finding): void {
  const sign = {
    ok: out.paint.green('ok     '),
    wrong: out.paint.red('WRONG  '),
    skipped: out.paint.dim('skipped'),
  };
  out.print(`${sign[state]}  ${check.padEnd(20)}  ${message}${code === null ? '' : ` [${code}]`}`);
}
