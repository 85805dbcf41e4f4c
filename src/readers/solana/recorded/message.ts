/**
 * The message part of a recorded transaction in `base64`, `base58` or `jsonParsed`: signature, version, keys
 * and outer instructions.
 */
import { instructionBody } from '../../../chains/solana/normalise/message.js';
import { decodeBase58 } from '../../../events/base58.js';
import { asList, asObject, asText, isObject, type Raw, wrongType } from '../../../runtime/untrusted.js';
import { asKey } from './key.js';
import { parsedInstruction, type RecordedInstruction } from './parsed.js';
import { readWire, type WireTransaction, wireKeys } from './wire.js';

export interface RecordedMessage {
  /** undefined: the document's own field says it. */
  readonly version?: WireTransaction['version'];
  readonly signature: string;
  readonly signerCount: number;
  /** With those from lookup tables. */
  readonly accountKeys: readonly string[];
  readonly outer: readonly RecordedInstruction[];
}

/**
 * Reads the message part of a recorded transaction.
 * @param entry an element of a block's `transactions`, or a result of getTransaction
 * @param loaded the addresses from lookup tables, the writable ones first, then the readonly ones
 * @throws WrongField
 * @throws NdxError RPC_BAD_RESPONSE for bytes that are no transaction, TRANSACTION_VERSION_UNSUPPORTED
 */
export function recordedMessage(entry: Raw, loaded: readonly string[]): RecordedMessage {
  const { transaction } = entry;
  return isObject(transaction)
    ? messageOfParsed(transaction, loaded)
    : messageOfBytes(bytesOf(entry), loaded, entry);
}

/** Text alone is base58; otherwise the encoding stands beside it. */
function bytesOf(entry: Raw): Uint8Array {
  const { transaction } = entry;
  if (typeof transaction === 'string') return fromBase58(transaction, entry, 'transaction');
  const pair = asList(transaction, entry, 'transaction');
  const text = asText(pair[0], pair, 0);
  if (pair[1] === 'base64') return Buffer.from(text, 'base64');
  if (pair[1] !== 'base58') throw wrongType(pair[1], pair, 1, '"base64" or "base58"');
  return fromBase58(text, pair, 0);
}

function fromBase58(text: string, holder: object, key: PropertyKey): Uint8Array {
  const bytes = decodeBase58(text);
  if (bytes === null) throw wrongType(text, holder, key, 'base58');
  return bytes;
}

function messageOfBytes(bytes: Uint8Array, loaded: readonly string[], entry: Raw): RecordedMessage {
  const wire = readWire(bytes);
  const accountKeys = [...wireKeys(bytes, wire), ...loaded];
  const keyAt = (index: number): string => {
    const key = accountKeys[index];
    if (key === undefined)
      throw wrongType(index, entry, 'transaction', `of indexes below ${accountKeys.length}`);
    return key;
  };
  const outer = wire.instructions.map(({ programIdIndex, accounts, data }) => ({
    programId: keyAt(programIdIndex),
    accounts: Array.from(accounts, keyAt),
    data,
  }));
  const { version, signature, signerCount } = wire;
  return { version, signature, signerCount, accountKeys, outer };
}

function messageOfParsed(transaction: Raw, loaded: readonly string[]): RecordedMessage {
  const message = asObject(transaction.message, transaction, 'message');
  const signatures = asList(transaction.signatures, transaction, 'signatures');
  const list = asList(message.accountKeys, message, 'accountKeys');
  const entries = list.map((item, i) => asObject(item, list, i));
  const keys = entries.map((entry) => asKey(entry.pubkey, entry, 'pubkey'));
  const accountKeys = entries.some(({ source }) => source === 'lookupTable') ? keys : [...keys, ...loaded];
  const instructions = asList(message.instructions, message, 'instructions');
  return {
    signature: asText(signatures[0], signatures, 0),
    signerCount: entries.filter(({ signer }) => signer === true).length,
    accountKeys,
    outer: instructions.map((item, i) => recordedInstruction(asObject(item, instructions, i), accountKeys)),
  };
}

/**
 * An instruction, outer or inner: by indexes into `accountKeys`, or of `jsonParsed`, with the addresses
 * themselves.
 */
export function recordedInstruction(raw: Raw, accountKeys: readonly string[]): RecordedInstruction {
  return raw.programIdIndex === undefined ? parsedInstruction(raw) : instructionBody(raw, accountKeys);
}
