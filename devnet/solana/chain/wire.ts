/**
 * The wire format of a Solana transaction, versions legacy, 0 and 1 (SIMD-0385: message first, signatures
 * behind it, compute budget in the message), and the check of its ed25519 signatures.
 */
import { createPublicKey, verify } from 'node:crypto';
import { encodeBase58, requireBase58 } from '../../../src/events/base58.js';

export type TransactionVersion = 'legacy' | 0 | 1;

export interface WireInstruction {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
}

export interface AddressLookup {
  readonly table: string;
  readonly writableIndexes: readonly number[];
  readonly readonlyIndexes: readonly number[];
}

/** What version 1 says in its message instead of through the compute budget program; null = not set. */
export interface TransactionConfig {
  readonly computeUnitLimit: number | null;
  readonly heapSize: number | null;
  readonly loadedAccountsDataSizeLimit: number | null;
  /** Lamports. */
  readonly priorityFee: number | null;
}

export interface WireMessage {
  readonly version: TransactionVersion;
  readonly header: {
    readonly numRequiredSignatures: number;
    readonly numReadonlySignedAccounts: number;
    readonly numReadonlyUnsignedAccounts: number;
  };
  readonly staticKeys: readonly string[];
  readonly recentBlockhash: string;
  readonly instructions: readonly WireInstruction[];
  readonly lookups: readonly AddressLookup[];
  readonly config: TransactionConfig | null;
}

export interface WireTransaction extends WireMessage {
  readonly bytes: Uint8Array;
  readonly messageBytes: Uint8Array;
  readonly signatureBytes: readonly Uint8Array[];
  /** base58; the first names the transaction. */
  readonly signatures: readonly string[];
  readonly signature: string;
}

/** The bytes are no Solana transaction. */
export class WireError extends Error {}

/** First byte of a version 1 transaction: its message leads. */
const VERSION_1_PREFIX = 0x81;
const SIGNATURE_LENGTH = 64;
/** One packet; version 1 may be larger (SIMD-0385). */
const MOST_BYTES = 1232;
const MOST_BYTES_V1 = 4096;
const KEY_LENGTH = 32;

function createReader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number): number => {
    if (at + length > bytes.length)
      throw new WireError(`transaction ends early: ${length} bytes wanted at ${at} of ${bytes.length}`);
    at += length;
    return at - length;
  };
  const reader = {
    position: () => at,
    rest: () => bytes.length - at,
    u8: () => view.getUint8(take(1)),
    u16: () => view.getUint16(take(2), true),
    u32: () => view.getUint32(take(4), true),
    u64: () => Number(view.getBigUint64(take(8), true)),
    bytes: (length: number) => {
      const start = take(length);
      return bytes.subarray(start, start + length);
    },
    base58: () => encodeBase58(reader.bytes(KEY_LENGTH)),
    /** Solana's "compact-u16": seven bits a byte, at most three bytes, no needless zero at the end. */
    compact: () => {
      let value = 0;
      for (let shift = 0; shift < 21; shift += 7) {
        const byte = reader.u8();
        value |= (byte & 0x7f) << shift;
        if (byte >= 0x80) continue;
        if ((byte === 0 && shift > 0) || value > 0xffff) break;
        return value;
      }
      throw new WireError('a length is no compact-u16');
    },
    list: <T>(count: number, item: () => T): T[] => Array.from({ length: count }, item),
  };
  return reader;
}

type Reader = ReturnType<typeof createReader>;

function readHeader(reader: Reader) {
  return {
    numRequiredSignatures: reader.u8(),
    numReadonlySignedAccounts: reader.u8(),
    numReadonlyUnsignedAccounts: reader.u8(),
  };
}

function readLegacyOrV0(reader: Reader, version: 'legacy' | 0): WireMessage {
  const header = readHeader(reader);
  const staticKeys = reader.list(reader.compact(), reader.base58);
  const recentBlockhash = reader.base58();
  const instructions = reader.list(reader.compact(), () => ({
    programIdIndex: reader.u8(),
    accounts: [...reader.bytes(reader.compact())],
    data: reader.bytes(reader.compact()),
  }));
  const lookups =
    version === 0
      ? reader.list(reader.compact(), () => ({
          table: reader.base58(),
          writableIndexes: [...reader.bytes(reader.compact())],
          readonlyIndexes: [...reader.bytes(reader.compact())],
        }))
      : [];
  return { version, header, staticKeys, recentBlockhash, instructions, lookups, config: null };
}

function readV1(reader: Reader): WireMessage {
  const header = readHeader(reader);
  const mask = reader.u32();
  if ((mask & ~0b11111) !== 0 || (mask & 0b11) === 1 || (mask & 0b11) === 2)
    throw new WireError(`unknown transaction config mask ${mask}`);
  const recentBlockhash = reader.base58();
  const instructionCount = reader.u8();
  const staticKeys = reader.list(reader.u8(), reader.base58);
  const priorityFee = mask & 0b11 ? reader.u64() : null;
  const computeUnitLimit = mask & 0b100 ? reader.u32() : null;
  const loadedAccountsDataSizeLimit = mask & 0b1000 ? reader.u32() : null;
  const heapSize = mask & 0b10000 ? reader.u32() : null;
  const heads = reader.list(instructionCount, () => ({
    programIdIndex: reader.u8(),
    accounts: reader.u8(),
    data: reader.u16(),
  }));
  const instructions = heads.map((head) => ({
    programIdIndex: head.programIdIndex,
    accounts: [...reader.bytes(head.accounts)],
    data: reader.bytes(head.data),
  }));
  const config = { computeUnitLimit, heapSize, loadedAccountsDataSizeLimit, priorityFee };
  return { version: 1, header, staticKeys, recentBlockhash, instructions, lookups: [], config };
}

