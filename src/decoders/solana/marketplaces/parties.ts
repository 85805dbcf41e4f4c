/** Wallets behind the accounts of a flow. */
import { ownerOfAssociated } from '../address/derive.js';
import type { DecodeContext } from '../decoder.js';
import type { EffectParty } from '../effect.js';

/**
 * The wallet of a token account. Old blocks do not say who owns an account that is neither opened nor signed
 * for in the transaction; then it is the wallet, among the transaction's accounts, whose associated token
 * account it is.
 */
export function walletOf(party: EffectParty, asset: string, { transaction }: DecodeContext): string {
  if (party.owner !== party.account) return party.owner;
  const { accountKeys, preTokenBalances, postTokenBalances } = transaction;
  const isToken = [...preTokenBalances, ...postTokenBalances].some(
    ({ account }) => account === party.account,
  );
  if (!isToken) return party.owner;
  return ownerOfAssociated(party.account, accountKeys, asset) ?? party.owner;
}

/** Whether the address signed the transaction itself; what a program signs for in a call does not count. */
export function isSigner(address: string, { transaction }: DecodeContext): boolean {
  const place = transaction.accountKeys.indexOf(address);
  return place >= 0 && place < transaction.signerCount;
}
