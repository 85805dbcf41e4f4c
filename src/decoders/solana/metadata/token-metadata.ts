/**
 * Metaplex Token Metadata: name, uri, royalty, creators and verified collection of mints, from
 * CreateMetadataAccount (v1 to v3), Create, the updates, and the verifications and their ends of collections
 * and creators.
 * Source: mpl-token-metadata's instruction enum and account tables.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { type ByteReader, createByteReader } from '../bytes.js';
import type { Effect, Membership } from '../effect.js';
import { TOKEN_METADATA_PROGRAM } from '../programs.js';
import { creatorFacts, readCreators, termsOf } from './creators.js';
import { learn, type NftFactsMap } from './facts.js';
import { metadataOf } from './metadata-account.js';
import { type MetadataUpdate, readDataUpdate } from './metadata-updates.js';

const CREATE_ACCOUNT: ReadonlySet<number> = new Set([0, 16, 33]);
const CREATE = 42;
/**
 * Number of the instruction in the enum; for Verify and Unverify also the kind of verification. The rest are
 * account indices.
 */
interface Change {
  readonly tag: number;
  readonly kind?: number;
  readonly metadata: number;
  readonly joins?: number;
  readonly leaves?: number;
  readonly signs?: number;
  readonly unsigns?: number;
}

/** Where the metadata account stands, and whom the change is about. */
const CHANGES: readonly Change[] = [
  { tag: 7, metadata: 0, signs: 1 },
  { tag: 28, metadata: 0, unsigns: 1 },
  { tag: 18, metadata: 0, joins: 3 },
  { tag: 25, metadata: 0, joins: 4 },
  { tag: 30, metadata: 0, joins: 3 },
  { tag: 32, metadata: 0, joins: 4 },
  { tag: 22, metadata: 0, leaves: 2 },
  { tag: 31, metadata: 0, leaves: 3 },
  { tag: 52, kind: 0, metadata: 2, signs: 0 },
  { tag: 52, kind: 1, metadata: 2, joins: 3 },
  { tag: 53, kind: 0, metadata: 2, unsigns: 0 },
  { tag: 53, kind: 1, metadata: 2, leaves: 3 },
];
/**
 * Prints of a master edition: MintNewEditionFromMasterEditionViaToken and ViaVaultProxy (11, 13), Print (55).
 * Places of the new metadata account, the new mint, and whom the print names as its artist: the update
 * authority.
 */
const PRINTS: ReadonlyMap<number, readonly [metadata: number, mint: number, artist: number]> = new Map([
  [11, [0, 3, 9]],
  [13, [0, 3, 11]],
  [55, [0, 3, 13]],
]);
/**
 * A metadata account is derived from its mint, never the other way round, so the transaction's accounts are
 * tried one by one; each try costs time.
 */
const MOST_CANDIDATES = 64;

/** Mint of a metadata account, as far as earlier transactions named it. */
export type MintOf = (metadata: string) => string | undefined;

/** An update of an NFT whose mint nothing in the transaction names. */
export interface UnnamedUpdate {
  readonly metadata: string;
  /** Who vouches for it by the update. */
  readonly voices: readonly string[];
}

/**
 * Adds what the instructions say about the mints to `facts`. @returns updates of NFTs that the transaction
 * did not create, and those whose mint is not known
 */
