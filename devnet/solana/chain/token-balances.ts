/** Token balances of a transaction's accounts, in the shape of `meta.preTokenBalances`. */
import { encodeBase58 } from '../../../src/events/base58.js';
import type { ChainAccount } from './types.js';

export const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
export const TOKEN_2022_PROGRAM = 'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb';
const ACCOUNT_LENGTH = 165;
const MINT_LENGTH = 82;
const MULTISIG_LENGTH = 355;
/** Token-2022 writes at byte 165 what an extended account is. */
const KIND_MINT = 1;
const KIND_ACCOUNT = 2;

export interface TokenAmountJson {
  readonly amount: string;
  readonly decimals: number;
  readonly uiAmount: number | null;
  readonly uiAmountString: string;
}

export interface TokenBalanceJson {
  readonly accountIndex: number;
  readonly mint: string;
  readonly owner: string;
  readonly programId: string;
  readonly uiTokenAmount: TokenAmountJson;
}

export interface TokenAccountData {
  readonly mint: string;
  readonly owner: string;
  readonly amount: bigint;
  readonly delegate: string | null;
  readonly delegatedAmount: bigint;
  readonly state: 'initialized' | 'frozen';
  /** Lamports kept for rent when the account wraps SOL; null otherwise. */
  readonly nativeReserve: bigint | null;
  readonly closeAuthority: string | null;
}

export interface MintData {
  readonly mintAuthority: string | null;
  readonly supply: bigint;
  readonly decimals: number;
  readonly freezeAuthority: string | null;
}

export function isTokenProgram(owner: string): boolean {
  return owner === TOKEN_PROGRAM || owner === TOKEN_2022_PROGRAM;
}

function isKind(account: ChainAccount, length: number, kind: number): boolean {
  if (!isTokenProgram(account.owner)) return false;
  const { data } = account;
  return (
    data.length === length ||
    (data.length > ACCOUNT_LENGTH && data.length !== MULTISIG_LENGTH && data[ACCOUNT_LENGTH] === kind)
  );
}

function option<T>(view: DataView, at: number, read: () => T): T | null {
  return view.getUint32(at, true) === 1 ? read() : null;
}

/** An initialized token account's fields (SPL Token's `Account` layout); null when the account is none. */
export function readTokenAccount(account: ChainAccount): TokenAccountData | null {
  if (!isKind(account, ACCOUNT_LENGTH, KIND_ACCOUNT)) return null;
  const { data } = account;
  const state = data[108];
  if (state !== 1 && state !== 2) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const key = (at: number) => encodeBase58(data.subarray(at, at + 32));
  return {
    mint: key(0),
    owner: key(32),
    amount: view.getBigUint64(64, true),
    delegate: option(view, 72, () => key(76)),
    state: state === 2 ? 'frozen' : 'initialized',
    nativeReserve: option(view, 109, () => view.getBigUint64(113, true)),
    delegatedAmount: view.getBigUint64(121, true),
    closeAuthority: option(view, 129, () => key(133)),
  };
}

/** An initialized mint's fields (SPL Token's `Mint` layout); null when the account is none. */
export function readMint(account: ChainAccount): MintData | null {
  if (!isKind(account, MINT_LENGTH, KIND_MINT) || account.data[45] !== 1) return null;
  const { data } = account;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const key = (at: number) => encodeBase58(data.subarray(at, at + 32));
  return {
    mintAuthority: option(view, 0, () => key(4)),
    supply: view.getBigUint64(36, true),
    decimals: data[44] ?? 0,
    freezeAuthority: option(view, 46, () => key(50)),
  };
}

/** `1234500` with 6 decimals → `1.2345`, as the node writes it. */
function uiAmountString(amount: bigint, decimals: number): string {
  if (decimals === 0) return amount.toString();
  const digits = amount.toString().padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, '');
}

export function tokenAmountJson(amount: bigint, decimals: number): TokenAmountJson {
  const text = uiAmountString(amount, decimals);
  return { amount: amount.toString(), decimals, uiAmount: Number(text), uiAmountString: text };
}

/**
 * The token accounts among a transaction's accounts, by index. `mintOf` answers a mint's account as it stood
 * at the same moment; an account whose mint is not there (closed with it) is left out, as the node does.
 */
export function tokenBalances(
  accounts: readonly (ChainAccount | null)[],
  mintOf: (mint: string) => ChainAccount | null,
): TokenBalanceJson[] {
  return accounts.flatMap((account, accountIndex) => {
    const token = account === null ? null : readTokenAccount(account);
    if (account === null || token === null) return [];
    const mintAccount = mintOf(token.mint);
    const mint = mintAccount === null ? null : readMint(mintAccount);
    if (mint === null) return [];
    const amount = tokenAmountJson(token.amount, mint.decimals);
    // In a transaction's meta (and only there) the node writes an empty balance's uiAmount as null.
    const uiTokenAmount = token.amount === 0n ? { ...amount, uiAmount: null } : amount;
    return [{ accountIndex, mint: token.mint, owner: token.owner, programId: account.owner, uiTokenAmount }];
  });
}
