import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { askOracle } from './oracle.js';
import { belowFloors } from './oracle-print.js';

const MINT = 'DFzHqRFgTSCCeRsh25HNN8AEwvLuSnkmNyyFyuKb5nGq';
const TOKENS = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const ALICE = '6VrGJHzYnWwiMmkuqFejbA6A2evimde31AFRnATLMYQa';
const BOB = '7UeLNMaLmKNtNxUXAFCJPoaibXRV39qYHmmPDjrt8nt8';
const ACCOUNTS = [
  'CnUZbQe2p1r77bFVKWjnMh5YiwRn5rSkLUZKWXhJfQdh',
  'EL1B7g8tUb5cFtcaSwFaj1QURJ9J2XCTgK16nDvjmQWQ',
];

/** An NFT from Alice to Bob by its balances; `instructions`: what the transaction says of it. */
function capture(instructions: readonly object[]): string {
  const holding = (accountIndex: number, owner: string, amount: string) => ({
    ...{ accountIndex, mint: MINT, owner, programId: TOKENS },
    uiTokenAmount: { amount, decimals: 0, uiAmount: Number(amount), uiAmountString: amount },
  });
  const keys = [ALICE, ...ACCOUNTS, TOKENS];
  const folder = mkdtempSync(join(tmpdir(), 'ndx-oracle-'));
  mkdirSync(join(folder, 'solana/transactions'), { recursive: true });
  const meta = {
    ...{ err: null, fee: 5000, innerInstructions: [], logMessages: [], loadedAddresses: undefined },
    ...{ preBalances: keys.map(() => 1), postBalances: keys.map(() => 1) },
    preTokenBalances: [holding(1, ALICE, '1'), holding(2, BOB, '0')],
    postTokenBalances: [holding(1, ALICE, '0'), holding(2, BOB, '1')],
  };
  const header = { numRequiredSignatures: 1, numReadonlySignedAccounts: 0, numReadonlyUnsignedAccounts: 1 };
  const message = { header, accountKeys: keys, recentBlockhash: MINT, instructions };
  const transaction = { signatures: [`${'1'.repeat(64)}`], message };
  writeFileSync(
    join(folder, 'solana/transactions/one.json'),
    JSON.stringify({ slot: 1, blockTime: 1, meta, transaction, version: 'legacy' }),
  );
  return folder;
}

test('a change of owner that an instruction says is explained, another is named and fails the floor', () => {
  // Transfer of 1: tag 3, amount as u64.
  const told = askOracle(capture([{ programIdIndex: 3, accounts: [1, 2, 0], data: '3DdGGhkhJbjm' }]));
  expect(told.owners).toEqual({ changes: 1, explained: 1, named: [] });
  const untold = askOracle(capture([]));
  expect(untold.owners).toEqual({
    changes: 1,
    explained: 0,
    named: [`solana/transactions/one.json 0.0: ${MINT}`],
  });
  expect(belowFloors(told, { owners: 1, balances: 1 })).toEqual([]);
  expect(belowFloors(untold, { owners: 0.9, balances: 1 })).toHaveLength(1);
});
