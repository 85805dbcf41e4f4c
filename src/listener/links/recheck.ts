/**
 * Blocks that were reconciled before another endpoint gave its word of them are compared when it does: those
 * that this listener read, and those that a replay or a listener before it has left in the database. What is
 * contradicted is taken out of coverage: a gap, read again and compared again before it counts.
 */
import type { OwedCheck } from '../../events/batch.js';
import { recordAudit } from '../../store/audit.js';
import { deleteOwed, listOwed } from '../../store/coverage/owed-checks.js';
import { forgetPending } from '../../store/coverage/pending-block.js';
import { withdrawCoverage } from '../../store/coverage/withdraw-coverage.js';
import { inTransaction } from '../../store/database.js';
import { guard } from '../../store/lease/lease.js';
import type { ListenerContext } from '../context.js';

type Rechecking = Pick<ListenerContext, 'reader' | 'db' | 'log' | 'lease'>;

const PATIENCE_MS = 2_000;
/** Most blocks that are compared at once. */
const PAGE = 16;
/** As long as other endpoints answer, pages follow each other for so long: the caller has gaps to fill. */
const ROUND_MS = 2_000;

/**
 * @returns a function that compares final blocks which are owed, from where it ended the last time, and from
 * the oldest one on when all were asked for: those without a word do not keep it from the others
 */
export function createRecheck(context: ListenerContext): (signal: AbortSignal) => Promise<void> {
  let next = 0;
  return async (signal) => {
    for (const deadline = performance.now() + ROUND_MS; ; ) {
      const asked = await recheck(context, { fromBlock: next, toBlock: context.final }, PATIENCE_MS, signal);
      const last = asked.owed.at(-1);
      next = asked.owed.length < PAGE || !last ? 0 : last.block + 1;
      for (const check of asked.denied) await withdraw(context, check);
      if (next === 0 || asked.settled + asked.denied.length === 0 || performance.now() >= deadline) return;
    }
  };
}

/**
 * Compares owed blocks of the range, which have to be final, one page at most. What others agree with, or do
 * not keep, is owed no more.
 * @returns `denied`: what is not what was read, or of which nobody can tell; it is owed on
 */
export async function recheck(
  { reader, db }: Rechecking,
  range: { readonly fromBlock: number; readonly toBlock: number },
  patienceMs: number,
  signal: AbortSignal,
): Promise<{
  readonly owed: readonly OwedCheck[];
  readonly settled: number;
  readonly denied: readonly OwedCheck[];
}> {
  const { chain, judge } = reader;
  const owed = judge ? await listOwed(db, chain, range, PAGE) : [];
  if (!judge || owed.length === 0) return { owed, settled: 0, denied: [] };
  const verdicts = await judge(owed, { signal, patienceMs });
  const settled = owed.filter((_, at) => verdicts[at] === 'agreed' || verdicts[at] === 'unanswered');
  await deleteOwed(db.pool, chain, settled);
  return { owed, settled: settled.length, denied: owed.filter((_, at) => verdicts[at] === 'denied') };
}

/**
 * Takes the block out of coverage, and out of what may settle without being read again. A check that is owed
 * no more, because the block was read again meanwhile, changes nothing.
 */
async function withdraw({ reader, db, log, lease }: Rechecking, check: OwedCheck): Promise<void> {
  const { chain } = reader;
  const { block, source } = check;
  const range = { fromBlock: block, toBlock: block };
  const covered = await inTransaction(db.pool, async (client) => {
    // No job may settle or cover the block meanwhile.
    const alone = { chain, blocks: [range], alone: true, lease: lease?.token ?? null, fences: false };
    if (!(await guard(client, alone)) || (await deleteOwed(client, chain, [check])) === 0) return null;
    await forgetPending(client, chain, [block]);
    const changed = await withdrawCoverage(client, chain, [range]);
    if (changed === 0) return false;
    await recordAudit(client, [
      {
        actor: 'ndx listen',
        action: 'withdraw',
        chain,
        subject: 'coverage_range',
        key: `blocks=${block}..${block}`,
        reason: 'another endpoint contradicts what was read of the block: to be read again',
        before: { covered: true, source },
        after: { covered: false },
      },
    ]);
    return true;
  });
  if (covered === null) return;
  const facts = { chain, block, source };
  if (covered)
    log.error(
      facts,
      'another endpoint contradicts what was read of a covered block: coverage is withdrawn, it is read again',
    );
  else
    log.warn(
      facts,
      `another endpoint contradicts what was read of a block that is not covered: \`ndx replay --chain ${chain} ` +
        `--from ${block} --to ${block}\` reads it again, unless it is a gap`,
    );
}
