/**
 * Compressed NFTs: mints, transfers, burns and updates by Bubblegum (v1 and v2) as effects. The asset's id
 * stands only in the leaf that Bubblegum passes to a noop program. A burn writes no leaf, so there the id is
 * derived from tree and nonce.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { createByteReader } from '../bytes.js';
import { discriminatorOf } from '../discriminator.js';
import type { Effect, Membership } from '../effect.js';
import { type Creator, creatorFacts, termsOf } from '../metadata/creators.js';
import { learn, type NftFactsMap } from '../metadata/facts.js';
import { BUBBLEGUM_PROGRAM, NOOP_PROGRAMS } from '../programs.js';
import { BUBBLEGUM_INSTRUCTIONS, type BubblegumInstruction, DECOMPRESS } from './instructions.js';
import { assetIdOf, isLeafOf, type Leaf, readLeaf } from './leaf.js';
import { readMetadata } from './metadata-args.js';

export const BUBBLEGUM = { name: 'bubblegum', version: 3 } as const;

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
  const read = known.metadata === undefined ? null : readMetadata(instruction.data, known.metadata);
  const voices = [known.joins, known.leaves, known.signs, known.unsigns].flatMap((place) => at(place) ?? []);
  const joined = at(known.collection) ?? at(known.joins);
  const { vouchedBy, creators } = creatorFacts(read?.creators ?? []);
  // Of an update the leaf says what it belongs to: accounts that the program did not need prove nothing.
  const members = [at(known.collection), known.kind === 'update' ? read?.member : undefined];
  learn(facts, id, {
    description: {
      ...(known.metadata !== undefined && { ...read?.says, contract: BUBBLEGUM_PROGRAM }),
      ...(joined !== undefined && { collection: joined }),
    },
    vouchedBy: [...members.filter((member) => member !== undefined), ...vouchedBy, ...voices],
    ...(read !== null && { creators }),
  });
  const base = {
    ...{ ordinal: instruction.ordinal, slot: 0, asset: id, decimals: 0, amount: 1n, withheld: 0n },
    ...({ cause: 'instruction', standard: 'bubblegum' } as const),
  };
  const from = { account: owner, owner };
  if (known.kind === 'update') {
    const names = ['joins', 'leaves', 'signs', 'unsigns'] as const;
    const change: Membership = Object.fromEntries(
      names.flatMap((name) => {
        const account = at(known[name]);
        return account === undefined ? [] : [[name, account]];
      }),
    );
    const says = {
      ...read?.says,
      ...(read !== null && signed(read.creators, change)),
      ...(known.state !== undefined && { state: known.state }),
    };
    return { ...base, kind: 'update', source: from, says, change };
  }
  if (known.kind === 'mint') return { ...base, kind: 'mint', destination: from };
  if (known.kind === 'burn') return { ...base, kind: 'burn', source: from };
  return { ...base, kind: 'transfer', source: from, destination: { account: receiver, owner: receiver } };
}

/** Creators as a signature, or its end, leaves them: the metadata are those before it. */
function signed(creators: readonly Creator[], { signs, unsigns }: Membership) {
  if (signs === undefined && unsigns === undefined) return {};
  return termsOf(
    creators.map((creator) =>
      creator.address === (signs ?? unsigns) ? { ...creator, verified: signs !== undefined } : creator,
    ),
  );
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
