/**
 * A recorded transaction in `base64`, `base58` or `jsonParsed` → the same in `json`, the encoding that blocks
 * are asked for and read in. What is in `json` already is left as it is.
 */
import { loadedAddresses, wrongAnswer } from '../../../chains/solana/normalise/fields.js';
import { encodeBase58 } from '../../../events/base58.js';
import {
  asList,
  asObject,
  asOptional,
  asOptionalList,
  isObject,
  type Raw,
  readAtDoor,
} from '../../../runtime/untrusted.js';
import { type RecordedMessage, recordedInstruction, recordedMessage } from './message.js';
import type { RecordedInstruction } from './parsed.js';

/**
 * @param entry an element of a block's `transactions`, or a result of getTransaction
 * @param path names `entry` in errors
 * @throws NdxError RPC_BAD_RESPONSE naming the path of what is missing or of a wrong type
 */
export function toJsonEncoding(entry: unknown, path: string): Raw {
  return readAtDoor(entry, (value, holder, key) => convert(asObject(value, holder, key)), wrongAnswer(path));
}

function convert(raw: Raw): Raw {
  if (isJson(raw.transaction)) return raw;
  const meta = asOptional(raw.meta, raw, 'meta', asObject);
  const loaded = meta === null ? [] : loadedAddresses(meta);
  const message = recordedMessage(raw, loaded);
  const { accountKeys, version = raw.version } = message;
  return {
    ...raw,
    // A result of getTransaction in base64 says its version; a block's entry may leave it to the bytes.
    version,
    transaction: jsonTransaction(message, accountKeys.length - loaded.length),
    ...(meta === null ? {} : { meta: { ...meta, ...jsonInner(meta, accountKeys) } }),
  };
}

/**
 * In `json` keys are text; in `jsonParsed` they are objects; in the other encodings the transaction is text.
 */
function isJson(transaction: unknown): boolean {
  if (!isObject(transaction) || !isObject(transaction.message)) return false;
  const { accountKeys } = transaction.message;
  return Array.isArray(accountKeys) && !accountKeys.some(isObject);
}

/**
 * @param staticKeys how many keys stand in the message itself: the others come from lookup tables, which
 * `meta` names
 */
function jsonTransaction(message: RecordedMessage, staticKeys: number): Raw {
  const { accountKeys, signerCount, signature, outer } = message;
  return {
    signatures: [signature],
    message: {
      header: { numRequiredSignatures: signerCount },
      accountKeys: accountKeys.slice(0, staticKeys),
      instructions: outer.map((body) => jsonInstruction(body, accountKeys)),
    },
  };
}

function jsonInner(meta: Raw, accountKeys: readonly string[]): Raw {
  const groups = asOptionalList(meta.innerInstructions, meta, 'innerInstructions');
  if (groups.length === 0) return {};
  const innerInstructions = groups.map((item, g) => {
    const group = asObject(item, groups, g);
    const list = asList(group.instructions, group, 'instructions');
    const instructions = list.map((inner, i) => {
      const raw = asObject(inner, list, i);
      const { stackHeight } = raw;
      return {
        ...jsonInstruction(recordedInstruction(raw, accountKeys), accountKeys),
        ...(stackHeight === undefined ? {} : { stackHeight }),
      };
    });
    return { ...group, instructions };
  });
  return { innerInstructions };
}

function jsonInstruction({ programId, accounts, data }: RecordedInstruction, keys: readonly string[]): Raw {
  return {
    programIdIndex: keys.indexOf(programId),
    accounts: accounts.map((account) => keys.indexOf(account)),
    data: typeof data === 'string' ? data : encodeBase58(data),
  };
}
