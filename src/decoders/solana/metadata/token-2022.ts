/**
 * Metadata and group extensions of Token-2022 mints: name and uri, the group as the collection, and what the
 * WNS standard keeps in fields of the metadata, the royalty and each creator's share of it. Source:
 * spl-token-metadata-interface and spl-token-group-interface (discriminators are hashes of these names);
 * wen-new-standard.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { decodeBase58 } from '../../../events/base58.js';
import { type ByteReader, createByteReader } from '../bytes.js';
import { discriminatorOf, nameDiscriminator } from '../discriminator.js';
import { TOKEN_2022_PROGRAM } from '../programs.js';
import { creatorFacts, learn, type NftFactsMap } from './facts.js';

const INITIALIZE_METADATA = nameDiscriminator('spl_token_metadata_interface:initialize_account');
const UPDATE_FIELD = nameDiscriminator('spl_token_metadata_interface:updating_field');
const INITIALIZE_MEMBER = nameDiscriminator('spl_token_group_interface:initialize_member');

/** Adds what the instructions say about the mints to `facts`; what cannot be read is left out. */
export function readToken2022Metadata(instructions: readonly SolanaInstruction[], facts: NftFactsMap): void {
  for (const instruction of instructions) {
    if (instruction.programId !== TOKEN_2022_PROGRAM) continue;
    const { data, accounts } = instruction;
    if (data.length < 8) continue;
    const discriminator = discriminatorOf(data);
    try {
      if (discriminator === INITIALIZE_METADATA) {
        const [, creator, mint] = accounts;
        if (mint === undefined || creator === undefined) continue;
        const reader = createByteReader(data, 8);
        const name = reader.string();
        reader.string();
        learn(facts, mint, {
          description: { contract: TOKEN_2022_PROGRAM, creator, name, uri: reader.string() },
        });
      }
      if (discriminator === UPDATE_FIELD && accounts[0] !== undefined)
        learnField(createByteReader(data, 8), accounts[0], facts);
      if (discriminator === INITIALIZE_MEMBER) {
        const [, mint, , collection] = accounts;
        if (mint !== undefined && collection !== undefined)
          learn(facts, mint, { description: { collection }, vouchedBy: [collection] });
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

/** Field: 0 to 2 are the standard's own, 3 is named. */
const NAMED = 3;

/** `mint`: metadata that is kept elsewhere than in its mint is nobody's. */
function learnField(reader: ByteReader, mint: string, facts: NftFactsMap): void {
  if (reader.u8() !== NAMED) return;
  const name = reader.string();
  const value = reader.string();
  if (!/^\d{1,5}$/.test(value)) return;
  if (name === 'royalty_basis_points')
    learn(facts, mint, { description: { royaltyBasisPoints: Number(value) } });
  if (decodeBase58(name)?.length !== 32) return;
  const { creators, creator } = creatorFacts([
    ...(facts.get(mint)?.creators ?? []),
    { address: name, verified: false, share: Number(value) },
  ]);
  learn(facts, mint, { creators, description: { ...(creator !== undefined && { creator }) } });
}
