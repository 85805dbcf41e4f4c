/**
 * Calls of followed programs in failed transactions that never emitted their event. They are recorded as
 * failed events of the instruction's kind. The asset is the one that the program's mapping of that kind
 * names: the token, or the NFT where it is an account of the instruction. Where only the event would have
 * named the NFT, the program's address stands for it.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import type { ChainEvent, Kind } from '../../../events/event.js';
import { eventIndex } from '../../../events/position.js';
import type { DecodeContext, Draft } from '../decoder.js';
import { discriminatorOf } from '../discriminator.js';
import type { EventMapping, FollowedProgram, SolanaFollow } from '../follow.js';
import { claimsOf, tokenBySymbol } from './draft.js';
import type { InstructionLayout, ProgramLayout } from './layouts.js';

/** The failed event of a call; null when the network file gives its instruction no kind. */
export function draftFailedCall(
  instruction: SolanaInstruction,
  program: ProgramLayout,
  followed: FollowedProgram,
  context: DecodeContext,
  base: Pick<ChainEvent, 'decoder' | 'decoderVersion'>,
): Draft | null {
  const layout = program.instructions.get(discriminatorOf(instruction.data) ?? '');
  if (layout?.kind === undefined) return null;
  const mapping = mappingOf(followed, layout.kind);
  const signer = signerOf(layout, instruction) ?? context.transaction.accountKeys[0];
  const receives = layout.kind === 'sale' || layout.kind === 'mint';
  const { asset, decimals } = assetOf(mapping, layout, instruction, program, context.follow);
  const event: ChainEvent = {
    eventIndex: eventIndex(instruction.ordinal),
    kind: layout.kind,
    outcome: 'failed',
    ...base,
    asset,
    decimals,
    ...(asset.kind === 'nft' && { amount: 1n }),
    ...(signer !== undefined && (receives ? { to: signer } : { from: signer })),
    ...(isStakeKind(layout.kind) && { stake: { pool: program.address } }),
    ...(mapping?.marketplace !== undefined && { marketplace: mapping.marketplace }),
    details: { program: program.name, instruction: layout.name },
  };
  const claims =
    asset.kind === 'token'
      ? claimsOf(event, { from: event.from, to: event.to }).map((claim) => ({
          ...claim,
          fills: true as const,
        }))
      : [];
  return { event, ordinal: instruction.ordinal, claims };
}

function isStakeKind(kind: Kind): boolean {
  return kind === 'stake' || kind === 'unstake' || kind === 'claim';
}

function mappingOf(followed: FollowedProgram, kind: Kind): EventMapping | undefined {
  for (const mappings of Object.values(followed.events)) {
    const found = mappings === 'ignore' ? undefined : mappings.find((mapping) => mapping.kind === kind);
    if (found !== undefined) return found;
  }
  return undefined;
}

function assetOf(
  mapping: EventMapping | undefined,
  layout: InstructionLayout,
  instruction: SolanaInstruction,
  program: ProgramLayout,
  follow: SolanaFollow,
): { asset: ChainEvent['asset']; decimals: number } {
  if (mapping !== undefined && 'token' in mapping.asset) {
    const token = tokenBySymbol(follow, mapping.asset.token);
    if (token !== undefined)
      return { asset: { kind: 'token', address: token.mint }, decimals: token.decimals };
  }
  const source = mapping !== undefined && 'nft' in mapping.asset ? mapping.asset.nft : undefined;
  // Instructions commonly name the account as the event names its field.
  const name =
    source === undefined
      ? undefined
      : 'account' in source
        ? source.account
        : 'field' in source
          ? source.field
          : undefined;
  const index = layout.accounts.findIndex((account) => account.name === name);
  return { asset: { kind: 'nft', address: instruction.accounts[index] ?? program.address }, decimals: 0 };
}

function signerOf(layout: InstructionLayout, instruction: SolanaInstruction): string | undefined {
  const index = layout.accounts.findIndex((account) => account.signer);
  return index < 0 ? undefined : instruction.accounts[index];
}
