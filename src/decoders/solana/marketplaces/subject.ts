/**
 * Which NFT an instruction is about when none moved, as in a listing that leaves the NFT in its owner's
 * wallet.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { assetIdOf } from '../bubblegum/leaf.js';
import { coreAssetOf } from '../core/effects.js';
import type { DecodeContext } from '../decoder.js';
import type { Span } from './spans.js';
import type { MarketInstruction } from './spec.js';

export interface Subject {
  readonly asset: string;
  readonly owner?: string;
}

/**
 * null: nothing names the NFT.
 * @param stated the asset that the program's own event names
 */
export function subjectOf(
  instruction: SolanaInstruction,
  known: MarketInstruction | undefined,
  span: Span,
  stated: string | undefined,
  context: DecodeContext,
): Subject | null {
  const held = heldNft(instruction, context);
  const named = known?.mint === undefined ? undefined : instruction.accounts[known.mint];
  if (held !== null && (named === undefined || held.asset === named)) return held;
  const asset = named ?? compressedAsset(instruction, known) ?? coreAsset(span, context) ?? stated;
  return asset === undefined ? null : { asset };
}

/** A token account of the instruction that holds exactly one unit without decimals. */
function heldNft(
  { accounts }: SolanaInstruction,
  { transaction, mints }: DecodeContext,
): (Subject & { owner?: string }) | null {
  for (const { account, mint, amount, decimals, owner } of transaction.postTokenBalances) {
    if (
      decimals !== 0 ||
      amount !== 1n ||
      !accounts.includes(account) ||
      (mints.get(mint)?.largest ?? 1n) > 1n
    )
      continue;
    return { asset: mint, ...(owner !== null && { owner }) };
  }
  return null;
}

function compressedAsset(
  { accounts, data }: SolanaInstruction,
  known: MarketInstruction | undefined,
): string | undefined {
  if (known?.leaf === undefined) return undefined;
  const tree = accounts[known.leaf.tree];
  const nonce = data.subarray(known.leaf.nonce, known.leaf.nonce + 8);
  return tree === undefined || nonce.length < 8 ? undefined : assetIdOf(tree, nonce);
}

function coreAsset({ first, last }: Span, { transaction }: DecodeContext): string | undefined {
  for (let i = first + 1; i <= last; i++) {
    const call = transaction.instructions[i];
    const asset = call && coreAssetOf(call);
    if (asset !== undefined) return asset;
  }
  return undefined;
}
