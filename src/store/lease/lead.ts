/**
 * One process leads, the others stand by: of the listeners of a chain, or of the workers whose sequencer
 * numbers the feed. The lease in the database decides. A leader that cannot renew the lease in time stops by
 * itself; a listener that was frozen finds its writes refused.
 */
import type { Pool } from 'pg';
import { messageOf, NdxError } from '../../runtime/errors.js';
import type { Log } from '../../runtime/log.js';
import { pause } from '../../runtime/pause.js';
import { seldom } from '../../runtime/seldom.js';
import { acquireLease, readLease, releaseLease, renewLease } from './lease.js';

export interface Lease {
  /** Number of the lease: what is written and enqueued under it carries this number. */
  readonly token: number;
  /** @throws NdxError LEASE_LOST (retryable) when the lease may have run out */
  assertHeld(): void;
}

export interface LeaderDeps {
  readonly db: { readonly pool: Pool };
  /** What is led: a chain, or `feed`. */
  readonly name: string;
  /** Name of this process for people to read: host and process. */
  readonly holder: string;
  readonly log: Log;
  /**
   * Milliseconds for which a lease holds; it is renewed three times as often. A standby takes over this long
   * after the leader is gone.
   */
  readonly term?: number;
  /** Told true when this process becomes the leader, false when it is one no more. */
  readonly onChange?: (leading: boolean) => void;
}

const TERM_MS = 5000;

/**
 * Stands by until the lease is free, then runs `work` under it; when the lease is lost it aborts the signal
 * of `work` and stands by again. Errors of the lease itself are logged and tried again. Resolves when the
 * signal is aborted.
 * @throws what `work` throws while the lease is held
 */
export async function lead(
  deps: LeaderDeps,
  work: (lease: Lease, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { db, name, holder } = deps;
  const log = seldom(deps.log);
  const term = deps.term ?? TERM_MS;
  let noted = '';
  while (!signal.aborted) {
    try {
      const asked = performance.now();
      const token = await acquireLease(db, name, holder, term);
      if (token !== null) {
        noted = '';
        await serve({ ...deps, log }, { token, term, heldUntil: asked + term }, work, signal);
        continue;
      }
      const row = await readLease(db, name);
      if (row && row.holder !== noted)
        log.info({ lease: name, leader: row.holder }, 'another process leads, standing by');
      noted = row?.holder ?? '';
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof WorkFailed) throw error.cause;
      log.warn({ lease: name, error: messageOf(error) }, 'cannot ask for the lease');
    }
    await pause((term / 4) * (0.75 + Math.random() / 2), signal).catch(() => undefined);
  }
}

/** Wraps what `work` threw, to tell it from errors of the lease itself. */
class WorkFailed extends Error {}

interface Term {
  readonly token: number;
  readonly term: number;
  heldUntil: number;
}

async function serve(
  { db, name, log, onChange }: LeaderDeps,
  held: Term,
  work: (lease: Lease, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { token, term } = held;
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const lost = (reason: string) => {
    if (ended.signal.aborted) return;
    log.warn({ lease: name, token, reason }, 'leads no more, stands by again');
    ended.abort(new NdxError('LEASE_LOST', reason, { retryable: true }));
  };
  const keep = async (): Promise<void> => {
    while (!either.aborted) {
      const before = performance.now();
      await pause(term / 3, either);
      const asked = performance.now();
      const stood = asked - before - term / 3;
      // The timer came late: the process was stopped, or the event loop was blocked.
      const still = stood > term / 3 ? `this process stood still for ${(stood / 1000).toFixed(1)} s` : null;
      if (still) log.warn({ lease: name, token, standstillMs: Math.round(stood) }, still);
      try {
        if (!(await renewLease(db, name, token, term)))
          return lost(`another process has taken over${still ? `: ${still}` : ''}`);
        held.heldUntil = asked + term;
      } catch (error) {
        log.warn({ lease: name, error: messageOf(error) }, 'cannot renew the lease');
        if (performance.now() >= held.heldUntil) return lost('the lease could not be renewed in time');
      }
    }
  };
  log.info({ lease: name, token }, 'leads');
  onChange?.(true);
  const keeping = keep().catch(() => undefined);
  const lease: Lease = {
    token,
    assertHeld: () => {
      if (performance.now() < held.heldUntil) return;
      throw new NdxError('LEASE_LOST', `the lease ${token} of ${name} may have run out`, {
        retryable: true,
      });
    },
  };
  try {
    await work(lease, either);
  } catch (error) {
    if (!either.aborted) throw new WorkFailed('', { cause: error });
  } finally {
    ended.abort();
    await keeping;
    onChange?.(false);
    await releaseLease(db, name, token).catch((error: unknown) =>
      log.warn({ lease: name, error: messageOf(error) }, 'cannot release the lease'),
    );
  }
}
