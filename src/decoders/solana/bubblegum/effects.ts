/**
 * Compressed NFTs: mints, transfers, burns and changes of membership by Bubblegum (v1 and v2) as effects. The
 * asset's id stands only in the leaf that Bubblegum passes to a noop program. A burn writes no leaf, so there
 * the id is derived from tree and nonce.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import type { NftDescription } from '../../../events/event.js';
import { type ByteReader, createByteReader } from '../bytes.js';
import { discriminatorOf } from '../discriminator.js';
import type { Effect, Membership } from '../effect.js';
import { type Creator, creatorFacts, learn, type NftFactsMap } from '../metadata/facts.js';
import { readCreators } from '../metadata/token-metadata.js';
import { BUBBLEGUM_PROGRAM, NOOP_PROGRAMS } from '../programs.js';
import { BUBBLEGUM_INSTRUCTIONS, type BubblegumInstruction, DECOMPRESS } from './instructions.js';
import { assetIdOf, isLeafOf, type Leaf, readLeaf } from './leaf.js';

export const BUBBLEGUM = { name: 'bubblegum', version: 2 } as const;

export interface BubblegumEffects {
  readonly effects: readonly Effect[];
  /** Instructions whose leaf is missing in the transaction, or is not the one that Bubblegum would write. */
  readonly unreadable: readonly { readonly instruction: SolanaInstruction; readonly message: string }[];
  /** Mints that compressed NFTs were turned into: minting them only changes the NFT's form. */
  readonly decompressed: ReadonlySet<string>;
}

/** Adds what the instructions say about the NFTs to `facts`. */
export function readBubblegumEffects(
  instructions: readonly SolanaInstruction[],
  facts: NftFactsMap,
): BubblegumEffects {
  const effects: Effect[] = [];
  const unreadable: { instruction: SolanaInstruction; message: string }[] = [];
  const decompressed = new Set<string>();
  for (const instruction of instructions) {
    if (instruction.programId !== BUBBLEGUM_PROGRAM) continue;
    const tag = discriminatorOf(instruction.data) ?? '';
    const mint = tag === DECOMPRESS.tag ? instruction.accounts[DECOMPRESS.mint] : undefined;
    if (mint !== undefined) decompressed.add(mint);
    const known = BUBBLEGUM_INSTRUCTIONS.get(tag);
    if (known === undefined) continue;
    try {
      effects.push(readOne(instruction, known, instructions, facts));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      unreadable.push({ instruction, message: `${known.name}: ${error.message}` });
    }
  }
  return { effects, unreadable, decompressed };
}

