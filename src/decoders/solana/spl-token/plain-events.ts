/**
 * Effects that no program's event explains, as plain transfers, mints and burns of followed tokens and NFTs.
 * A move between two accounts of one wallet is a transfer from the wallet to itself: its movements keep each
 * account's books.
 */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { Building } from '../../../events/building.js';
import type { ChainEvent, JsonObject, NftDescription } from '../../../events/event.js';
import { eventIndex } from '../../../events/position.js';
import { BUBBLEGUM } from '../bubblegum/effects.js';
import { CORE } from '../core/effects.js';
import { type Effect, movementsOf } from '../effect.js';
import type { SolanaFollow } from '../follow.js';
import type { NftFacts } from '../metadata/facts.js';
import {
  BUBBLEGUM_PROGRAM,
  CORE_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_METADATA_PROGRAM,
  TOKEN_PROGRAM,
} from '../programs.js';
import type { MintFacts } from './effects.js';
import type { NftScope } from './nft-scope.js';

export const SPL_TOKEN = { name: 'spl-token', version: 5 } as const;
/** Programs that vouch for an NFT, the most specific first. */
const VOUCHING = [TOKEN_METADATA_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM] as const;
const PROGRAMS = { core: CORE_PROGRAM, bubblegum: BUBBLEGUM_PROGRAM } as const;
const DECODERS = { core: CORE, bubblegum: BUBBLEGUM } as const;

/** The effect as an event of its own; null when its asset is not followed or the amount is 0. */
export function plainEvent(
  effect: Effect,
  facts: MintFacts | undefined,
  nft: NftFacts | undefined,
  transaction: SolanaTransaction,
  follow: SolanaFollow,
  scope: NftScope,
): ChainEvent | null {
  if (effect.amount === 0n) return null;
  const failed = transaction.error !== null;
  const token = follow.tokens.find(({ mint }) => mint === effect.asset);
  if (token === undefined && !scope.isOurs(effect, facts, nft, transaction)) return null;
  const decoder = effect.standard === undefined ? SPL_TOKEN : DECODERS[effect.standard];
  const event: Building<ChainEvent> = {
    eventIndex: eventIndex(effect.ordinal, effect.slot),
    kind: effect.kind,
    outcome: failed ? 'failed' : 'ok',
    decoder: decoder.name,
    decoderVersion: decoder.version,
    asset: { kind: token === undefined ? 'nft' : 'token', address: effect.asset },
  };
  if (effect.source) event.from = effect.source.owner;
  if (effect.destination) event.to = effect.destination.owner;
  event.amount = effect.amount;
  event.decimals = token?.decimals ?? 0;
  if (token !== undefined && !failed) event.movements = movementsOf(effect);
  if (token === undefined && effect.kind === 'mint') event.nft = describe(effect, facts, nft, transaction);
  if (effect.kind === 'update') event.nft = updateOf(effect);
  const details = detailsOf(effect);
  if (details !== null) event.details = details;
  return event;
}

function describe(
  effect: Effect,
  facts: MintFacts | undefined,
  nft: NftFacts | undefined,
  transaction: SolanaTransaction,
): NonNullable<ChainEvent['nft']> {
  if (effect.standard !== undefined) return nft?.description ?? {};
  const description: Building<NftDescription> = { ...nft?.description };
  // The mint authority of a print is its buyer, not the artist.
  if (facts?.authority !== undefined && nft?.printedFor === undefined)
    description.creator ??= facts.authority;
  if (description.contract !== undefined) return description;
  const contract = VOUCHING.find((program) =>
    transaction.instructions.some(
      ({ programId, accounts }) => programId === program && accounts.includes(effect.asset),
    ),
  );
  if (contract !== undefined) description.contract = contract;
  return description;
}

/**
 * What an update says about the NFT. One that changes the membership names the collection to which it belongs
 * from now on; without one, only its program vouches for it.
 */
function updateOf({ change, says, standard }: Effect): NftDescription {
  if (change?.joins === undefined && change?.leaves === undefined) return { ...says };
  const contract = standard === undefined ? TOKEN_METADATA_PROGRAM : PROGRAMS[standard];
  return { ...says, contract, ...(change.joins !== undefined && { collection: change.joins }) };
}

function detailsOf(effect: Effect): JsonObject | null {
  if (effect.change !== undefined && Object.keys(effect.change).length > 0) return { ...effect.change };
  if (effect.withheld === 0n && effect.cause === 'instruction') return null;
  const details: Record<string, string> = {};
  if (effect.withheld > 0n) details.withheldFee = effect.withheld.toString();
  if (effect.cause !== 'instruction')
    details.cause = effect.cause === 'owner' ? 'account changed its owner' : 'withheld fees paid out';
  return details;
}
