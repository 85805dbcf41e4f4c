/**
 * Canonical events as JSON, one flat object for each event: what `ndx decode` prints and the API's history
 * shows.
 */
import type { ChainEvent, DecodedTransaction, Json, JsonObject } from './event.js';

/** Deeper than anything that a chain writes, and far below what overflows the call stack. */
const DEEPEST = 256;

/**
 * A value as JSON: `bigint` becomes a decimal string, absent fields are left out, everything else stays.
 * @throws RangeError when it is nested more than 256 deep
 */
export function toJson(value: unknown, depth = 0): Json | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (depth > DEEPEST) throw new RangeError(`nested more than ${DEEPEST} deep`);
  if (Array.isArray(value)) return value.map((item) => toJson(item, depth + 1) ?? null);
  return toJsonObject(value as object, depth);
}

function toJsonObject(value: object, depth = 0): JsonObject {
  const out: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const json = toJson((value as Readonly<Record<string, unknown>>)[key], depth + 1);
    if (json !== undefined) out[key] = json;
  }
  return out;
}

/** The transaction's position and the event's facts in one object: a line of `ndx decode`. */
export function flattenEvent(transaction: DecodedTransaction, event: ChainEvent): JsonObject {
  const { eventIndex, kind, outcome, decoder, decoderVersion, ...facts } = event;
  return toJsonObject({
    chain: transaction.chain,
    block: transaction.block,
    blockTime: transaction.blockTime ?? undefined,
    transactionHash: transaction.transactionHash,
    transactionIndex: transaction.transactionIndex,
    eventIndex,
    kind,
    outcome,
    decoder,
    decoderVersion,
    ...facts,
  });
}
