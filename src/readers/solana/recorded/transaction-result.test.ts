import { expect, test } from 'vitest';
import { readTransactionResult } from './transaction-result.js';

const WALLET = 'BbNM5cbxbfdHK1sSXjTLUeSyLgwReyZ4Ngb5AM1j7oRb';
const SOURCE = 'C2mYxohfoMDo7hnkbeFiEcyAFrKUcefKoos3bAN84mis';
const DESTINATION = 'BZjBYmMqJd5PWsgx23hLB8PjnmiivjdBvbzvv6swoFnK';
const MULTISIG = '7Px6RbD9YJvGFYNVJT1RDB2yCFEjzZxyES4Xq8e985sc';
const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';

const INFO = {
  source: SOURCE,
  destination: DESTINATION,
  amount: '258',
  multisigAuthority: MULTISIG,
  signers: [WALLET],
};

/** A transfer of tokens in `jsonParsed`. */
function parsed(info: object) {
  const keys = [WALLET, SOURCE, DESTINATION, MULTISIG, TOKEN];
  return {
    transaction: {
      signatures: [
        '5DqZaNrvEKLLUupRTbt56eYG4f8U25uxYH4wCw5UevbEttkBLDJuF9927yacw7J74kTtWKC1xuyA1QBQRakh3cd1',
      ],
      message: {
        accountKeys: keys.map((pubkey, at) => ({ pubkey, signer: at === 0 })),
        instructions: [{ program: 'spl-token', programId: TOKEN, parsed: { type: 'transfer', info } }],
      },
    },
    meta: { err: null, fee: 5000, preBalances: [], postBalances: [], logMessages: [] },
  };
}

test('parsed token instructions become the bytes and accounts that the program got, with a multisig authority too', () => {
  const transaction = readTransactionResult({ ...parsed(INFO), slot: 9 });
  const [instruction] = transaction.instructions;
  expect(transaction.signerCount).toBe(1);
  expect(instruction?.accounts).toEqual([SOURCE, DESTINATION, MULTISIG, WALLET]);
  expect([...(instruction?.data ?? [])]).toEqual([3, 2, 1, 0, 0, 0, 0, 0, 0]);
});

test('a recorded transaction that is wrong is refused by the path of what is wrong', () => {
  expect(() => readTransactionResult({ ...parsed({ ...INFO, amount: true }), slot: 9 })).toThrow(
    /result\.transaction\.message\.instructions\[0\]\.parsed\.info\.amount must be text of an amount in base units but is true/,
  );
  expect(() => readTransactionResult({ ...parsed(INFO), transaction: ['AA==', 'base32'], slot: 9 })).toThrow(
    /result\.transaction\[1\] must be "base64" or "base58" but is "base32"/,
  );
});

test('a getTransaction result says its own slot and time', () => {
  expect(readTransactionResult({ ...parsed(INFO), slot: 9, blockTime: 10 })).toMatchObject({
    slot: 9,
    blockTime: 10,
  });
  expect(() => readTransactionResult(parsed(INFO))).toThrow(
    /result\.slot must be a whole number from 0 on but is nothing/,
  );
});
