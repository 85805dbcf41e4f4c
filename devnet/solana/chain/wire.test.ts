/**
 * Whatever bytes a client sends: the parser refuses them or litesvm can take them. litesvm aborts the whole
 * process on bytes that it cannot read.
 */
import {
  ComputeBudgetProgram,
  Keypair,
  PublicKey,
  SystemProgram,
  Transaction,
  TransactionMessage,
  VersionedTransaction,
} from '@solana/web3.js';
import bs58 from 'bs58';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { executeTransaction } from './execute.js';
import { createSigner } from './sign.js';
import { createVm } from './vm.js';
import { parseTransaction, signaturesAreValid, WireError } from './wire.js';

const payer = Keypair.fromSeed(new Uint8Array(32).fill(9));
const blockhash = PublicKey.default.toBase58();
const instructions = [
  ComputeBudgetProgram.setComputeUnitLimit({ units: 10_000 }),
  SystemProgram.transfer({
    fromPubkey: payer.publicKey,
    toPubkey: new PublicKey(new Uint8Array(32).fill(3)),
    lamports: 1_000_000,
  }),
];
const compiled = new TransactionMessage({
  payerKey: payer.publicKey,
  recentBlockhash: blockhash,
  instructions,
}).compileToV0Message();

function legacy(): Buffer {
  const transaction = new Transaction({ feePayer: payer.publicKey, recentBlockhash: blockhash }).add(
    ...instructions,
  );
  transaction.sign(payer);
  return transaction.serialize();
}

function version0(): Buffer {
  const transaction = new VersionedTransaction(compiled);
  transaction.sign([payer]);
  return Buffer.from(transaction.serialize());
}

function version1(): Buffer {
  const { header, staticAccountKeys, compiledInstructions } = compiled;
  const message = Buffer.concat([
    Uint8Array.of(
      0x81,
      header.numRequiredSignatures,
      header.numReadonlySignedAccounts,
      header.numReadonlyUnsignedAccounts,
      12,
      0,
      0,
      0,
    ),
    bs58.decode(blockhash),
    Uint8Array.of(compiledInstructions.length, staticAccountKeys.length),
    ...staticAccountKeys.map((key) => key.toBytes()),
    new Uint8Array(Uint32Array.of(200_000, 1_000_000).buffer),
    ...compiledInstructions.map((i) =>
      Uint8Array.of(i.programIdIndex, i.accountKeyIndexes.length, i.data.length, 0),
    ),
    ...compiledInstructions.flatMap((i) => [Uint8Array.from(i.accountKeyIndexes), i.data]),
  ]);
  return Buffer.concat([message, createSigner(payer)(message)]);
}

const samples = [legacy(), version0(), version1()];

test('every version is read as web3.js reads it, and its signatures are checked', () => {
  for (const bytes of samples) {
    const ours = parseTransaction(bytes);
    const theirs = VersionedTransaction.deserialize(bytes);
    expect(ours.version).toBe(theirs.version);
    expect(ours.staticKeys).toEqual(theirs.message.staticAccountKeys.map(String));
    expect(ours.instructions.map(({ data }) => [...data])).toEqual(
      theirs.message.compiledInstructions.map(({ data }) => [...data]),
    );
    expect(ours.signature).toBe(bs58.encode(theirs.signatures[0] ?? new Uint8Array(0)));
    expect(signaturesAreValid(ours)).toBe(true);
    const tampered = Buffer.from(bytes);
    tampered[tampered.length - 70] = (tampered[tampered.length - 70] ?? 0) ^ 1;
    expect(signaturesAreValid(parseTransaction(tampered))).toBe(false);
  }
});

test('mutated bytes are refused by the parser or taken by litesvm, never more', () => {
  const vm = createVm({
    programs: [],
    accounts: [],
    accountsFunded: [{ address: payer.publicKey.toBase58(), lamports: 10n ** 14n }],
  });
  const outcomes = { refused: 0, executed: 0 };
  const mutation = fc.record({
    at: fc.integer({ min: 0, max: 9_999 }),
    value: fc.nat(255),
    how: fc.constantFrom('set', 'set', 'set', 'insert', 'remove'),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      (sample, mutations) => {
        let bytes = [...sample];
        for (const { at, value, how } of mutations) {
          const index = Math.floor((at / 10_000) * bytes.length);
          bytes = [
            ...bytes.slice(0, index),
            ...(how === 'remove' ? [] : [value]),
            ...bytes.slice(how === 'insert' ? index : index + 1),
          ];
        }
        try {
          executeTransaction(vm, parseTransaction(Uint8Array.from(bytes)));
          outcomes.executed += 1;
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
          outcomes.refused += 1;
        }
      },
    ),
    { numRuns: 4_000, seed: 1 },
  );
  expect(outcomes.executed).toBeGreaterThan(500);
  expect(outcomes.refused).toBeGreaterThan(500);
});
