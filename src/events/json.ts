/**
 * Canonical events as JSON, one flat object an event: what `ndx decode` prints and the API's history shows.
 */
import type { ChainEvent, DecodedTransaction, Json, JsonObject } from './event.js';

/** `bigint` becomes a decimal string, absent fields are left out, everything else stays. */
export function toJson(value: unknown): Json | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value)) return value.map((item) => toJson(item) ?? null);
  return toJsonObject(value as object);
}

function toJsonObject(value: object): JsonObject {
  const out: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const json = toJson((value as Readonly<Record<string, unknown>>)[key]);
    if (json !== undefined) out[key] = json;
  }
  return out;
}

/** One line of `ndx decode`: the transaction's place and the event's facts in one object. */
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
