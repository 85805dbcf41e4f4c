/**
 * Metadata and group extensions of Token-2022 mints: name and uri, and the group as the collection.
 * Source: spl-token-metadata-interface and spl-token-group-interface (discriminators are hashes of these names).
 */
import { createHash } from 'node:crypto';
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { createByteReader, discriminatorOf } from '../bytes.js';
import { TOKEN_2022_PROGRAM } from '../programs.js';
import { learn, type NftFactsMap } from './facts.js';

const hashed = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 16);
const INITIALIZE_METADATA = hashed('spl_token_metadata_interface:initialize_account');
const INITIALIZE_MEMBER = hashed('spl_token_group_interface:initialize_member');

export function readToken2022Metadata(instructions: readonly SolanaInstruction[], facts: NftFactsMap): void {
  for (const { programId, data, accounts } of instructions) {
    if (programId !== TOKEN_2022_PROGRAM || data.length < 8) continue;
    const discriminator = discriminatorOf(data);
    try {
      if (discriminator === INITIALIZE_METADATA) {
        const [, creator, mint] = accounts;
        if (mint === undefined || creator === undefined) continue;
        const reader = createByteReader(data, 8);
        const name = reader.string();
        reader.string();
        learn(facts, mint, { description: { contract: TOKEN_2022_PROGRAM, creator, name, uri: reader.string() } });
      }
      if (discriminator === INITIALIZE_MEMBER) {
        const [, mint, , collection] = accounts;
        if (mint !== undefined && collection !== undefined) learn(facts, mint, { description: { collection }, vouchedBy: [collection] });
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}
