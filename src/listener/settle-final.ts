/** What live read as `confirmed` becomes final without being read again, where parent hashes lead from a final block down to it. */
import type { Batch } from '../events/batch.js';
import { messageOf } from '../runtime/errors.js';
import type { Proof } from './branch.js';
import type { ListenerContext } from './context.js';
import { forgetFound, forgetFrom, tellFound } from './found.js';

/** A job a second is soon enough, whatever the chain's pace. */
const EVERY_MS = 1000;

/**
 * Moves `context.final` up to the chain's final block; what lies below is from then on for coverage to have, and a gap where it has not.
 * Does nothing while the last time was a moment ago.
 */
export async function settleFinal(context: ListenerContext, signal: AbortSignal): Promise<void> {
  const { branch, tip, queue, inFlight, reader, timing } = context;
  const final = tip?.finalized ?? -1;
  if (final <= context.final) return;
  const newest = branch.newestUntil(final);
  if (newest !== null && newest > context.final) {
    if (performance.now() - context.settledAt < Math.min(EVERY_MS, timing.poll)) return;
    const proof = await proofOf(context, newest, signal);
    const knowledge = proof && (await tellFound(context, proof, signal));
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
  // What did not settle is read again as final, and found again.
  forgetFound(context, { toBlock: final });
  context.archiving?.forgetUntil(final);
  context.final = final;
}

async function proofOf(
  context: ListenerContext,
  block: number,
  signal: AbortSignal,
): Promise<(Proof & { readonly knowledge: number }) | null> {
  const { reader, branch, log, knowledge } = context;
  if (!reader.finalLink) return null;
  try {
    const link = await reader.finalLink(block, signal);
    const proof = branch.proof(link, context.final);
    // The branch holds nothing that was read with less.
    if (proof) return { ...proof, knowledge: knowledge.number() };
    log.info(
      { chain: reader.chain, block },
      'the final chain holds another block than the one read: reading again',
    );
    forgetFrom(context, context.final + 1);
    return null;
  } catch (error) {
    signal.throwIfAborted();
    // Reading the blocks again is what is done without a proof.
    log.info(
      { chain: reader.chain, block, error: messageOf(error) },
      'no proof that blocks read as confirmed are final: reading them again',
    );
    return null;
  }
}
