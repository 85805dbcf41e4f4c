import { expect, test } from 'vitest';
import { createSolanaDecoder } from '../../../decoders/solana/registry.js';
import { normaliseTransaction } from './transaction.js';

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
    /transaction\.message\.accountKeys must be a list but is nothing/,
  ],
  [raw({ meta: { fee: 'much' } }), /transaction\.meta\.fee must be a whole number from 0 on but is "much"/],
  [raw({ meta: { logMessages: [1] } }), /transaction\.meta\.logMessages\[0\] must be text but is 1/],
  [
    raw({ instructions: [{ programIdIndex: 9, accounts: [], data: '' }] }),
    /instructions\[0\]\.programIdIndex must be an index below 4 but is 9/,
  ],
  [
    raw({ meta: { preTokenBalances: [{ accountIndex: 1, mint: MINT, uiTokenAmount: {} }] } }),
    /preTokenBalances\[0\]\.uiTokenAmount\.amount/,
  ],
  [{ ...raw(), version: 7 }, /transaction\.version must be legacy, 0 or 1/],
])('an ill-formed answer is refused by the path of what is wrong', (answer, message) => {
  expect(() => normaliseTransaction(answer, AT)).toThrow(message);
});

test('an answer in another encoding than the one that was asked for is refused', () => {
  expect(() => normaliseTransaction({ ...raw(), transaction: ['AA==', 'base64'] }, AT)).toThrow(
    /transaction\.transaction must be an object but is a list/,
  );
});

test('lamports beyond 2^53 are read as the double that JSON holds', () => {
  const most = '18446744073709551615';
  const answer = JSON.parse(JSON.stringify(raw({ meta: { preBalances: ['big'] } })).replace('"big"', most));
  expect(normaliseTransaction(answer, AT).preBalances).toEqual([18446744073709551616n]);
});

test('promise 8: a transaction without meta is no success and no event, but a problem', () => {
  const transaction = normaliseTransaction(raw({ meta: null, accountKeys: [WALLET, MINT] }), AT);
  expect(transaction.metaMissing).toBe(true);
  const nfts = { mints: [MINT], collections: [], creators: [], all: false };
  const decoded = createSolanaDecoder({ programs: [], tokens: [], nfts }).decode(transaction);
  expect(decoded).toMatchObject({ outcome: 'failed', events: [], problems: [{ code: 'undecodable' }] });
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
