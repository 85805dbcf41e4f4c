/**
 * Withdraws coverage of blocks that the final chain does not hold. The range is a gap then and is read again;
 * ledger rows that the new reading does not confirm are withdrawn as after any other reading.
 */
import type { JsonObject } from '../../events/event.js';
import { recordAudit } from '../../store/audit.js';
import { assertSameChain } from '../../store/chain-state.js';
import type { LinkedStretch } from '../../store/coverage/links.js';
import { withdrawCoverage } from '../../store/coverage/withdraw-coverage.js';
import { inTransaction } from '../../store/database.js';
import type { ListenerContext } from '../context.js';

/**
 * How often the endpoints have to deny a block before its coverage, which may span months, is read again. An
 * endpoint that lies consistently for longer than `timing.denied` cannot be told from the truth.
 */
const TIMES = 3;
/** A denial older than this does not count any more. Longer than any pause between two tries. */
const SILENT_MS = 60_000;

/**
 * To be called when every endpoint that answers denies a block of the stretch. Withdraws the stretch's
 * coverage, with a row in `audit_entry`, when this is the third time at least and `timing.denied`
 * milliseconds have passed since the first.
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
  // An old denial that was not repeated in time is forgotten.
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
