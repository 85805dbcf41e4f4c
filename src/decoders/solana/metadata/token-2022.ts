/**
 * Metadata and group extensions of Token-2022 mints: name and uri, the group as the collection, and what the
 * WNS standard keeps in fields of the metadata, the royalty and each creator's share of it. Source:
 * spl-token-metadata-interface and spl-token-group-interface (discriminators are hashes of these names);
 * wen-new-standard.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { decodeBase58 } from '../../../events/base58.js';
import type { NftDescription } from '../../../events/event.js';
import { type ByteReader, createByteReader } from '../bytes.js';
import { discriminatorOf, nameDiscriminator } from '../discriminator.js';
import type { Effect } from '../effect.js';
import { SYSTEM_PROGRAM, TOKEN_2022_PROGRAM } from '../programs.js';
import { termsOf } from './creators.js';
import { learn, type NftFactsMap } from './facts.js';

const INITIALIZE_METADATA = nameDiscriminator('spl_token_metadata_interface:initialize_account');
const UPDATE_FIELD = nameDiscriminator('spl_token_metadata_interface:updating_field');
const UPDATE_AUTHORITY = nameDiscriminator('spl_token_metadata_interface:update_the_authority');
const INITIALIZE_MEMBER = nameDiscriminator('spl_token_group_interface:initialize_member');

/** InitializeMint, MintTo, MintToChecked, InitializeMint2: the transaction makes the mint. */
const MAKES: ReadonlySet<number> = new Set([0, 7, 14, 20]);

/**
 * Adds what the instructions say about the mints to `facts`; what cannot be read is left out.
 * @returns updates of mints that the transaction did not make
 */
export function readToken2022Metadata(
  instructions: readonly SolanaInstruction[],
  facts: NftFactsMap,
): readonly Effect[] {
  const effects: Effect[] = [];
  const made = new Set<string>();
  for (const instruction of instructions) {
    if (instruction.programId !== TOKEN_2022_PROGRAM) continue;
    const { data, accounts, ordinal } = instruction;
    const [first] = accounts;
    if (first !== undefined && MAKES.has(data[0] ?? 255)) made.add(first);
    try {
      const told = readOne(instruction, facts);
      if (told === null) continue;
      const { asset, joins, ...description } = told;
      learn(facts, asset, {
        description: { ...description, ...(joins !== undefined && { collection: joins }) },
        ...(joins !== undefined && { vouchedBy: [joins] }),
      });
      const { contract, ...says } = description;
      if (contract !== undefined) made.add(asset);
      if (made.has(asset)) continue;
      const base = { ordinal, slot: 0, asset, decimals: 0, amount: 1n, withheld: 0n } as const;
      const change = joins === undefined ? {} : { joins };
      effects.push({ ...base, kind: 'update', cause: 'instruction', change, says });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return effects;
}

interface Told extends Omit<NftDescription, 'collection'> {
  readonly asset: string;
  readonly joins?: string;
}

function readOne({ data, accounts }: SolanaInstruction, facts: NftFactsMap): Told | null {
  const [first, second, third, fourth] = accounts;
  if (data.length < 8 || first === undefined || second === undefined) return null;
  const reader = createByteReader(data, 8);
  switch (discriminatorOf(data)) {
    case INITIALIZE_METADATA: {
      // Account, update authority, mint: metadata that is kept elsewhere than in its mint is believed here
      // alone.
      if (third === undefined) return null;
      const name = reader.string();
      reader.string();
      return { asset: third, contract: TOKEN_2022_PROGRAM, creator: second, name, uri: reader.string() };
    }
    case UPDATE_FIELD: {
      const field = readField(reader, first, facts);
      return field && { asset: first, ...field };
    }
    case UPDATE_AUTHORITY:
      return { asset: first, updateAuthority: authorityIn(reader) };
    case INITIALIZE_MEMBER:
      return fourth === undefined ? null : { asset: second, joins: fourth };
    default:
      return null;
  }
}

/** 32 zero bytes: nobody. */
function authorityIn(reader: ByteReader): string {
  const key = reader.key();
  return key === SYSTEM_PROGRAM ? '' : key;
}

/** Fields: name, symbol, uri, and one that is named. */
const NAME = 0;
const URI = 2;
const NAMED = 3;

/** `mint`: metadata that is kept elsewhere than in its mint is nobody's. */
function readField(reader: ByteReader, mint: string, facts: NftFactsMap): NftDescription | null {
  const field = reader.u8();
  if (field === NAME || field === URI) {
    const value = reader.string();
    return field === NAME ? { name: value } : { uri: value };
  }
  if (field !== NAMED) return null;
  const name = reader.string();
  const value = reader.string();
  if (!/^\d{1,5}$/.test(value)) return null;
  if (name === 'royalty_basis_points') return { royaltyBasisPoints: Number(value) };
  if (decodeBase58(name)?.length !== 32) return null;
  // Each creator is a field of its own: all of them are known only where the transaction makes the mint.
  const creators = [
    ...(facts.get(mint)?.creators ?? []),
    { address: name, verified: false, share: Number(value) },
  ];
  learn(facts, mint, { creators });
  return termsOf(creators);
}
