import {
  Keypair,
  MessageV0,
  SystemProgram,
  Transaction,
  TransactionMessage,
  VersionedTransaction,
} from '@solana/web3.js';
import bs58 from 'bs58';
import { expect, test } from 'vitest';
import { readWire, wireKeys } from './wire.js';

const payer = Keypair.fromSeed(new Uint8Array(32).fill(1));
const other = Keypair.fromSeed(new Uint8Array(32).fill(2));
const recentBlockhash = bs58.encode(new Uint8Array(32).fill(7));
const transfer = SystemProgram.transfer({
  fromPubkey: payer.publicKey,
  toPubkey: other.publicKey,
  lamports: 123_456_789,
});

function legacy(): Uint8Array {
  const transaction = new Transaction({ feePayer: payer.publicKey, recentBlockhash }).add(transfer, transfer);
  transaction.sign(payer);
  return transaction.serialize();
}

function version0(): Uint8Array {
  const message = new TransactionMessage({
    payerKey: payer.publicKey,
    recentBlockhash,
    instructions: [transfer],
  }).compileToV0Message();
  const lookup = { accountKey: other.publicKey, writableIndexes: [1, 2], readonlyIndexes: [3] };
  const transaction = new VersionedTransaction(new MessageV0({ ...message, addressTableLookups: [lookup] }));
  transaction.sign([payer]);
  return transaction.serialize();
}

/** SIMD-0385: message first, signatures last; here with every configuration value. */
function version1(): Uint8Array {
  const keys = [payer.publicKey, other.publicKey, SystemProgram.programId].map((key) => [...key.toBytes()]);
  const values = [1, ...new Array(7).fill(0), ...new Array(12).fill(2)];
  const header = [2, 2, transfer.data.length, 0];
  const message = [
    0x81,
    1,
    0,
    1,
    0b11111,
    0,
    0,
    0,
    ...new Array(32).fill(7),
    1,
    3,
    ...keys.flat(),
    ...values,
    ...header,
    0,
    1,
    ...transfer.data,
  ];
  return Uint8Array.from([...message, ...new Array(64).fill(9)]);
}

test.each([
  ['legacy', legacy()],
  [0, version0()],
  [1, version1()],
] as const)('version %s reads as web3.js reads it', (version, bytes) => {
  const wire = readWire(bytes);
  const reference = VersionedTransaction.deserialize(bytes);
  expect(wire.version).toBe(version);
  expect(reference.version).toBe(version);
  expect(wire.signature).toBe(bs58.encode(reference.signatures[0] ?? new Uint8Array()));
  expect(wire.signerCount).toBe(reference.message.header.numRequiredSignatures);
  expect(wireKeys(bytes, wire)).toEqual(reference.message.staticAccountKeys.map((key) => key.toBase58()));
  const instructions = wire.instructions.map(({ programIdIndex, accounts, data }) => ({
    programIdIndex,
    accounts: [...accounts],
    data: [...data],
  }));
  const expected = reference.message.compiledInstructions.map(
    ({ programIdIndex, accountKeyIndexes, data }) => ({
      ...{ programIdIndex, accounts: [...accountKeyIndexes], data: [...data] },
    }),
  );
  expect(instructions).toEqual(expected);
});

test.each([legacy(), version0(), version1()])(
  'bytes cut short or with a tail are refused, never read as something else',
  (bytes) => {
    for (let length = 0; length < bytes.length; length++)
      expect(() => readWire(bytes.subarray(0, length))).toThrow(/Solana answer/);
    expect(() => readWire(Uint8Array.from([...bytes, 0]))).toThrow(/after their end/);
  },
);

test('a version that is not known stops the reading instead of skipping it', () => {
  const bytes = version0();
  const at = bytes.indexOf(0x80, 65);
  bytes[at] = 0x85;
  expect(() => readWire(bytes)).toThrow(expect.objectContaining({ code: 'TRANSACTION_VERSION_UNSUPPORTED' }));
});
