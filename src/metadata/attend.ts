/** Asks for one document, and notes what became of it. */
import type { Pool } from 'pg';
import { isBusy } from './fetch/gateways.js';
import type { Resolver } from './fetch/resolver.js';
import { reasonOf } from './reason.js';
import { afterFailure, afterSuccess } from './schedule.js';
import {
  type DueDocument,
  deferDocument,
  readDue,
  saveContent,
  saveFailure,
  saveUnchanged,
} from './tables/documents.js';
import { type Place, readUri } from './uri/uri.js';

/** `busy`: its host is asked enough already; `gone`: there is no such document any more. */
export type Attended = 'changed' | 'unchanged' | 'failed' | 'busy' | 'gone';

export interface AttendDeps {
  readonly db: { readonly pool: Pool };
  readonly resolver: Resolver;
  readonly signal: AbortSignal;
}

/**
 * Only what the database answers is an error here; what hosts do is a failure of the document, which is asked
 * for again later or given up.
 * @throws the signal's reason when it is aborted: the document is due again at once
 */
export async function attend(deps: AttendDeps, id: string): Promise<Attended> {
  const due = await readDue(deps.db, id);
  if (due === null) return 'gone';
  const named = readUri(due.uri);
  if ('refused' in named) {
    await saveFailure(deps.db, id, { error: named.refused, failures: due.failures + 1, next: null });
    return 'failed';
  }
  return attendPlace(deps, due, named.place);
}

async function attendPlace(
  { db, resolver, signal }: AttendDeps,
  due: DueDocument,
  place: Place,
): Promise<Attended> {
  const next = (unchanged: number) => afterSuccess(place, unchanged);
  let resolved: Awaited<ReturnType<Resolver['resolve']>>;
  try {
    resolved = await resolver.resolve(place, due, signal);
  } catch (error) {
    if (signal.aborted) {
      await deferDocument(db, due.id, 0);
      throw error;
    }
    const failures = due.failures + 1;
    await saveFailure(db, due.id, { error: reasonOf(error), failures, next: afterFailure(failures) });
    return 'failed';
  }
  if (resolved === 'unchanged') {
    await saveUnchanged(db, due.id, next);
    return 'unchanged';
  }
  if (isBusy(resolved)) {
    await deferDocument(db, due.id, resolved.busyFor);
    return 'busy';
  }
  return (await saveContent(db, due.id, resolved.content, next)) ? 'changed' : 'unchanged';
}
