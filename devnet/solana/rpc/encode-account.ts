/** An account in the encodings that a node offers. */

import { z } from 'zod';
import { encodeBase58 } from '../../../src/events/base58.js';
import {
  type MintData,
  readMint,
  readTokenAccount,
  TOKEN_PROGRAM,
  type TokenAccountData,
  tokenAmountJson,
} from '../chain/token-balances.js';
import type { ChainAccount } from '../chain/types.js';
import { contextSchema } from './params.js';

export const accountConfigSchema = contextSchema.extend({
  encoding: z.enum(['base58', 'base64', 'jsonParsed']).optional(),
  dataSlice: z
    .object({ offset: z.number().int().nonnegative(), length: z.number().int().nonnegative() })
    .nullish(),
});

export type AccountConfig = z.infer<typeof accountConfigSchema>;

/** Accounts that pay no rent say so with the highest epoch there is. */
const RENT_EXEMPT_EPOCH = 2 ** 64;

function tokenAccountInfo(token: TokenAccountData, decimals: number) {
  const { delegate, delegatedAmount, nativeReserve, closeAuthority } = token;
  return {
    isNative: nativeReserve !== null,
    mint: token.mint,
    owner: token.owner,
    state: token.state,
    tokenAmount: tokenAmountJson(token.amount, decimals),
    ...(delegate === null ? {} : { delegate, delegatedAmount: tokenAmountJson(delegatedAmount, decimals) }),
    ...(nativeReserve === null ? {} : { rentExemptReserve: tokenAmountJson(nativeReserve, decimals) }),
    ...(closeAuthority === null ? {} : { closeAuthority }),
  };
}

function mintInfo(mint: MintData) {
  const { decimals, freezeAuthority, mintAuthority, supply } = mint;
  return { decimals, freezeAuthority, isInitialized: true, mintAuthority, supply: supply.toString() };
}

/** `data` in jsonParsed; null when the node would not parse it either. */
function parsedData(account: ChainAccount, mintOf: (mint: string) => ChainAccount | null) {
  const program = account.owner === TOKEN_PROGRAM ? 'spl-token' : 'spl-token-2022';
  const space = account.data.length;
  const mint = readMint(account);
  if (mint !== null) return { parsed: { info: mintInfo(mint), type: 'mint' }, program, space };
  const token = readTokenAccount(account);
  const mintAccount = token === null ? null : mintOf(token.mint);
  const tokenMint = mintAccount === null ? null : readMint(mintAccount);
  if (token === null || tokenMint === null) return null;
  return { parsed: { info: tokenAccountInfo(token, tokenMint.decimals), type: 'account' }, program, space };
}

/** The node's JSON for an account. */
export function encodeAccount(
  account: ChainAccount,
  options: AccountConfig,
  mintOf: (mint: string) => ChainAccount | null,
) {
  const { encoding = 'base58', dataSlice } = options;
  const parsed = encoding === 'jsonParsed' ? parsedData(account, mintOf) : null;
  const bytes = dataSlice
    ? account.data.subarray(dataSlice.offset, dataSlice.offset + dataSlice.length)
    : account.data;
  const raw =
    encoding === 'base58'
      ? [encodeBase58(bytes), 'base58']
      : [Buffer.from(bytes).toString('base64'), 'base64'];
  return {
    data: parsed ?? raw,
    executable: account.executable,
    lamports: Number(account.lamports),
    owner: account.owner,
    rentEpoch: RENT_EXEMPT_EPOCH,
    space: account.data.length,
  };
}
