/**
 * The listener's part in late discovery: what it hands to src/discovery, and catching up with addresses that
 * other processes discovered.
 */
import { catchUp } from '../discovery/catch-up.js';
import type { DiscoveryDeps } from '../discovery/deps.js';
import { coveredFrom } from '../store/coverage/coverage.js';
import { type ListenerContext, noteError } from './context.js';
import { awaitJobs } from './overdue.js';

/** Between two looks for such addresses while blocks from before the start are missing. */
const EVERY_MS = 30_000;
/**
 * After a failure. Short, because until it succeeds the tables lack transactions of the addresses and
 * coverage does not show it.
 */
const AGAIN_MS = 3000;

/** @param context is kept and read later, because the listener's loops change it */
export function discoveryDepsOf(context: Omit<ListenerContext, 'discovery'>): DiscoveryDeps {
  const { reader, queue, db, log, discoveries, branch } = context;
  return {
    reader,
    queue,
    db,
    log,
    discoveries,
    forgetConfirmed: branch.forget,
    awaitJobs: (block, signal) => awaitJobs(context, block, signal),
    coveredAfter: (block) => coveredFrom(db, reader.chain, reader.fingerprint, block + 1),
  };
}

/**
 * Catches up with addresses that this process did not discover itself: another process did, or an earlier one
 * that ended before it handed their block on. Such addresses are looked for while blocks from before the
 * start are missing, and once more when none is missing. A failure is noted and tried again later; it does
 * not stop gap filling, because the reader follows the addresses already.
 * @returns a function to be called in every round of gap filling
 */
export function createOthersCatchUp(context: ListenerContext): (signal: AbortSignal) => Promise<void> {
  const { reader, discoveries, discovery } = context;
  const startedAt = context.next;
  let complete = !reader.discovers;
  let failed = false;
  let lookedAt = performance.now();
  return async (signal) => {
    await discoveries.followAnnounced();
    const missing = context.gaps.some((gap) => gap.fromBlock < startedAt);
    const wait = failed ? AGAIN_MS : missing ? EVERY_MS : 0;
    if (complete || performance.now() - lookedAt < wait) return;
    const addresses = await discoveries.notCaughtUp();
    try {
      if (addresses.size > 0)
        await discoveries.remember((await catchUp(discovery, addresses, signal)).addresses);
      failed = false;
    } catch (error) {
      signal.throwIfAborted();
      failed = true;
      noteError(context, 'gaps', error, { addresses: addresses.size });
    }
    lookedAt = performance.now();
    complete = !missing && !failed;
  };
}
