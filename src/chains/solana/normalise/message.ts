/** The message part of an answer, whatever its encoding: signature, version, keys and outer instructions. */
import { decodeBase58 } from '../../../events/base58.js';
import {
  asCount,
  asKey,
  asList,
  asOptionalList,
  asRecord,
  asString,
  at,
  badResponse,
  isRecord,
  type Path,
  type Raw,
} from './fields.js';
import type { InstructionBody } from './instruction.js';
import { parsedInstruction } from './parsed.js';
import { readWire, type WireTransaction, wireKeys } from './wire.js';

export interface Message {
  readonly version: 'legacy' | 0 | 1;
  readonly signature: string;
  readonly signerCount: number;
  readonly accountKeys: readonly string[];
  readonly outer: readonly InstructionBody[];
}

/** Bytes of a transaction that came as text, or null where it came as an object. */
function transactionBytes(transaction: unknown, path: Path): Uint8Array | null {
  if (isRecord(transaction)) return null;
  const [text, encoding] =
    typeof transaction === 'string' ? [transaction, 'base58'] : asList(transaction, path);
  const data = asString(text, `${path}[0]`);
  if (encoding === 'base64') return Buffer.from(data, 'base64');
  if (encoding !== 'base58') throw badResponse(`${path}[1]`, '"base64" or "base58"', encoding);
  const bytes = decodeBase58(data);
  if (bytes === null) throw badResponse(`${path}[0]`, 'base58', data);
  return bytes;
}

/** `loaded`: what the lookup tables gave, writable then readonly. */
export function messageOf(entry: Raw, loaded: readonly string[], path: Path): Message {
  const bytes = transactionBytes(entry.transaction, at(path, '.transaction'));
  return bytes === null
    ? messageOfJson(entry, loaded, path)
    : messageOfBytes(bytes, readWire(bytes), loaded, path);
}

function messageOfBytes(
  bytes: Uint8Array,
  wire: WireTransaction,
  loaded: readonly string[],
  path: Path,
): Message {
  const accountKeys = [...wireKeys(bytes, wire), ...loaded];
  const outer = wire.instructions.map((instruction, i) => ({
    programId: keyAt(accountKeys, instruction.programIdIndex, path, i),
    accounts: Array.from(instruction.accounts, (index) => keyAt(accountKeys, index, path, i)),
    data: instruction.data,
  }));
  return {
    version: wire.version,
    signature: wire.signature,
    signerCount: wire.signerCount,
    accountKeys,
    outer,
  };
}

function messageOfJson(entry: Raw, loaded: readonly string[], path: Path): Message {
  const transaction = asRecord(entry.transaction, at(path, '.transaction'));
  const message = asRecord(transaction.message, at(path, '.transaction.message'));
  const { accountKeys, signerCount } = readKeys(message, loaded, at(path, '.transaction.message'));
  return {
    version: readVersion(entry.version, path),
    signature: asString(
      asList(transaction.signatures, at(path, '.transaction.signatures'))[0],
      at(path, '.transaction.signatures[0]'),
    ),
    signerCount,
    accountKeys,
    outer: asList(message.instructions, at(path, '.transaction.message.instructions')).map((item, i) =>
      instructionBody(
        item,
        accountKeys,
        path === null ? null : `${path}.transaction.message.instructions[${i}]`,
      ),
    ),
  };
}

function readVersion(version: unknown, path: Path): 'legacy' | 0 | 1 {
  if (version === undefined || version === null || version === 'legacy') return 'legacy';
  if (version === 0 || version === 1) return version;
  throw badResponse(at(path, '.version'), 'legacy, 0 or 1', version);
}

function readKeys(
  message: Raw,
  loaded: readonly string[],
  path: Path,
): { accountKeys: readonly string[]; signerCount: number } {
  const list = asList(message.accountKeys, at(path, '.accountKeys'));
  if (!list.some(isRecord)) {
    const header = asRecord(message.header, at(path, '.header'));
    const keys = list.map((item, i) => asString(item, `${path}.accountKeys[${i}]`));
    return {
      accountKeys: loaded.length === 0 ? keys : [...keys, ...loaded],
      signerCount: asCount(header.numRequiredSignatures, at(path, '.header.numRequiredSignatures')),
    };
  }
  // jsonParsed: objects, and the loaded keys already among them.
  let signerCount = 0;
  let hasLoaded = false;
  const keys = list.map((item, i) => {
    const key = asRecord(item, `${path}.accountKeys[${i}]`);
    if (key.signer === true) signerCount++;
    if (key.source === 'lookupTable') hasLoaded = true;
    return asKey(key.pubkey, `${path}.accountKeys[${i}].pubkey`);
  });
  return { accountKeys: hasLoaded ? keys : [...keys, ...loaded], signerCount };
}

/** An instruction of `json` (indexes) or `jsonParsed` (addresses). */
export function instructionBody(item: unknown, accountKeys: readonly string[], path: Path): InstructionBody {
  const raw = asRecord(item, path);
  if (raw.programIdIndex === undefined) return parsedInstruction(raw, path);
  const indexes = asOptionalList(raw.accounts, at(path, '.accounts'));
  const accounts: string[] = new Array(indexes.length);
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i];
    const key = typeof index === 'number' ? accountKeys[index] : undefined;
    accounts[i] = key ?? keyOf(accountKeys, index, at(path, '.accounts'));
  }
  return {
    programId: keyOf(accountKeys, raw.programIdIndex, at(path, '.programIdIndex')),
    accounts,
    data: asString(raw.data, at(path, '.data')),
  };
}

function keyOf(accountKeys: readonly string[], index: unknown, path: Path): string {
  const key = typeof index === 'number' ? accountKeys[index] : undefined;
  if (key === undefined) throw badResponse(path, `an index below ${accountKeys.length}`, index);
  return key;
}

function keyAt(accountKeys: readonly string[], index: number, path: Path, instruction: number): string {
  const key = accountKeys[index];
  if (key === undefined)
    throw badResponse(
      `${path}.transaction instruction ${instruction}`,
      `an index below ${accountKeys.length}`,
      index,
    );
  return key;
}
