/**
 * What SDKs make of an answer when it is written as JSON: @solana/web3.js turns a version 0 message into its
 * MessageV0 (static keys, compiled instructions, data as a Buffer or a Uint8Array), and programs that hold
 * kit's answers write its bigints as text. Both are turned back into what the node said.
 */

import { encodeBase58 } from '../../../events/base58.js';
import { isObject, type Raw } from '../../../runtime/untrusted.js';

/** Fields that are numbers in a node's answer, wherever they stand. */
const NUMBERS: ReadonlySet<string> = new Set([
  ...['slot', 'blockTime', 'blockHeight', 'parentSlot', 'fee', 'preBalances', 'postBalances'],
  ...['computeUnitsConsumed', 'costUnits', 'index', 'stackHeight', 'programIdIndex', 'accountIndex'],
  ...['accounts', 'accountKeyIndexes', 'decimals', 'numRequiredSignatures', 'numReadonlySignedAccounts'],
  ...['numReadonlyUnsignedAccounts', 'version'],
]);
/** Programs wrote these fields themselves: amounts in them are text in a node's answer, too. */
const LEFT: ReadonlySet<string> = new Set(['parsed', 'err', 'logMessages', 'returnData']);
/** An answer is no deeper: result, transactions, meta, innerInstructions, instructions, accounts. */
const DEEPEST = 12;

/**
 * Turns what an SDK wrote back into a node's result of getTransaction, or element of a block's transactions.
 * What has the node's form is left as it is.
 */
export function fromSdk(entry: Raw): Raw {
  const plain = hasTextNumbers(entry) ? (withNumbers(entry, '', 0) as Raw) : entry;
  const { transaction } = plain;
  if (!isObject(transaction) || !isObject(transaction.message)) return plain;
  const { message } = transaction;
  if (!Array.isArray(message.staticAccountKeys) || !Array.isArray(message.compiledInstructions)) return plain;
  const { staticAccountKeys: accountKeys, compiledInstructions, ...rest } = message;
  const instructions = compiledInstructions.map((item: unknown) => {
    const { programIdIndex, accountKeyIndexes, data } = isObject(item) ? item : ({} as Raw);
    return { programIdIndex, accounts: accountKeyIndexes, data: textOf(data) };
  });
  return { ...plain, transaction: { ...transaction, message: { ...rest, accountKeys, instructions } } };
}

/** Bytes as JSON writes a Buffer (`{ type, data }`), a Uint8Array (`{ "0": … }`) or a list; text stays. */
function textOf(data: unknown): unknown {
  if (typeof data === 'string') return data;
  const bytes = isObject(data) && Array.isArray(data.data) ? data.data : data;
  const list = Array.isArray(bytes) ? bytes : isObject(bytes) ? Object.values(bytes) : null;
  const isByte = (value: unknown) => typeof value === 'number' && value >= 0 && value < 256;
  return list?.every(isByte) === true ? encodeBase58(Uint8Array.from(list)) : data;
}

function hasTextNumbers(entry: Raw): boolean {
  const fee = isObject(entry.meta) ? entry.meta.fee : undefined;
  return typeof fee === 'string' || typeof entry.slot === 'string' || typeof entry.blockTime === 'string';
}

/** Whole numbers beyond 2^53 stay text: the check of the field refuses them by its name. */
function withNumbers(value: unknown, key: string, depth: number): unknown {
  if (depth > DEEPEST || LEFT.has(key)) return value;
  if (typeof value === 'string') {
    const number = NUMBERS.has(key) && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    return Number.isSafeInteger(number) ? number : value;
  }
  if (Array.isArray(value)) return value.map((item) => withNumbers(item, key, depth + 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, withNumbers(item, name, depth + 1)]),
  );
}
