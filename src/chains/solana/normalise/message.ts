/** The message part of an answer in `json`: signature, version, keys and outer instructions. */
import {
  asCount,
  asList,
  asObject,
  asOptionalList,
  asText,
  type Raw,
  wrongType,
} from '../../../runtime/untrusted.js';
import type { InstructionBody } from './instruction.js';

export interface Message {
  readonly version: 'legacy' | 0 | 1;
  readonly signature: string;
  readonly signerCount: number;
  readonly accountKeys: readonly string[];
  readonly outer: readonly InstructionBody[];
}

/**
 * Reads the message part of a transaction.
 * @param entry an element of a block's `transactions`, or a result of getTransaction
 * @param loaded the addresses from lookup tables, the writable ones first, then the readonly ones
 * @throws WrongField
 */
export function messageOf(entry: Raw, loaded: readonly string[]): Message {
  const transaction = asObject(entry.transaction, entry, 'transaction');
  const message = asObject(transaction.message, transaction, 'message');
  const accountKeys = readKeys(message, loaded);
  const header = asObject(message.header, message, 'header');
  const signatures = asList(transaction.signatures, transaction, 'signatures');
  const instructions = asList(message.instructions, message, 'instructions');
  const outer: InstructionBody[] = new Array(instructions.length);
  for (let i = 0; i < instructions.length; i++)
    outer[i] = instructionBody(asObject(instructions[i], instructions, i), accountKeys);
  return {
    version: readVersion(entry),
    signature: asText(signatures[0], signatures, 0),
    signerCount: asCount(header.numRequiredSignatures, header, 'numRequiredSignatures'),
    accountKeys,
    outer,
  };
}

/** Transactions from before there were versions have none. */
function readVersion(entry: Raw): Message['version'] {
  const { version } = entry;
  if (version === undefined || version === null || version === 'legacy') return 'legacy';
  if (version === 0 || version === 1) return version;
  throw wrongType(version, entry, 'version', 'legacy, 0 or 1');
}

function readKeys(message: Raw, loaded: readonly string[]): readonly string[] {
  const list = asList(message.accountKeys, message, 'accountKeys');
  const keys: string[] = new Array(list.length);
  for (let i = 0; i < list.length; i++) keys[i] = asText(list[i], list, i);
  return loaded.length === 0 ? keys : keys.concat(loaded);
}

/** An instruction, outer or inner, whose accounts are indexes into `accountKeys`. @throws WrongField */
export function instructionBody(raw: Raw, accountKeys: readonly string[]): InstructionBody {
  const indexes = asOptionalList(raw.accounts, raw, 'accounts');
  const accounts: string[] = new Array(indexes.length);
  for (let i = 0; i < indexes.length; i++) accounts[i] = keyAt(accountKeys, indexes[i], indexes, i);
  return {
    programId: keyAt(accountKeys, raw.programIdIndex, raw, 'programIdIndex'),
    accounts,
    data: asText(raw.data, raw, 'data'),
  };
}

function keyAt(accountKeys: readonly string[], index: unknown, holder: object, key: PropertyKey): string {
  const found = typeof index === 'number' ? accountKeys[index] : undefined;
  if (found === undefined) throw wrongType(index, holder, key, `an index below ${accountKeys.length}`);
  return found;
}
