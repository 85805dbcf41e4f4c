/** A stored transaction in the encodings that a node offers, as JSON text. */

import { z } from 'zod';
import { encodeBase58, requireBase58 } from '../../../src/events/base58.js';
import { lookupsJson, metaText, type StoredTransaction } from '../chain/stored-transaction.js';
import {
  isWritable,
  parseTransaction,
  type TransactionVersion,
  type WireTransaction,
} from '../chain/wire.js';
import { RPC_CODES, RpcError } from './json-rpc.js';
import { parseInstruction } from './parse-instruction.js';

export const encodingSchema = z.enum(['json', 'jsonParsed', 'base64', 'base58']);

export type Encoding = z.infer<typeof encodingSchema>;

export interface EncodeOptions {
  readonly encoding: Encoding;
  /** undefined: the client knows legacy transactions only. */
  readonly maxVersion: number | undefined;
  /** Static keys, then loaded writable, then loaded readonly. */
  readonly accounts: readonly string[];
}

/** `,"version":…` as the client's configuration asks for it. @throws RpcError -32015 */
function versionText(version: TransactionVersion, maxVersion: number | undefined): string {
  if (version !== 'legacy' && (maxVersion === undefined || version > maxVersion)) {
    throw new RpcError(
      RPC_CODES.unsupportedTransactionVersion,
      `Transaction version (${version}) is not supported by the requesting client. Please try the request again with the following configuration parameter: "maxSupportedTransactionVersion": ${version}`,
    );
  }
  return maxVersion === undefined ? '' : `,"version":${JSON.stringify(version)}`;
}

/** Every account with what the transaction may do to it. */
function annotatedKeys(wire: WireTransaction, accounts: readonly string[]) {
  const writableCount = wire.lookups.reduce((sum, lookup) => sum + lookup.writableIndexes.length, 0);
  const loadedAt = wire.staticKeys.length;
  const loaded = {
    writable: accounts.slice(loadedAt, loadedAt + writableCount),
    readonly: accounts.slice(loadedAt + writableCount),
  };
  return accounts.map((pubkey, index) => ({
    pubkey,
    signer: index < wire.header.numRequiredSignatures,
    source: index < loadedAt ? 'transaction' : 'lookupTable',
    writable: isWritable(wire, index, loaded),
  }));
}

interface InnerGroupJson {
  readonly index: number;
  readonly instructions: readonly {
    programIdIndex: number;
    accounts: readonly number[];
    data: string;
    stackHeight: number;
  }[];
}

/** Inner instructions, parsed where the program is known. */
export function parsedInner(inner: readonly InnerGroupJson[], accounts: readonly string[]) {
  return inner.map(({ index, instructions }) => ({
    index,
    instructions: instructions.map((instruction) =>
      parseInstruction(
        { ...instruction, data: requireBase58(instruction.data) },
        accounts,
        instruction.stackHeight,
      ),
    ),
  }));
}

function parsedText(
  stored: StoredTransaction,
  accounts: readonly string[],
): { transaction: string; meta: string } {
  const wire = parseTransaction(Buffer.from(stored.wire, 'base64'));
  const message = {
    accountKeys: annotatedKeys(wire, accounts),
    instructions: wire.instructions.map((instruction) => parseInstruction(instruction, accounts, null)),
    recentBlockhash: wire.recentBlockhash,
    ...(wire.version === 0 ? { addressTableLookups: lookupsJson(wire) } : {}),
    ...(wire.version === 1 ? { transactionConfig: wire.config } : {}),
  };
  const inner = parsedInner(JSON.parse(stored.inner) as InnerGroupJson[], accounts);
  // The node leaves loadedAddresses out here: accountKeys name them. Unescaped quotes keep this from matching
  // inside a log line.
  const metaRest = stored.metaRest.replace(
    /,"loadedAddresses":\{"writable":\[[^\]]*\],"readonly":\[[^\]]*\]\}/,
    '',
  );
  return {
    transaction: JSON.stringify({ signatures: wire.signatures, message }),
    meta: metaText({ ...stored, metaRest }, JSON.stringify(inner)),
  };
}

/** `"transaction":…,"meta":…,"version":…` without braces. @throws RpcError -32015 */
export function transactionFields(
  stored: StoredTransaction,
  { encoding, maxVersion, accounts }: EncodeOptions,
): string {
  const version = versionText(stored.version, maxVersion);
  if (encoding === 'jsonParsed') {
    const parsed = parsedText(stored, accounts);
    return `"transaction":${parsed.transaction},"meta":${parsed.meta}${version}`;
  }
  const bytes = () =>
    encoding === 'base64' ? stored.wire : encodeBase58(Buffer.from(stored.wire, 'base64'));
  const transaction = encoding === 'json' ? stored.json : JSON.stringify([bytes(), encoding]);
  return `"transaction":${transaction},"meta":${metaText(stored)}${version}`;
}

export function transactionText(stored: StoredTransaction, options: EncodeOptions): string {
  return `{${transactionFields(stored, options)}}`;
}

/** transactionDetails `accounts`: signatures, annotated accounts and the money part of meta. */
export function accountsText(stored: StoredTransaction, { maxVersion, accounts }: EncodeOptions): string {
  const version = versionText(stored.version, maxVersion);
  const wire = parseTransaction(Buffer.from(stored.wire, 'base64'));
  const transaction = JSON.stringify({
    accountKeys: annotatedKeys(wire, accounts),
    signatures: wire.signatures,
  });
  return `{"transaction":${transaction},"meta":${stored.metaCore}}${version}}`;
}