/** The tree of each compressed NFT that the instructions mint, move or change, by the NFT's id. */
export function treesOf(instructions: readonly SolanaInstruction[]): ReadonlyMap<string, string> {
  const trees = new Map<string, string>();
  for (const instruction of instructions) {
    if (instruction.programId !== BUBBLEGUM_PROGRAM) continue;
    const known = BUBBLEGUM_INSTRUCTIONS.get(discriminatorOf(instruction.data) ?? '');
    const tree = known && instruction.accounts[known.tree];
    if (known === undefined || tree === undefined) continue;
    try {
      trees.set(readOne(instruction, known, instructions, new Map()).asset, tree);
    } catch (error) {
      // Its leaf cannot be read: the decoder has said so.
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return trees;
}

function readOne(
  instruction: SolanaInstruction,
  known: BubblegumInstruction,
  instructions: readonly SolanaInstruction[],
  facts: NftFactsMap,
): Effect {
  const at = (index: number | undefined): string | undefined => {
    const account = index === undefined ? undefined : instruction.accounts[index];
    return account === BUBBLEGUM_PROGRAM ? undefined : account;
  };
  const tree = at(known.tree);
  const owner = at(known.owner);
  if (tree === undefined || owner === undefined) throw new RangeError('accounts are missing');
  const receiver = at(known.newOwner) ?? owner;
  const id =
    known.kind === 'burn'
      ? assetIdOf(tree, nonceOf(instruction.data, known))
      : leafId(instruction, instructions, tree, receiver);
  const collection = at(known.collection);
  const member = collection === undefined ? {} : { description: { collection }, vouchedBy: [collection] };
  const described =
    known.metadata === undefined ? {} : describe(instruction.data, known.metadata, known.afterLeaf ?? false);
  learn(facts, id, {
    ...member,
    ...described,
    description: { ...described.description, ...member.description },
  });
  if (described.vouchedBy !== undefined) learn(facts, id, { vouchedBy: described.vouchedBy });
  const base = {
    ...{ ordinal: instruction.ordinal, slot: 0, asset: id, decimals: 0, amount: 1n, withheld: 0n },
    ...({ cause: 'instruction', standard: 'bubblegum' } as const),
  };
  const from = { account: owner, owner };
  if (known.kind === 'update') {
    const joins = at(known.joins);
    learn(facts, id, {
      description: joins === undefined ? {} : { collection: joins },
      vouchedBy: [known.joins, known.leaves, known.signs, known.unsigns].flatMap((place) => at(place) ?? []),
    });
    const change = { joins, leaves: at(known.leaves), signs: at(known.signs), unsigns: at(known.unsigns) };
    return { ...base, kind: 'update', source: from, change: withoutAbsent(change) };
  }
  if (known.kind === 'mint') return { ...base, kind: 'mint', destination: from };
  if (known.kind === 'burn') return { ...base, kind: 'burn', source: from };
  return { ...base, kind: 'transfer', source: from, destination: { account: receiver, owner: receiver } };
}

function withoutAbsent(change: { readonly [K in keyof Membership]: string | undefined }): Membership {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/** The id in the first leaf that a noop call of this instruction holds and that fits its tree and owner. */
function leafId(
  instruction: SolanaInstruction,
  instructions: readonly SolanaInstruction[],
  tree: string,
  owner: string,
): string {
  for (let i = instruction.ordinal + 1; i < instructions.length; i++) {
    const candidate = instructions[i];
    if (
      candidate === undefined ||
      candidate.outer !== instruction.outer ||
      candidate.programId === BUBBLEGUM_PROGRAM
    )
      break;
    const depth = instruction.inner === -1 ? 1 : instruction.stackHeight;
    if (depth !== null && candidate.stackHeight !== null && candidate.stackHeight <= depth) break;
    if (depth !== null && candidate.stackHeight !== null && candidate.stackHeight !== depth + 1) continue;
    if (!NOOP_PROGRAMS.has(candidate.programId)) continue;
    const leaf: Leaf | null = readLeaf(candidate.data);
    if (leaf !== null && leaf.owner === owner && isLeafOf(leaf, tree)) return leaf.id;
  }
  throw new RangeError('no leaf of its tree and owner was written');
}

function nonceOf(data: Uint8Array, known: BubblegumInstruction): Uint8Array {
  const reader = createByteReader(data, 8 + 3 * 32);
  if (known.nonce === 'v2') {
    reader.option(() => reader.bytes(32));
    reader.option(() => reader.u8());
  }
  return reader.bytes(8);
}

/** Skips the root, then two hashes (v1) or two optional fields (v2), then nonce and index. */
function skipLeaf(reader: ByteReader, version: 'v1' | 'v2'): void {
  reader.bytes(version === 'v1' ? 3 * 32 : 32);
  if (version === 'v2') {
    reader.option(() => reader.bytes(32));
    reader.option(() => reader.u8());
  }
  reader.bytes(8 + 4);
}

/**
 * Reads MetadataArgs (v1) or MetadataArgsV2 of mpl-bubblegum. What cannot be read leaves only the program.
 */
function describe(
  data: Uint8Array,
  version: 'v1' | 'v2',
  afterLeaf: boolean,
): { description?: NftDescription; vouchedBy?: readonly string[]; creators?: readonly Creator[] } {
  try {
    const reader = createByteReader(data, 8);
    if (afterLeaf) skipLeaf(reader, version);
    const name = reader.string();
    reader.string();
    const uri = reader.string();
    const royaltyBasisPoints = reader.u16();
    reader.bytes(2);
    if (version === 'v1') reader.option(() => reader.u8());
    reader.option(() => reader.u8());
    if (version === 'v1') {
      reader.option(() => reader.bytes(33));
      reader.option(() => reader.bytes(17));
      reader.u8();
    }
    const { creator, ...known } = creatorFacts(readCreators(reader));
    const description = {
      contract: BUBBLEGUM_PROGRAM,
      name,
      uri,
      royaltyBasisPoints,
      ...(creator !== undefined && { creator }),
    };
    return { ...known, description };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { description: { contract: BUBBLEGUM_PROGRAM } };
  }
}
