/**
 * Blocks that were reconciled before another endpoint gave its word of them are compared when it does. What
 * it contradicts is taken out of coverage: a gap, read again and compared again before it counts.
 */
import { recordAudit } from '../../store/audit.js';
import { withdrawCoverage } from '../../store/coverage/withdraw-coverage.js';
import { inTransaction } from '../../store/database.js';
import type { ListenerContext } from '../context.js';

const PATIENCE_MS = 2_000;

/** Compares final blocks that are owed. A block that is not covered yet is looked at again next time. */
export async function recheckOwed(
  { reader, db, log, final }: Pick<ListenerContext, 'reader' | 'db' | 'log' | 'final'>,
  signal: AbortSignal,
): Promise<void> {
  const { chain, owed } = reader;
  if (!owed || owed.owedBlocks() === 0) return;
  const denied = await owed.recheck({ fromBlock: 0, toBlock: final }, { signal, patienceMs: PATIENCE_MS });
  for (const block of denied) {
    const withdrawn = await inTransaction(db.pool, async (client) => {
      const changed = await withdrawCoverage(client, chain, [{ fromBlock: block, toBlock: block }]);
      if (changed > 0)
        await recordAudit(client, [
          {
            actor: 'ndx listen',
            action: 'withdraw',
            chain,
            subject: 'coverage_range',
            key: `blocks=${block}..${block}`,
            reason: 'another endpoint contradicts what was read of the block: to be read again',
            before: { covered: true },
            after: { covered: false },
          },
        ]);
      return changed > 0;
    });
    if (!withdrawn) continue;
    owed.forget([block]);
    log.error(
      { chain, block },
      'another endpoint contradicts what was read of a covered block: coverage is withdrawn, it is read again',
    );
  }
}
