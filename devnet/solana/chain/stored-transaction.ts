/**
 * How a transaction is kept in a block: as ready pieces of JSON text, so that getBlock answers by joining
 * text and lamports beyond 2^53 keep every digit.
 */
import { encodeBase58 } from '../../../src/events/base58.js';
import type { TransactionVersion, WireTransaction } from './wire.js';

export interface StoredTransaction {
  /** The wire bytes in base64. */
  readonly wire: string;
  readonly version: TransactionVersion;
  /** The `transaction` field in encoding `json`. */
  readonly json: string;
  /** The start of `meta`, open: err to token balances (all that transactionDetails `accounts` shows). */
  readonly metaCore: string;
  /** The middle of `meta`: logs, loaded addresses, compute units, return data; starts with a comma. */
  readonly metaRest: string;
  /** The value of `meta.innerInstructions` in encoding `json`. */
  readonly inner: string;
}

/** The whole `meta` object as text, with other inner instructions when given (jsonParsed). */
export function metaText(stored: StoredTransaction, inner: string = stored.inner): string {
  return `${stored.metaCore}${stored.metaRest},"innerInstructions":${inner}}`;
}

const LINES = 6;

/** One line per piece; JSON text holds no line break. */
export function encodeBody(transactions: readonly StoredTransaction[]): Buffer {
  const lines = transactions.flatMap((t) => [
    t.wire,
    String(t.version),
    t.json,
    t.metaCore,
    t.metaRest,
    t.inner,
  ]);
  return Buffer.from(lines.join('\n'));
}

export function decodeBody(body: Buffer): StoredTransaction[] {
  if (body.length === 0) return [];
  const lines = body.toString().split('\n');
  return Array.from({ length: lines.length / LINES }, (_, index) => {
    const [wire = '', version = '', json = '', metaCore = '', metaRest = '', inner = ''] = lines.slice(
      index * LINES,
      (index + 1) * LINES,
    );
    return {
      wire,
      version: version === 'legacy' ? 'legacy' : version === '0' ? 0 : 1,
      json,
      metaCore,
      metaRest,
      inner,
    };
  });
}

/** The `transaction` field of encoding `json`. */
export function transactionJson(wire: WireTransaction): string {
  const instructions = wire.instructions.map((instruction) => ({
    programIdIndex: instruction.programIdIndex,
    accounts: instruction.accounts,
    data: encodeBase58(instruction.data),
    stackHeight: null,
  }));
  return JSON.stringify({
    signatures: wire.signatures,
    message: {
      header: wire.header,
      accountKeys: wire.staticKeys,
      recentBlockhash: wire.recentBlockhash,
      instructions,
      ...(wire.version === 0 ? { addressTableLookups: lookupsJson(wire) } : {}),
      ...(wire.version === 1 ? { transactionConfig: wire.config } : {}),
    },
  });
}

export function lookupsJson(wire: WireTransaction) {
  return wire.lookups.map(({ table, writableIndexes, readonlyIndexes }) => ({
    accountKey: table,
    writableIndexes,
    readonlyIndexes,
  }));
}
