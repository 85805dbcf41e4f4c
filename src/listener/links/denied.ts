/**
 * Coverage that is not what the final chain holds is withdrawn. It is a gap then: it is read again, and what
 * the ledger has besides goes the way of every block that is read differently.
 */
import type { JsonObject } from '../../events/event.js';
import { recordAudit } from '../../store/audit.js';
import { assertSameChain } from '../../store/chain-state.js';
import type { LinkedStretch } from '../../store/coverage/links.js';
import { withdrawCoverage } from '../../store/coverage/withdraw-coverage.js';
import { inTransaction } from '../../store/database.js';
import type { ListenerContext } from '../context.js';

/**
 * So often the endpoints have to say so before coverage, of months perhaps, is read again. One endpoint that
 * is consistent with itself for longer than `timing.denied` cannot be told from the truth.
 */
const TIMES = 3;
/** Longer than any pause between two tries. */
const SILENT_MS = 60_000;

/**
 * Every endpoint that answers denies a block of the stretch. Withdraws its coverage when they have said so
 * three times, and for as long as `timing.denied`.
 * @throws NdxError RPC_WRONG_CHAIN when the endpoints are on another chain: then their word does not count
 */
export async function noteDenied(
  { reader, db, log, timing, genesis, denials }: ListenerContext,
  stretch: LinkedStretch,
  signal: AbortSignal,
): Promise<void> {
  const { chain } = reader;
  assertSameChain({ chain, genesis }, await reader.genesis(signal, genesis));
  const { fromBlock, toBlock } = stretch;
  const key = `${fromBlock}-${toBlock} ${stretch.parent?.hash} ${stretch.last?.hash}`;
  const now = performance.now();
  const known = denials.get(key);
  // Said so long ago, it was not said since.
  const { times, since } = known && now - known.until < SILENT_MS ? known : { times: 0, since: now };
  denials.set(key, { times: times + 1, since, until: now });
  if (times + 1 < TIMES || now - since < timing.denied) return;
  denials.delete(key);
  const links = linksOf(stretch);
  await inTransaction(db.pool, async (client) => {
    await withdrawCoverage(client, chain, [stretch]);
    await recordAudit(client, [
      {
        actor: 'ndx listen',
        action: 'withdraw',
        chain,
        subject: 'coverage_range',
        key: `blocks=${fromBlock}..${toBlock}`,
        reason: 'the final chain holds other blocks: to be read from it again',
        before: { covered: true, ...links },
        after: { covered: false },
      },
    ]);
  });
  log.error(
    { chain, fromBlock, toBlock, ...links },
    'what is covered is not what the final chain holds: coverage is withdrawn, the blocks are read again',
  );
}

function linksOf({ parent, last }: LinkedStretch): JsonObject {
  return {
    ...(parent ? { parent: `${parent.block} ${parent.hash}` } : {}),
    ...(last ? { last: `${last.block} ${last.hash}` } : {}),
  };
}
