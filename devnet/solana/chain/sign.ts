/**
 * ed25519 by OpenSSL: some forty times quicker than the pure JavaScript inside web3.js, which shows when
 * thousands of transactions are made.
 */
import { createPrivateKey, sign } from 'node:crypto';
import type { Keypair, Transaction } from '@solana/web3.js';

/** RFC 8410 prefix that makes a 32-byte seed an ed25519 private key. */
const PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Makes a function that signs messages with a keypair. */
export function createSigner(keypair: Keypair): (message: Uint8Array) => Buffer {
  const key = createPrivateKey({
    key: Buffer.concat([PREFIX, keypair.secretKey.subarray(0, 32)]),
    format: 'der',
    type: 'pkcs8',
  });
  return (message) => sign(null, message, key);
}

/** Sign a legacy transaction by its fee payer alone and serialize it. */
export function signAndSerialize(
  transaction: Transaction,
  keypair: Keypair,
  signer: (message: Uint8Array) => Buffer,
): Uint8Array {
  transaction.addSignature(keypair.publicKey, signer(transaction.serializeMessage()));
  return transaction.serialize({ verifySignatures: false });
}
