/**
 * Mint, owner and running balance of every token account of a transaction, while its instructions are walked.
 *
 * Where the owner comes from, best first: the balances before; InitializeAccount in the transaction itself;
 * the balances after; who created the account as an associated token account; and on blocks so old that
 * balances have no owner, whoever signed for the account (its owner, or its delegate) and last the account's
 * own address, so that the movement is not lost.
 */
import type { SolanaTransaction, TokenBalance } from '../../../chains/solana/transaction.js';
import { ASSOCIATED_TOKEN_PROGRAM } from '../programs.js';

export interface TokenAccount {
  readonly account: string;
  mint: string | undefined;
  owner: string | undefined;
  amount: bigint;
}

export interface TokenAccounts {
  /** The account's state at this point of the walk, made on first use. */
  get(account: string): TokenAccount;
  /** The owner; the account's own address when nothing tells its owner. */
  ownerOf(account: string): string;
  /**
   * The wallet that owns a token account that a program's event names; undefined where the transaction does
   * not tell.
   */
  walletOf(account: string): string | undefined;
  decimalsOf(mint: string): number | undefined;
  learnDecimals(mint: string, decimals: number): void;
}

/**
 * The accounts as they are before the first instruction; whoever walks the instructions moves their amounts.
 */
export function createTokenAccounts(transaction: SolanaTransaction): TokenAccounts {
  const known = new Map<string, TokenAccount>();
  const decimals = new Map<string, number>();
  const byAccount = (balances: readonly TokenBalance[]): ReadonlyMap<string, TokenBalance> => {
    const found = new Map<string, TokenBalance>();
    for (const balance of balances) {
      found.set(balance.account, balance);
      decimals.set(balance.mint, balance.decimals);
    }
    return found;
  };
  const before = byAccount(transaction.preTokenBalances);
  const after = byAccount(transaction.postTokenBalances);
  const associated = new Map<string, { owner: string; mint: string }>();
  for (const { programId, accounts } of transaction.instructions) {
    if (programId !== ASSOCIATED_TOKEN_PROGRAM) continue;
    const [, account, owner, mint] = accounts;
    if (account !== undefined && owner !== undefined && mint !== undefined)
      associated.set(account, { owner, mint });
  }

  function get(account: string): TokenAccount {
    const found = known.get(account);
    if (found !== undefined) return found;
    const first = before.get(account);
    const last = after.get(account);
    const created = associated.get(account);
    const state: TokenAccount = {
      account,
      mint: first?.mint ?? last?.mint ?? created?.mint,
      owner:
        first?.owner ?? (first === undefined ? (last?.owner ?? created?.owner) : created?.owner) ?? undefined,
      amount: first?.amount ?? 0n,
    };
    known.set(account, state);
    return state;
  }

  return {
    get,
    ownerOf: (account) => get(account).owner ?? account,
    walletOf: (account) =>
      before.get(account)?.owner ??
      after.get(account)?.owner ??
      known.get(account)?.owner ??
      associated.get(account)?.owner,
    decimalsOf: (mint) => decimals.get(mint),
    learnDecimals: (mint, value) => void decimals.set(mint, value),
  };
}
