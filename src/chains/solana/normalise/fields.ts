/** What only Solana's answers hold, for the checks of untrusted JSON (runtime/untrusted.ts). */
import { NdxError } from '../../../runtime/errors.js';
import {
  asObject,
  asOptionalList,
  asRoundedCount,
  asText,
  type Raw,
  wrongType,
} from '../../../runtime/untrusted.js';

/**
 * Of a field that is wrong, for `readAtDoor`. Retryable: another endpoint may give a well-formed answer.
 * @param place of the document that was read, as "result.transactions[3]"
 */
export function wrongAnswer(place: string): (path: string, what: string, cause: Error) => NdxError {
  return (path, what, cause) =>
    new NdxError('RPC_BAD_RESPONSE', `Solana answer: ${place}${path && '.'}${path} ${what}`, {
      retryable: true,
      cause,
    });
}

/** Decimal text of an amount of tokens in base units, which is a u64. */
export function asTokenUnits(value: unknown, holder: object, key: PropertyKey): bigint {
  if (typeof value !== 'string' || !isDecimal(value))
    throw wrongType(value, holder, key, 'text of an amount in base units');
  return BigInt(value);
}

/** By hand: an expression costs twice as much, and every balance of a block passes here. */
function isDecimal(text: string): boolean {
  if (text.length === 0 || text.length > 20) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** Balances in lamports, one an account of the transaction. Empty where the node kept none. */
export function asLamports(value: unknown, holder: object, key: PropertyKey): bigint[] {
  const list = asOptionalList(value, holder, key);
  const amounts: bigint[] = new Array(list.length);
  for (let i = 0; i < list.length; i++) amounts[i] = BigInt(asRoundedCount(list[i], list, i));
  return amounts;
}

/** What lookup tables gave a transaction: its writable keys, then its readonly ones. */
export function loadedAddresses(meta: Raw): readonly string[] {
  const { loadedAddresses: loaded } = meta;
  if (loaded === undefined || loaded === null) return [];
  const tables = asObject(loaded, meta, 'loadedAddresses');
  const keys: string[] = [];
  for (const kind of ['writable', 'readonly']) {
    const list = asOptionalList(tables[kind], tables, kind);
    for (let i = 0; i < list.length; i++) keys.push(asText(list[i], list, i));
  }
  return keys;
}
