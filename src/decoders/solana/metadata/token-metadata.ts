/**
 * Metaplex Token Metadata: name, uri, royalty, creators and verified collection of mints, from CreateMetadataAccount (v1 to v3), Create, and
 * the verifications of a collection. Source: mpl-token-metadata's instruction enum and account tables.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { type ByteReader, createByteReader } from '../bytes.js';
import { TOKEN_METADATA_PROGRAM } from '../programs.js';
import { type Creator, creatorFacts, learn, type NftFactsMap } from './facts.js';

const CREATE_ACCOUNT: ReadonlySet<number> = new Set([0, 16, 33]);
const CREATE = 42;
/** Instruction → places of the metadata account and of the collection's mint. */
const VERIFY_COLLECTION: ReadonlyMap<number, readonly [metadata: number, collection: number]> = new Map([
  [18, [0, 3]],
  [25, [0, 4]],
  [30, [0, 3]],
  [32, [0, 4]],
]);
const VERIFY = 52;
const VERIFY_COLLECTION_V1 = 1;

export function readTokenMetadata(instructions: readonly SolanaInstruction[], facts: NftFactsMap): void {
  const mintOf = new Map<string, string>();
  for (const instruction of instructions) {
    if (instruction.programId !== TOKEN_METADATA_PROGRAM) continue;
    const { data, accounts } = instruction;
    const tag = data[0] ?? 255;
    try {
      const create = CREATE_ACCOUNT.has(tag);
      if (create || tag === CREATE) {
        const [metadata] = accounts;
        const mint = accounts[create ? 1 : 2];
        if (metadata === undefined || mint === undefined) continue;
        mintOf.set(metadata, mint);
        const reader = createByteReader(data, 1);
        if (!create && reader.u8() !== 0) continue;
        describe(reader, mint, facts);
        continue;
      }
      const places =
        tag === VERIFY && data[1] === VERIFY_COLLECTION_V1 ? ([2, 3] as const) : VERIFY_COLLECTION.get(tag);
      if (places === undefined) continue;
      const mint = mintOf.get(accounts[places[0]] ?? '');
      const collection = accounts[places[1]];
      if (mint !== undefined && collection !== undefined)
        learn(facts, mint, { description: { collection }, vouchedBy: [collection] });
    } catch (error) {
      // What cannot be read describes nothing; the mint itself stands on its token instructions.
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

function describe(reader: ByteReader, mint: string, facts: NftFactsMap): void {
  const name = reader.string();
  reader.string();
  const uri = reader.string();
  const royaltyBasisPoints = reader.u16();
  const { creator, ...known } = creatorFacts(reader.option(() => readCreators(reader)) ?? []);
  learn(facts, mint, {
    description: {
      contract: TOKEN_METADATA_PROGRAM,
      name,
      uri,
      royaltyBasisPoints,
      ...(creator !== undefined && { creator }),
    },
    ...known,
  });
}

/** Vec<Creator { address, verified, share }>. */
export function readCreators(reader: ByteReader): Creator[] {
  const count = reader.u32();
  if (count * 34 > reader.left) throw new RangeError(`${count} creators in ${reader.left} bytes`);
  return Array.from({ length: count }, () => ({
    address: reader.key(),
    verified: reader.u8() === 1,
    share: reader.u8(),
  }));
}
