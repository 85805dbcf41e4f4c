/** A transaction that two final blocks hold: it stands in one, so one of them is not the chain's. */
import type { PoolClient } from 'pg';
import type { Batch } from '../events/batch.js';
import { NdxError } from '../runtime/errors.js';
import { coveredWithin } from '../store/coverage/coverage.js';
import type { Plan } from './plan.js';

/**
 * Refuses a batch that would take a transaction out of a covered block. Where that block is not covered it is
 * a gap: what stands there is about to be read again, and does not count.
 * @throws NdxError SOURCES_DISAGREE (retryable, for the other block may be under way) that names both blocks
 */
export async function assertFinalOnce(
  client: PoolClient,
  { chain, source }: Pick<Batch, 'chain' | 'source'>,
  { twice }: Pick<Plan, 'twice'>,
): Promise<void> {
  for (const { hash, block, standsIn } of twice) {
    const range = { fromBlock: standsIn, toBlock: standsIn };
    if ((await coveredWithin(client, chain, range)).length === 0) continue;
    throw new NdxError(
      'SOURCES_DISAGREE',
      `${chain} transaction ${hash} is final in block ${block} by the word of ${source}, but stands in block ${standsIn}, ` +
        `which is covered as final: one of the two is not the chain's. \`ndx replay --chain ${chain} --from ${standsIn} ` +
        `--to ${standsIn}\` reads the other one again`,
      { retryable: true },
    );
  }
}
