import { expect, test } from 'vitest';
import { createSolanaDecoder } from '../../../decoders/solana/registry.js';
import { normaliseTransaction, normaliseTransactionResult } from './transaction.js';

const WALLET = 'BbNM5cbxbfdHK1sSXjTLUeSyLgwReyZ4Ngb5AM1j7oRb';
const SOURCE = 'C2mYxohfoMDo7hnkbeFiEcyAFrKUcefKoos3bAN84mis';
const DESTINATION = 'BZjBYmMqJd5PWsgx23hLB8PjnmiivjdBvbzvv6swoFnK';
const MULTISIG = '7Px6RbD9YJvGFYNVJT1RDB2yCFEjzZxyES4Xq8e985sc';
const MINT = 'GrxR2qvkq8jaMtrJP1zbFnuQnewP28vYa2HWkVhWGtzB';
const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const AT = { slot: 5, blockTime: 1_700_000_000, transactionIndex: 3 };

function raw(change: { meta?: object | null; instructions?: unknown[]; accountKeys?: unknown[] } = {}) {
  const accountKeys = change.accountKeys ?? [WALLET, SOURCE, DESTINATION, TOKEN];
  return {
    transaction: {
      signatures: [
        '5DqZaNrvEKLLUupRTbt56eYG4f8U25uxYH4wCw5UevbEttkBLDJuF9927yacw7J74kTtWKC1xuyA1QBQRakh3cd1',
      ],
      message: { accountKeys, header: { numRequiredSignatures: 1 }, instructions: change.instructions ?? [] },
    },
    meta:
      change.meta === null
        ? null
        : { err: null, fee: 5000, preBalances: [], postBalances: [], logMessages: [], ...change.meta },
  };
}

test.each([
  [
    { ...raw(), transaction: { signatures: [], message: {} } },
    /transaction\.message\.accountKeys should be a list but is nothing/,
  ],
  [raw({ meta: { fee: 'much' } }), /transaction\.meta\.fee should be a whole number but is a string/],
  [raw({ meta: { logMessages: [1] } }), /transaction\.meta\.logMessages\[0\] should be a string/],
  [
    raw({ instructions: [{ programIdIndex: 9, accounts: [], data: '' }] }),
    /instructions\[0\]\.programIdIndex should be an index below 4/,
  ],
  [
    raw({ meta: { preTokenBalances: [{ accountIndex: 1, mint: MINT, uiTokenAmount: {} }] } }),
    /preTokenBalances\[0\]\.uiTokenAmount\.amount/,
  ],
  [{ ...raw(), version: 7 }, /transaction\.version should be legacy, 0 or 1/],
])('an ill-formed answer is refused by the path of what is wrong', (answer, message) => {
  expect(() => normaliseTransaction(answer, AT)).toThrow(message);
});

test('promise 8: a transaction without meta is no success and no event, but a problem', () => {
  const transaction = normaliseTransaction(raw({ meta: null, accountKeys: [WALLET, MINT] }), AT);
  expect(transaction.metaMissing).toBe(true);
  const nfts = { mints: [MINT], collections: [], creators: [], all: false };
  const decoded = createSolanaDecoder({ programs: [], tokens: [], nfts }).decode(transaction);
  expect(decoded).toMatchObject({ outcome: 'failed', events: [], problems: [{ code: 'undecodable' }] });
});

test('parsed token instructions become the bytes and accounts that the program got, with a multisig authority too', () => {
  const info = {
    source: SOURCE,
    destination: DESTINATION,
    amount: '258',
    multisigAuthority: MULTISIG,
    signers: [WALLET],
  };
  const instructions = [{ program: 'spl-token', programId: TOKEN, parsed: { type: 'transfer', info } }];
  const [instruction] = normaliseTransaction(raw({ instructions }), AT).instructions;
  expect(instruction?.accounts).toEqual([SOURCE, DESTINATION, MULTISIG, WALLET]);
  expect([...(instruction?.data ?? [])]).toEqual([3, 2, 1, 0, 0, 0, 0, 0, 0]);
});

test('token balances of old blocks have no owner', () => {
  const balance = { accountIndex: 1, mint: MINT, uiTokenAmount: { amount: '1', decimals: 0 } };
  const transaction = normaliseTransaction(
    raw({ meta: { preTokenBalances: [balance], postTokenBalances: null } }),
    AT,
  );
  expect(transaction.preTokenBalances).toEqual([
    { account: SOURCE, mint: MINT, owner: null, amount: 1n, decimals: 0 },
  ]);
  expect(transaction.postTokenBalances).toEqual([]);
});

test('the walk is outer, then its inner instructions, with loaded addresses behind the static keys', () => {
  const meta = {
    loadedAddresses: { writable: [MULTISIG], readonly: [MINT] },
    innerInstructions: [
      { index: 0, instructions: [{ programIdIndex: 5, accounts: [4], data: '', stackHeight: 2 }] },
    ],
  };
  const outer = { programIdIndex: 3, accounts: [0], data: '' };
  const transaction = normaliseTransaction(raw({ meta, instructions: [outer, outer] }), AT);
  expect(
    transaction.instructions.map(({ ordinal, outer: o, inner, stackHeight, programId }) => [
      ordinal,
      o,
      inner,
      stackHeight,
      programId,
    ]),
  ).toEqual([
    [0, 0, -1, 1, TOKEN],
    [1, 0, 0, 2, MINT],
    [2, 1, -1, 1, TOKEN],
  ]);
  expect(transaction.instructions[1]?.accounts).toEqual([MULTISIG]);
});

test('a getTransaction result says its own slot and time', () => {
  expect(normaliseTransactionResult({ ...raw(), slot: 9, blockTime: 10 })).toMatchObject({
    slot: 9,
    blockTime: 10,
  });
  expect(() => normaliseTransactionResult(raw())).toThrow(
    /result\.slot should be a whole number but is nothing/,
  );
});
