/**
 * `ndx verify`: proves that the tables equal the ledger and the ledger equals the chain. `--repair` makes
 * wrong rows again.
 */
import { Command } from 'commander';
import type { Chain } from '../../events/event.js';
import type { Context } from '../../process/context.js';
import type { Output } from '../../process/output.js';
import { NdxError } from '../../runtime/errors.js';
import { createProgress } from '../../runtime/progress.js';
import { createShutdown } from '../../runtime/shutdown.js';
import type { Database } from '../../store/database.js';
import type { Repaired } from '../../verify/repair.js';
import type { VerifyReport } from '../../verify/report.js';
import type { Verification } from '../../verify/verify.js';
import { chainOption, wholeNumber, withExamples } from '../help.js';

interface Options {
  readonly chain: Chain;
  readonly from?: number;
  readonly to?: number;
  readonly sample: number;
  readonly seed?: number;
  readonly limit: number;
  readonly wait: number;
  readonly digestBlocks: number;
  readonly repair?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Rows repaired in one database transaction. */
const REPAIRED_AT_ONCE = 2_000;
/**
 * A running listener writes the chain's tip every second. If the last time is longer ago than this, none runs
 * and waiting is useless.
 */
const LISTENER_GONE_MS = 15_000;

export function verifyCommand(context: Context): Command {
  const command = new Command('verify')
    .description(
      'prove that coverage has no gaps, that the tables equal the ledger, and that samples equal the chain',
    )
    .addOption(chainOption('chain to verify').makeOptionMandatory())
    .option('--from <block>', 'first block (default: the first that is indexed)', wholeNumber(0))
    .option('--to <block>', 'last block, included (default: the newest final one)', wholeNumber(0))
    .option(
      '--sample <number>',
      'blocks, NFTs, balances and stakers each that are held against the chain; 0 asks no endpoint',
      wholeNumber(0, 100_000),
      25,
    )
    .option('--seed <number>', 'chooses the samples (default: random; printed)', wholeNumber(0, 2 ** 32 - 1))
    .option(
      '--limit <number>',
      'differences listed for each table; all are counted',
      wholeNumber(1, 100_000),
      100,
    )
    .option(
      '--wait <seconds>',
      'how long running workers may take to reconcile what is under way',
      wholeNumber(0, 3_600),
      30,
    )
    .option('--digest-blocks <number>', 'blocks in each range that gets a digest', wholeNumber(1), 10_000)
    .option(
      '--repair',
      'make wrong rows anew from the ledger, withdraw from coverage what is damaged or not of the chain, and record both in audit_entry',
    )
    .option('--dry-run', 'with --repair: say what it would do, and change nothing')
    .option('--json', 'print the report, with the digests of all ranges, as one JSON document')
    .action((options: Options) => run(context, options));
  command.addHelpText(
    'after',
    `
--from and --to bound coverage, events, Transaction rows, digests and sampled blocks. NFTs, balances and stakes sum up
the whole ledger and are always compared whole. Compare the digests of two deployments to find ranges that differ.
Exit codes: 0 everything holds, 1 something does not (after --repair: still does not), 64 wrong use, 69 chain or database out of reach.`,
  );
  return withExamples(command, [
    'ndx verify --chain solana',
    'ndx verify --chain solana --from 1200 --to 4800 --sample 100 --json',
    'ndx verify --chain solana --sample 0 --repair',
    'ndx verify --chain ton --repair --dry-run',
  ]);
}

async function run(context: Context, options: Options): Promise<void> {
  const { log, network, out } = context;
  if (options.dryRun && !options.repair)
    throw new NdxError('USAGE', '--dry-run says what --repair would do: give both');
  if (options.from !== undefined && options.to !== undefined && options.from > options.to)
    throw new NdxError(
      'USAGE',
      `--from ${options.from} is above --to ${options.to}: give the lower block first`,
    );
  const [
    { assertReady, createDatabase },
    { projectionContextOf },
    { assertFollowed, openChain, openOracle },
    { assertStoredChain },
    { readChainState },
    { openDiscoveries },
    { verify },
    { repair },
    { nameDamage },
  ] = await Promise.all([
    import('../../store/database.js'),
    import('../../process/parts.js'),
    import('../../process/chains/table.js'),
    import('../../process/chains/stored-chain.js'),
    import('../../store/chain-state.js'),
    import('../../discovery/discoveries.js'),
    import('../../verify/verify.js'),
    import('../../verify/repair.js'),
    import('../../store/faults/damaged.js'),
  ]);
  assertFollowed(network, options.chain);
  const shutdown = createShutdown({ timeout: 10_000, report: (text) => log.warn(text) });
  const { signal } = shutdown;
  try {
    await context.withDatabase(async ({ url }) => {
      try {
        const db = createDatabase({ url, poolSize: 8, onIdleError: (error) => log.warn(error.message) });
        shutdown.add('database', () => db.close());
        await assertReady(db);
        await proveOn(db).catch(async (error: unknown) => {
          throw await nameDamage(db, error);
        });
      } finally {
        await shutdown.stop('end');
      }
    });
  } catch (error) {
    if (shutdown.interrupted) throw new NdxError('INTERRUPTED', 'interrupted before everything was verified');
    throw error;
  } finally {
    shutdown.dispose();
  }

  async function proveOn(db: Database): Promise<void> {
    const view = options.sample > 0 ? await openView(db) : null;
    if (view) await openDiscoveries(view.reader, db);
    const state = await readChainState(db, options.chain);
    const idle = !state || Date.now() - state.updatedAt * 1000 > LISTENER_GONE_MS;
    const deps = {
      db,
      chain: options.chain,
      context: projectionContextOf(network),
      view,
      signal,
    };
    const settings = {
      fromBlock: options.from,
      toBlock: options.to,
      sample: options.sample,
      seed: options.seed ?? Math.floor(Math.random() * 2 ** 32),
      limit: options.repair ? Math.max(options.limit, REPAIRED_AT_ONCE) : options.limit,
      blocksPerDigest: options.digestBlocks,
      patience: idle ? 0 : options.wait * 1000,
    };
    const once = () => withProgress(out, (onProgress) => verify({ ...deps, onProgress }, settings));
    let found = await once();
    const repaired: Repaired[] = [];
    while (options.repair && isRepairable(found)) {
      const before = badRows(found.report);
      const dryRun = options.dryRun === true;
      repaired.push(await repair(deps, found, { dryRun }));
      if (dryRun) break;
      found = await once();
      // No fewer wrong rows than before: the rest cannot be repaired from the ledger.
      if (badRows(found.report) >= before) break;
    }
    print(context, options, found.report, repaired);
    if (!found.report.holds)
      throw new NdxError('VERIFY_FAILED', `${options.chain} does not hold: ${summaryOf(found.report)}`);
  }

  async function openView(db: Database) {
    const { reader, close } = await openChain(context, options.chain);
    shutdown.add('endpoints', close);
    const oracle = await openOracle(context, options.chain);
    shutdown.add('state of the chain', () => oracle.close());
    for (const endpoints of [reader, oracle]) await assertStoredChain(endpoints, db, options.chain, signal);
    return { reader, oracle };
  }
}

type OnProgress = (step: {
  readonly block: number;
  readonly range: { readonly fromBlock: number; readonly toBlock: number };
  readonly events: number;
}) => void;

async function withProgress<T>(out: Output, work: (onProgress: OnProgress) => Promise<T>): Promise<T> {
  let progress: ReturnType<typeof createProgress> | undefined;
  const result = await work(({ block, range, events }) => {
    const total = range.toBlock - range.fromBlock + 1;
    progress ??= createProgress({ label: 'verify', total, unit: 'blocks', stream: out.stderr });
    progress.update(Math.min(total, Math.max(0, block - range.fromBlock + 1)), `${events} events folded`);
  });
  progress?.end();
  return result;
}

function isRepairable({ differences, altered, denied }: Verification): boolean {
  return differences.length + altered.length + denied.length > 0;
}

/** Findings in tables, ledger and hashes: these are what a repair can change. */
function badRows({ checks }: VerifyReport): number {
  return checks
    .filter(({ check }) => check === 'tables' || check === 'ledger' || check === 'hashes')
    .reduce((sum, { found }) => sum + found, 0);
}

function summaryOf({ checks }: VerifyReport): string {
  return checks
    .filter(({ found }) => found > 0)
    .map(({ check, found }) => `${found} found in ${check}`)
    .join(', ');
}

function print(
  { out }: Context,
  options: Options,
  report: VerifyReport,
  repaired: readonly Repaired[],
): void {
  const rows = repaired.reduce((sum, round) => sum + round.rows, 0);
  const withdrawnBlocks = [...new Set(repaired.flatMap((round) => round.withdrawnBlocks))].sort(
    (a, b) => a - b,
  );
  const withdrawnRanges = repaired.flatMap((round) => round.withdrawnRanges);
  const findings = listed(report, options.limit);
  if (options.json) {
    const done = { rows, withdrawnBlocks, withdrawnRanges, ...(options.dryRun ? { dryRun: true } : {}) };
    out.json({ ...report, findings, ...(options.repair ? { repaired: done } : {}) });
    return;
  }
  const { paint } = out;
  const { range, digests } = report;
  out.print(
    `${paint.bold(report.chain)} blocks ${range.fromBlock}..${range.toBlock}, fingerprint ${report.fingerprint}`,
  );
  for (const { check, checked, unit, found, unproven = [] } of report.checks) {
    const verdict = found === 0 ? paint.green('holds') : paint.red(`${found} found`);
    const open =
      unproven.length > 0 ? paint.yellow(` ${unproven.length} could not be answered: ${unproven[0]}`) : '';
    out.print(`  ${check.padEnd(10)}${verdict}  ${paint.dim(`${checked} ${unit}`)}${open}`);
  }
  out.print(
    `  digest    ${digests.total} ${paint.dim(`over ${digests.ranges.length} ranges of ${digests.blocksPerRange} blocks (--json lists them)`)}`,
  );
  if (report.samples.size > 0)
    out.print(`  samples   ${report.samples.size} of each kind, --seed ${report.samples.seed}`);
  for (const { check, subject, key, problem, message } of findings)
    out.print(`${paint.red(problem)} ${check} ${subject} ${key}: ${message}`);
  const found = report.checks.reduce((sum, check) => sum + check.found, 0);
  if (found > findings.length) out.print(`… and ${found - findings.length} more (--limit)`);
  if (options.repair) {
    const blocks = [
      ...withdrawnBlocks.map(String),
      ...withdrawnRanges.map(({ fromBlock, toBlock }) => `${fromBlock}..${toBlock}`),
    ];
    const [did, withdrew] = options.dryRun
      ? ['Would repair', 'would be withdrawn']
      : ['Repaired', 'withdrawn'];
    const again =
      blocks.length === 0
        ? ''
        : `; ${withdrew} from coverage and to be read again: blocks ${blocks.join(', ')}`;
    out.print(`${did} ${rows} rows${again}.`);
  }
}

/** The findings to show. A repair collects more than are shown. */
function listed({ findings }: VerifyReport, limit: number): VerifyReport['findings'] {
  const shown = new Map<string, number>();
  return findings.filter(({ check, subject }) => {
    const key = `${check} ${subject}`;
    const count = (shown.get(key) ?? 0) + 1;
    shown.set(key, count);
    return count <= limit;
  });
}
