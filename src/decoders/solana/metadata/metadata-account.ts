/** The address of a mint's metadata account. */
import { decodeBase58 } from '../../../events/base58.js';
import { findDerived } from '../address/derive.js';
import { TOKEN_METADATA_PROGRAM } from '../programs.js';

/** Address of the metadata account of a mint; null: the mint is no address. */
export function metadataOf(mint: string): string | null {
  const [program, bytes] = [decodeBase58(TOKEN_METADATA_PROGRAM), decodeBase58(mint)];
  if (program === null || bytes?.length !== 32) return null;
  return findDerived([Buffer.from('metadata'), program, bytes], TOKEN_METADATA_PROGRAM);
}
