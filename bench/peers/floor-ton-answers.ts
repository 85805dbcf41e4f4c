/**
 * What the floor on TON is told, in a file beside its rows: which answers are needed, and of which accounts
 * the transactions are ours.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Answers that hold whole transactions of a masterchain block. */
export const TRANSACTIONS_PATH = /\/transactionsByMasterchainBlock\?/;

export interface FloorAnswers {
  readonly paths: readonly string[];
  /** As the answers name them. */
  readonly accounts: readonly string[];
}

const FILE = 'answers.json';

export function writeFloorAnswers(folder: string, answers: FloorAnswers): void {
  writeFileSync(join(folder, FILE), JSON.stringify(answers));
}

export function readFloorAnswers(folder: string): FloorAnswers {
  return JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as FloorAnswers;
}

/** Accounts of the transactions with these hashes (hex), looked for in the answers themselves. */
export async function accountsOf(
  url: string,
  paths: readonly string[],
  hashes: ReadonlySet<string>,
): Promise<string[]> {
  const accounts = new Set<string>();
  for (const path of paths.filter((one) => TRANSACTIONS_PATH.test(one))) {
    const { transactions } = (await (await fetch(`${url}${path}`)).json()) as {
      transactions: { account: string; hash: string }[];
    };
    for (const { account, hash } of transactions)
      if (hashes.has(Buffer.from(hash, 'base64').toString('hex'))) accounts.add(account);
  }
  return [...accounts];
}
