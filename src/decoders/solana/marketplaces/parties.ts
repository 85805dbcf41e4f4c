/** Wallets behind the accounts of a flow. */
import { isAssociatedAccount } from '../address/derive.js';
import type { DecodeContext } from '../decoder.js';
import type { EffectParty } from '../effect.js';
import { isTokenProgram } from '../programs.js';
import type { Flow } from './flows.js';
import type { Span } from './spans.js';

const CLOSE_ACCOUNT = 9;

/**
 * The wallet of a token account. Old blocks do not say who owns an account that is neither opened nor signed for in the transaction: then it
 * is the wallet, among those of the transaction, whose associated account it is.
 */
export function walletOf(party: EffectParty, asset: string, { transaction }: DecodeContext): string {
  if (party.owner !== party.account) return party.owner;
  const { accountKeys, preTokenBalances, postTokenBalances } = transaction;
  const isToken = [...preTokenBalances, ...postTokenBalances].some(({ account }) => account === party.account);
  if (!isToken) return party.owner;
  return accountKeys.find((key) => isAssociatedAccount(party.account, key, asset)) ?? party.owner;
}

/** Who got the rent of the account that the NFT left: an escrow's rent goes back to who opened it by listing. */
export function rentReceiver({ effects }: Flow, { first, last }: Span, { transaction }: DecodeContext): string | undefined {
  const left = new Set(effects.map(({ source }) => source?.account));
  for (let i = first; i <= last; i++) {
    const instruction = transaction.instructions[i];
    if (instruction === undefined || !isTokenProgram(instruction.programId) || instruction.data[0] !== CLOSE_ACCOUNT) continue;
    if (left.has(instruction.accounts[0])) return instruction.accounts[1];
  }
  return undefined;
}

export function isSigner(address: string, { transaction }: DecodeContext): boolean {
  const place = transaction.accountKeys.indexOf(address);
  return place >= 0 && place < transaction.signerCount;
}
