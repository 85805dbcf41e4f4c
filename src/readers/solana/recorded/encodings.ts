/**
 * A recorded transaction in `base64`, `base58` or `jsonParsed` → the same in `json`, the encoding that blocks
 * are asked for and read in. What is in `json` already is left as it is.
 */
import {
  asList,
  asOptionalList,
  asRecord,
  isRecord,
  type Raw,
} from '../../../chains/solana/normalise/fields.js';
import type { InstructionBody } from '../../../chains/solana/normalise/instruction.js';
import { instructionBody, type Message, messageOf } from '../../../chains/solana/normalise/message.js';
import { loadedAddresses } from '../../../chains/solana/normalise/transaction.js';
import { encodeBase58 } from '../../../events/base58.js';

/**
 * @param entry an element of a block's `transactions`, or a result of getTransaction
 * @throws NdxError RPC_BAD_RESPONSE naming the path of what is missing or of a wrong type
 */
export function toJsonEncoding(entry: unknown, path: string): Raw {
  const raw = asRecord(entry, path);
  if (isJson(raw.transaction)) return raw;
  const meta = isRecord(raw.meta) ? raw.meta : null;
  const loaded = meta === null ? [] : loadedAddresses(meta, path);
  const message = messageOf(raw, loaded, path);
  const { accountKeys } = message;
  return {
    ...raw,
    // A result of getTransaction in base64 says its version; a block's entry may leave it to the bytes.
    version: message.version,
    transaction: jsonTransaction(message, accountKeys.length - loaded.length),
    ...(meta === null ? {} : { meta: { ...meta, ...jsonInner(meta, accountKeys, path) } }),
  };
}

/**
 * In `json` keys are text; in `jsonParsed` they are objects; in the other encodings the transaction is text.
 */
function isJson(transaction: unknown): boolean {
  if (!isRecord(transaction) || !isRecord(transaction.message)) return false;
  const { accountKeys } = transaction.message;
  return Array.isArray(accountKeys) && !accountKeys.some(isRecord);
}

/**
 * @param staticKeys how many keys stand in the message itself: the others come from lookup tables, which
 * `meta` names
 */
function jsonTransaction(message: Message, staticKeys: number): Raw {
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

function jsonInner(meta: Raw, accountKeys: readonly string[], path: string): Raw {
  const groups = asOptionalList(meta.innerInstructions, `${path}.meta.innerInstructions`);
  if (groups.length === 0) return {};
  const innerInstructions = groups.map((item, g) => {
    const at = `${path}.meta.innerInstructions[${g}]`;
    const group = asRecord(item, at);
    const instructions = asList(group.instructions, `${at}.instructions`).map((inner, i) => {
      const { stackHeight } = asRecord(inner, `${at}.instructions[${i}]`);
      return {
        ...jsonInstruction(instructionBody(inner, accountKeys, `${at}.instructions[${i}]`), accountKeys),
        ...(stackHeight === undefined ? {} : { stackHeight }),
      };
    });
    return { ...group, instructions };
  });
  return { innerInstructions };
}

function jsonInstruction({ programId, accounts, data }: InstructionBody, keys: readonly string[]): Raw {
  return {
    programIdIndex: keys.indexOf(programId),
    accounts: accounts.map((account) => keys.indexOf(account)),
    data: typeof data === 'string' ? data : encodeBase58(data),
  };
}
