/**
 * Batch ⇄ job payload. Amounts are decimal strings in JSON. The payload is JSON *text* inside the job, because BullMQ's
 * PostgreSQL backend stores jobs as jsonb, and jsonb refuses what names on a chain may hold (NUL, lone surrogates).
 */
import type { Batch } from '../events/batch.js';
import { NdxError } from '../runtime/errors.js';
import { isObject, pathOf, WrongField } from './fields.js';
import { readBatch } from './read-batch.js';
import { writeBatch } from './write-batch.js';

export interface Payload {
  /** JSON text of a Batch without its source: equal text, equal content. */
  readonly batch: string;
  readonly source: string;
}

export function encodeBatch({ source, ...content }: Batch): Payload {
  return { batch: JSON.stringify(writeBatch(content)), source };
}

/** @throws NdxError JOB_INVALID naming the field; such a job can never succeed. */
export function decodeBatch(payload: unknown): Batch {
  if (
    typeof payload !== 'object' ||
    payload === null ||
    !('batch' in payload) ||
    typeof payload.batch !== 'string'
  )
    throw new NdxError('JOB_INVALID', 'the job has no `batch` text: it was not added by this program');
  let json: unknown;
  try {
    json = JSON.parse(payload.batch);
  } catch (cause) {
    throw new NdxError('JOB_INVALID', `the job's batch is not JSON: ${String(cause)}`, { cause });
  }
  if (!isObject(json)) throw wrong('its root', 'must be an object');
  const whole = Object.assign(json, { source: 'source' in payload ? payload.source : undefined });
  try {
    return readBatch(whole);
  } catch (error) {
    throw error instanceof WrongField ? wrong(pathOf(error, whole), error.message) : error;
  }
}

function wrong(path: string, what: string): NdxError {
  return new NdxError('JOB_INVALID', `the job's batch is wrong at ${path}: ${what}`);
}
