/** Jobs that should be reconciled by now: asks the queue where they are, and waits for them. */

import { gapsIn } from '../events/range.js';
import { pause } from '../runtime/pause.js';
import { listCoverage } from '../store/coverage/coverage.js';
import type { ListenerContext } from './context.js';

/**
 * How long catching up waits for jobs of the blocks that it concerns: blocks that are reconciled by then need
 * not be read again.
 */
const WAIT_MS = 5000;

/**
 * Asks the queue for overdue jobs; those that it no longer has are not waited for. Call it before coverage is
 * looked up: otherwise a job that is reconciled between the two questions would count as lost.
 */
export async function noteLostJobs({
  inFlight,
  queue,
  gaps,
}: Pick<ListenerContext, 'inFlight' | 'queue' | 'gaps'>): Promise<void> {
  for (const job of inFlight.overdue(gaps)) if ((await queue.state(job)) === 'missing') inFlight.lost(job);
}

/**
 * Resolves when no job of the blocks after `after` is under way, at the latest after five seconds.
 * @throws the signal's reason; what database and queue said
 */
export async function awaitJobs(
  context: Omit<ListenerContext, 'discovery'>,
  after: number,
  signal: AbortSignal,
): Promise<void> {
  // What live enqueues from now on is read with all addresses; what is not final yet is read again when it
  // is.
  const upTo = Math.min(context.next - 1, context.final);
  const { db, reader, inFlight } = context;
  for (const deadline = performance.now() + WAIT_MS; performance.now() < deadline; await pause(100, signal)) {
    await noteLostJobs(context);
    const covered = await listCoverage(db, reader.chain, reader.fingerprint);
    if (inFlight.enqueued(gapsIn(covered, after + 1, upTo)).length === 0) return;
  }
}
