/** `ndx status`: how far the tables are, per chain. */
import { Command } from 'commander';
import type { Context } from '../../process/context.js';
import type { Output } from '../../process/output.js';
import type { ChainStatus } from '../../projections/status/queries.js';
import type { FailedJob, QueueCounts } from '../../queue/queue.js';
import { duration } from '../../runtime/progress.js';
import { withExamples } from '../help.js';

interface Row extends ChainStatus {
  readonly queue: QueueCounts;
  /** Number of failed jobs in the queue, counted as in the API. */
  readonly failedJobs: number;
  /** The newest failed jobs, without their payload. */
  readonly newestFailed: readonly Omit<FailedJob, 'payload'>[];
}

const FAILED_SHOWN = 20;
const RANGES_SHOWN = 5;

export function statusCommand(context: Context): Command {
  const command = new Command('status')
    .description('show per chain head, finalized block, coverage, gaps, lag, queue and failed jobs')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: true }) => {
      const { rows, database, queue } = await readStatus(context);
      if (options.json) context.out.json({ network: context.network.name, database, queue, chains: rows });
      else if (rows.length === 0)
        context.out.print(
          'No chain has been followed on this database yet: start with `ndx up` or `ndx listen`.',
        );
      else for (const row of rows) printChain(context.out, row);
    });
  return withExamples(command, ['ndx status', 'ndx status --json']);
}

async function readStatus(context: Context) {
  // Prisma, pg and BullMQ are large, so `ndx --help` must not load them.
  const { assertReady, createDatabase } = await import('../../store/database.js');
  const { chainStatuses } = await import('../../projections/status/queries.js');
  const { createQueue } = await import('../../queue/queue.js');
  const { queueBackendOf } = await import('../../process/parts.js');
  return context.withDatabase(async ({ url, embedded }) => {
    const db = createDatabase({ url, poolSize: 4, statementTimeout: 30_000 });
    const backend = queueBackendOf(context.env, url);
    try {
      await assertReady(db);
      const rows: Row[] = [];
      for (const status of await chainStatuses(db)) {
        const queue = createQueue({ backend, chain: status.chain, log: context.log });
        try {
          const failed = await queue.failed(FAILED_SHOWN);
          const newestFailed = failed.map(({ payload: _payload, ...job }) => job);
          const counts = await queue.counts();
          rows.push({ ...status, queue: counts, failedJobs: counts.failed, newestFailed });
        } finally {
          await queue.close();
        }
      }
      return { rows, database: embedded ? 'embedded' : 'DATABASE_URL', queue: backend.kind };
    } finally {
      await db.close();
    }
  });
}

function printChain(out: Output, row: Row): void {
  const { paint } = out;
  const seconds = row.lag.seconds === null ? 'unknown time' : duration(row.lag.seconds);
  const more = (count: number) => (count > RANGES_SHOWN ? ` and ${count - RANGES_SHOWN} more` : '');
  const ranges = (list: ChainStatus['gaps']) =>
    list
      .slice(0, RANGES_SHOWN)
      .map((range) =>
        range.fromBlock === range.toBlock ? `${range.fromBlock}` : `${range.fromBlock}..${range.toBlock}`,
      )
      .join(', ') + more(list.length);
  const { queue } = row;
  const lines: [string, string][] = [
    ['head', `${row.head}${row.headTime ? ` (${row.headTime})` : ''}`],
    ['finalized', `${row.finalized}${row.finalizedTime ? ` (${row.finalizedTime})` : ''}`],
    ['behind head', `${row.lag.blocks} blocks, ${seconds}`],
    ['covered', row.coverage.length === 0 ? 'nothing yet' : ranges(row.coverage)],
    [
      'gaps',
      row.missingBlocks === 0
        ? paint.green('none')
        : paint.yellow(`${row.missingBlocks} blocks: ${ranges(row.gaps)}`),
    ],
    [
      'stale',
      row.staleBlocks === 0
        ? paint.green('none')
        : paint.yellow(`${row.staleBlocks} blocks, for \`ndx replay --stale\``),
    ],
    [
      'unchecked',
      row.owedChecks === 0
        ? paint.green('none')
        : paint.yellow(
            `${row.owedChecks} blocks wait for a second endpoint's word, the oldest since ${row.owedSince}`,
          ),
    ],
    ['queue', `${queue.waiting} waiting, ${queue.active} active, ${queue.delayed} delayed`],
    ['failed jobs', queue.failed === 0 ? paint.green('none') : paint.red(String(queue.failed))],
    [
      'undecodable',
      row.decodeProblems === 0 ? paint.green('none') : paint.yellow(`${row.decodeProblems} transactions`),
    ],
    [
      'listener',
      row.listener ??
        paint.red(`none runs: start \`ndx listen --chain ${row.chain}\`, or \`ndx up\` for all`),
    ],
    ['source', `${row.source}, as of ${row.updatedAt}`],
  ];
  out.print(paint.bold(row.chain));
  for (const [name, value] of lines) out.print(`  ${name.padEnd(13)}${value}`);
  for (const job of row.newestFailed.slice(0, RANGES_SHOWN))
    out.print(`    ${paint.dim(job.id)} after ${job.attempts} attempts: ${job.reason}`);
}
