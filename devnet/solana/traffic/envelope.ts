/**
 * Signed transactions of every version. Version 1 is written here, because @solana/web3.js 1.99 reads it but
 * does not write it: prefix 0x81, header, config mask, blockhash, counts, keys, config values, instruction
 * headers, instruction bodies; then the signatures.
 */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { Message, PublicKey, TransactionInstruction } from '@solana/web3.js';
import {
  type AddressLookupTableAccount,
  ComputeBudgetProgram,
  type Keypair,
  type MessageV0,
  TransactionMessage,
} from '@solana/web3.js';
import { encodeBase58, requireBase58 } from '../../../src/events/base58.js';

/** Ed25519 private key of 32 bytes as PKCS #8: this prefix, then the key. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const CONFIG_COMPUTE_UNIT_LIMIT = 0b0100;
const CONFIG_LOADED_ACCOUNTS_DATA_SIZE_LIMIT = 0b1000;
/** Older versions have 64 MiB without asking; version 1 loads nothing to speak of unless it says so. */
const LOADED_ACCOUNTS_DATA_SIZE = 64 * 1024 * 1024;
/** Most bytes of a transaction: one packet, or what version 1 may have. */
const SIZE_LIMIT = { legacy: 1232, 0: 1232, 1: 4096 } as const;

export interface Draft {
  readonly version: 'legacy' | 0 | 1;
  readonly payer: Keypair;
  readonly keys: readonly Keypair[];
  readonly instructions: readonly TransactionInstruction[];
  readonly blockhash: string;
  /** Also makes two equal actions two transactions. */
  readonly computeUnitLimit: number;
  readonly lookupTable: AddressLookupTableAccount;
}

export interface Signed {
  readonly signature: string;
  readonly bytes: Uint8Array;
}

/**
 * @throws Error when a required signer's key is missing, or the transaction is larger than its version allows
 */
export function signDraft(draft: Draft): Signed {
  const { version, payer, instructions, blockhash, computeUnitLimit } = draft;
  const limit = ComputeBudgetProgram.setComputeUnitLimit({ units: computeUnitLimit });
  const message = (all: readonly TransactionInstruction[]) =>
    new TransactionMessage({ payerKey: payer.publicKey, instructions: [...all], recentBlockhash: blockhash });
  if (version === 1) {
    const compiled = message(instructions).compileToLegacyMessage();
    const bytes = versionOneMessage(compiled, computeUnitLimit);
    const signatures = signatureList(
      bytes,
      compiled.accountKeys.slice(0, compiled.header.numRequiredSignatures),
      draft,
    );
    return signed(version, signatures, Buffer.concat([bytes, ...signatures]));
  }
  const whole = message([limit, ...instructions]);
  const compiled: Message | MessageV0 =
    version === 0 ? whole.compileToV0Message([draft.lookupTable]) : whole.compileToLegacyMessage();
  const bytes = compiled.serialize();
  const signatures = signatureList(
    bytes,
    compiled.staticAccountKeys.slice(0, compiled.header.numRequiredSignatures),
    draft,
  );
  return signed(version, signatures, Buffer.concat([Buffer.of(signatures.length), ...signatures, bytes]));
}

function signed(version: Draft['version'], signatures: readonly Buffer[], bytes: Buffer): Signed {
  const [first] = signatures;
  const limit = SIZE_LIMIT[version];
  if (bytes.length > limit)
    throw new Error(`envelope: ${bytes.length} bytes are too many for version ${version} (${limit})`);
  if (!first) throw new Error('envelope: a transaction without signer');
  return { signature: encodeBase58(first), bytes: new Uint8Array(bytes) };
}

function signatureList(
  message: Uint8Array,
  signers: readonly PublicKey[],
  { payer, keys }: Draft,
): readonly Buffer[] {
  const ring = [payer, ...keys];
  return signers.map((signer) => {
    const key = ring.find((candidate) => candidate.publicKey.equals(signer));
    if (!key) throw new Error(`envelope: no key for the signer ${signer.toBase58()}`);
    return sign(null, message, privateKey(key));
  });
}

function privateKey(key: Keypair): KeyObject {
  const der = Buffer.concat([PKCS8_PREFIX, key.secretKey.subarray(0, 32)]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** SIMD-0385; the inverse of MessageV1.deserialize of @solana/web3.js. */
function versionOneMessage(message: Message, computeUnitLimit: number): Buffer {
  const { header, accountKeys, compiledInstructions } = message;
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  return Buffer.concat([
    Buffer.of(
      0x81,
      header.numRequiredSignatures,
      header.numReadonlySignedAccounts,
      header.numReadonlyUnsignedAccounts,
    ),
    u32(CONFIG_COMPUTE_UNIT_LIMIT | CONFIG_LOADED_ACCOUNTS_DATA_SIZE_LIMIT),
    requireBase58(message.recentBlockhash),
    Buffer.of(compiledInstructions.length, accountKeys.length),
    ...accountKeys.map((key) => key.toBuffer()),
    u32(computeUnitLimit),
    u32(LOADED_ACCOUNTS_DATA_SIZE),
    ...compiledInstructions.map(({ programIdIndex, accountKeyIndexes, data }) =>
      Buffer.of(programIdIndex, accountKeyIndexes.length, data.length & 0xff, data.length >> 8),
    ),
    ...compiledInstructions.flatMap(({ accountKeyIndexes, data }) => [
      Buffer.from(accountKeyIndexes),
      Buffer.from(data),
    ]),
  ]);
}
