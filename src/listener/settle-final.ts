/**
 * Blocks that live read as `confirmed` become final without being read again, where parent hashes lead from a
 * final block down to them.
 */
import type { Batch } from '../events/batch.js';
import { messageOf } from '../runtime/errors.js';
import { announceUpTo, forgetDiscoveredFrom, forgetUnannounced } from './announcing.js';
import type { Proof } from './branch.js';
import type { ListenerContext } from './context.js';
import { recheck } from './links/recheck.js';

/** At most one settling job in this time, however fast the chain produces blocks. */
const EVERY_MS = 1000;
/** How long settling waits for another endpoint's word of blocks that were not compared when read. */
const RECHECK_MS = 500;

/**
 * Enqueues a `settle` batch for the blocks up to the chain's newest final one, as far as parent hashes prove
 * them, and moves `context.final` up to it: from then on a block up to there that is missing in coverage is a
 * gap. Does nothing when the last attempt was less than a second ago (or less than the poll interval, if that
 * is shorter).
 */
export async function settleFinal(context: ListenerContext, signal: AbortSignal): Promise<void> {
  const { branch, tip, queue, inFlight, reader, timing } = context;
  const final = tip?.finalized ?? -1;
  if (final <= context.final) return;
  const newest = branch.newestUntil(final);
  if (context.policy.finality === 'confirmed' && newest !== null && newest > context.final) {
    if (performance.now() - context.settledAt < Math.min(EVERY_MS, timing.poll)) return;
    const proof = (await isVouched(context, final, signal)) ? await proofOf(context, newest, signal) : null;
    const knowledge = proof && (await announceUpTo(context, proof, signal));
    if (proof && knowledge !== null) {
      const { chain, fingerprint } = reader;
      const source = tip?.source ?? '';
      const batch: Batch = {
        chain,
        fingerprint,
        finality: 'finalized',
        scope: 'settle',
        transactions: [],
        source,
        ...proof,
        knowledge,
      };
      const job = await queue.add(batch, { lane: 'live' });
      inFlight.hold(batch, 'enqueued', timing.grace, job);
      await context.archiving?.settled(proof.blocks);
    }
    context.settledAt = performance.now();
  }
  branch.forgetUntil(final);
  // Blocks that did not settle are read again as final, and their discoveries are noted again then.
  forgetUnannounced(context, { toBlock: final });
  context.archiving?.forgetUntil(final);
  context.final = final;
}

/**
 * Whether no other endpoint contradicts the blocks up to `final` that were handed on before it gave its word.
 * Otherwise they do not settle, and are read again as final ones. What is still under way, or has no word
 * yet, is compared by upkeep.
 */
async function isVouched(context: ListenerContext, final: number, signal: AbortSignal): Promise<boolean> {
  const range = { fromBlock: context.final + 1, toBlock: final };
  const { denied } = await recheck(context, range, RECHECK_MS, signal);
  if (denied.length === 0) return true;
  context.log.warn(
    { chain: context.reader.chain, blocks: denied.map(({ block }) => block) },
    `another endpoint contradicts blocks: reading them again`,
  );
  return false;
}

/** null: there is no proof, and the gap filler reads the blocks again. */
async function proofOf(
  context: ListenerContext,
  block: number,
  signal: AbortSignal,
): Promise<(Proof & { readonly knowledge: number }) | null> {
  const { reader, branch, log, discoveries } = context;
  if (!reader.finalLink) return null;
  try {
    const link = await reader.finalLink(block, signal);
    const proof = branch.proof(link, context.final);
    // Every announcement empties the branch, so what it holds was read with all announced addresses.
    if (proof) return { ...proof, knowledge: discoveries.knowledge() };
    log.info(
      { chain: reader.chain, block },
      'the final chain holds another block than the one read: reading again',
    );
    forgetDiscoveredFrom(context, context.final + 1);
    return null;
  } catch (error) {
    signal.throwIfAborted();
    log.info(
      { chain: reader.chain, block, error: messageOf(error) },
      'no proof that blocks read as confirmed are final: reading them again',
    );
    return null;
  }
}