export function readTokenMetadata(
  instructions: readonly SolanaInstruction[],
  accountKeys: readonly string[],
  facts: NftFactsMap,
  mintOf: MintOf,
): { readonly updates: readonly Effect[]; readonly unnamed: readonly UnnamedUpdate[] } {
  const created = new Map<string, string>();
  const updates: Effect[] = [];
  const unnamed: UnnamedUpdate[] = [];
  for (const instruction of instructions) {
    if (instruction.programId !== TOKEN_METADATA_PROGRAM) continue;
    const { data, ordinal } = instruction;
    const tag = data[0] ?? 255;
    try {
      const link = createdBy(instruction);
      if (link !== null) {
        created.set(link.metadata, link.mint);
        const reader = createByteReader(data, 1);
        if (tag === CREATE && reader.u8() !== 0) continue;
        describe(reader, link.mint, facts);
        continue;
      }
      const print = printOf(instruction);
      if (print !== null) {
        created.set(print.metadata, print.mint);
        learn(facts, print.mint, {
          description: { contract: TOKEN_METADATA_PROGRAM },
          printedFor: print.artist,
        });
        continue;
      }
      const update = membershipChange(instruction) ?? readDataUpdate(instruction);
      if (update === null) continue;
      const { metadata, change = {}, says = {}, creators } = update;
      const mint =
        update.mint ?? created.get(metadata) ?? mintAmong(accountKeys, metadata) ?? mintOf(metadata);
      if (mint === undefined) {
        unnamed.push({ metadata, voices: [...Object.values(change), ...(update.authority ?? [])] });
        continue;
      }
      const { joins } = change;
      const vouching = creatorFacts(creators ?? []);
      learn(facts, mint, {
        description: { ...says, ...(joins !== undefined && { collection: joins }) },
        vouchedBy: [...Object.values(change), ...vouching.vouchedBy],
        ...(creators !== undefined && { creators }),
      });
      if (created.has(metadata)) continue;
      const base = { ordinal, slot: 0, asset: mint, decimals: 0, amount: 1n, withheld: 0n };
      updates.push({ ...base, kind: 'update', cause: 'instruction', change, says });
    } catch (error) {
      // An instruction that cannot be read describes nothing; the mint itself is known from its token
      // instructions.
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return { updates, unnamed };
}

function printOf({ data, accounts }: SolanaInstruction) {
  const places = PRINTS.get(data[0] ?? 255);
  const [metadata, mint, artist] = (places ?? []).map((place) => accounts[place]);
  return metadata === undefined || mint === undefined || artist === undefined
    ? null
    : { metadata, mint, artist };
}

/** The metadata account that an instruction creates, with its mint; null when it creates none. */
export function createdBy({
  programId,
  data,
  accounts,
}: SolanaInstruction): { readonly metadata: string; readonly mint: string } | null {
  const tag = programId === TOKEN_METADATA_PROGRAM ? (data[0] ?? 255) : 255;
  if (!CREATE_ACCOUNT.has(tag) && tag !== CREATE) return null;
  const [metadata] = accounts;
  const mint = accounts[tag === CREATE ? 2 : 1];
  return metadata === undefined || mint === undefined ? null : { metadata, mint };
}

function membershipChange({ data, accounts }: SolanaInstruction): MetadataUpdate | null {
  const place = CHANGES.find(
    (one) => one.tag === data[0] && (one.kind === undefined || one.kind === data[1]),
  );
  const metadata = place && accounts[place.metadata];
  if (place === undefined || metadata === undefined) return null;
  const names = ['joins', 'leaves', 'signs', 'unsigns'] as const;
  const change: Membership = Object.fromEntries(
    names.flatMap((name) => {
      const account = place[name] === undefined ? undefined : accounts[place[name]];
      return account === undefined ? [] : [[name, account]];
    }),
  );
  return { metadata, change };
}

/** The account of the transaction from which the metadata account is derived. */
function mintAmong(accountKeys: readonly string[], metadata: string): string | undefined {
  return accountKeys.slice(0, MOST_CANDIDATES).find((mint) => metadataOf(mint) === metadata);
}

function describe(reader: ByteReader, mint: string, facts: NftFactsMap): void {
  const name = reader.string();
  reader.string();
  const uri = reader.string();
  const royaltyBasisPoints = reader.u16();
  const creators = reader.option(() => readCreators(reader)) ?? [];
  learn(facts, mint, {
    description: { contract: TOKEN_METADATA_PROGRAM, name, uri, ...termsOf(creators, royaltyBasisPoints) },
    ...creatorFacts(creators),
  });
}
