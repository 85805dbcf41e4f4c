/** Checks of fields that only Solana's answers have, for untrusted JSON (runtime/untrusted.ts). */
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
 * Makes the error about a wrong field, for `readAtDoor`: RPC_BAD_RESPONSE. It is retryable, because another
 * endpoint may give a well-formed answer.
 * @param place of the document that was read, such as "result.transactions[3]"
 */
export function wrongAnswer(place: string): (path: string, what: string, cause: Error) => NdxError {
  return (path, what, cause) =>
    new NdxError('RPC_BAD_RESPONSE', `Solana answer: ${place}${path && '.'}${path} ${what}`, {
      retryable: true,
      cause,
    });
}

/** Amount of a token in base units: a u64 as decimal text. @throws WrongField */
export function asTokenUnits(value: unknown, holder: object, key: PropertyKey): bigint {
  if (typeof value !== 'string' || !isDecimal(value))
    throw wrongType(value, holder, key, 'text of an amount in base units');
  return BigInt(value);
}

/** Without a regular expression, which costs twice as much: every token balance of a block passes here. */
function isDecimal(text: string): boolean {
  if (text.length === 0 || text.length > 20) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/**
 * Balances in lamports, one for each account of the transaction; empty where the node kept none.
 * @throws WrongField
 */
export function asLamports(value: unknown, holder: object, key: PropertyKey): bigint[] {
  const list = asOptionalList(value, holder, key);
  const amounts: bigint[] = new Array(list.length);
  for (let i = 0; i < list.length; i++) amounts[i] = BigInt(asRoundedCount(list[i], list, i));
  return amounts;
}

/**
 * The addresses that lookup tables give a transaction: the writable ones, then the readonly ones.
 * @throws WrongField
 */
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