function readMessage(reader: Reader, first: number): WireMessage {
  if (first < 0x80) return readLegacyOrV0(reader, 'legacy');
  reader.u8();
  if (first === 0x80) return readLegacyOrV0(reader, 0);
  if (first === VERSION_1_PREFIX) return readV1(reader);
  throw new WireError(`transaction version ${first & 0x7f} is not known`);
}

function checkMessage(message: WireMessage): WireMessage {
  const { header, staticKeys } = message;
  if (header.numRequiredSignatures < 1 || header.numRequiredSignatures > staticKeys.length) {
    throw new WireError(
      `${header.numRequiredSignatures} signatures required of ${staticKeys.length} accounts`,
    );
  }
  if (header.numReadonlySignedAccounts >= header.numRequiredSignatures)
    throw new WireError('the fee payer is not writable');
  const loaded = message.lookups.reduce(
    (sum, lookup) => sum + lookup.writableIndexes.length + lookup.readonlyIndexes.length,
    0,
  );
  for (const instruction of message.instructions) {
    for (const index of [instruction.programIdIndex, ...instruction.accounts]) {
      if (index >= staticKeys.length + loaded)
        throw new WireError(`an instruction names account ${index}, which is not there`);
    }
  }
  return message;
}

/** Parse a message without signatures (what getFeeForMessage takes). @throws WireError */
function parseMessage(bytes: Uint8Array): WireMessage {
  const reader = createReader(bytes);
  const message = checkMessage(readMessage(reader, bytes[0] ?? 0));
  if (reader.rest() > 0) throw new WireError(`${reader.rest()} bytes behind the message`);
  return message;
}

/** Parse a serialized transaction of any version. @throws WireError */
export function parseTransaction(bytes: Uint8Array): WireTransaction {
  const reader = createReader(bytes);
  const messageFirst = bytes[0] === VERSION_1_PREFIX;
  const most = messageFirst ? MOST_BYTES_V1 : MOST_BYTES;
  if (bytes.length > most) throw new WireError(`${bytes.length} bytes are too large; max ${most}`);
  const before = messageFirst ? [] : reader.list(reader.compact(), () => reader.bytes(SIGNATURE_LENGTH));
  const start = reader.position();
  const message = checkMessage(readMessage(reader, bytes[start] ?? 0));
  const messageBytes = bytes.subarray(start, reader.position());
  const signatureBytes = messageFirst
    ? reader.list(message.header.numRequiredSignatures, () => reader.bytes(SIGNATURE_LENGTH))
    : before;
  if (reader.rest() > 0) throw new WireError(`${reader.rest()} bytes behind the transaction`);
  if (signatureBytes.length !== message.header.numRequiredSignatures) {
    throw new WireError(
      `${signatureBytes.length} signatures where ${message.header.numRequiredSignatures} are required`,
    );
  }
  const signatures = signatureBytes.map((signature) => encodeBase58(signature));
  return { ...message, bytes, messageBytes, signatureBytes, signatures, signature: signatures[0] ?? '' };
}

/** A transaction with empty signatures around a message, for simulation. */
export function unsignedTransaction(messageBytes: Uint8Array): WireTransaction {
  const message = parseMessage(messageBytes);
  const signatures = new Uint8Array(message.header.numRequiredSignatures * SIGNATURE_LENGTH);
  const count = Uint8Array.of(message.header.numRequiredSignatures);
  return parseTransaction(
    Buffer.concat(message.version === 1 ? [messageBytes, signatures] : [count, signatures, messageBytes]),
  );
}

/** RFC 8410 prefix that makes 32 raw bytes an ed25519 public key. */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** True when every required signature is right. */
export function signaturesAreValid(transaction: WireTransaction): boolean {
  return transaction.signatureBytes.every((signature, index) => {
    const key = transaction.staticKeys[index];
    if (key === undefined) return false;
    const publicKey = createPublicKey({
      key: Buffer.concat([ED25519_PREFIX, requireBase58(key)]),
      format: 'der',
      type: 'spki',
    });
    return verify(null, transaction.messageBytes, publicKey, signature);
  });
}

export interface LoadedAddresses {
  readonly writable: readonly string[];
  readonly readonly: readonly string[];
}

/**
 * Whether the account at this index of (static, loaded writable, loaded readonly) may be written by the
 * transaction.
 */
export function isWritable(message: WireMessage, index: number, loaded: LoadedAddresses): boolean {
  const { header, staticKeys } = message;
  if (index >= staticKeys.length) return index - staticKeys.length < loaded.writable.length;
  if (index < header.numRequiredSignatures)
    return index < header.numRequiredSignatures - header.numReadonlySignedAccounts;
  return index < staticKeys.length - header.numReadonlyUnsignedAccounts;
}
