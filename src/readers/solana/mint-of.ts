/**
 * The mint of a metadata account, where an instruction names the account alone. The account says it; of one
 * that is closed by now (its NFT was burned) the transaction that made it does.
 */
import type { SolanaSource } from '../../chains/solana/source.js';
import { metadataOf } from '../../decoders/solana/metadata/metadata-account.js';
import { createdBy } from '../../decoders/solana/metadata/token-metadata.js';
import { encodeBase58 } from '../../events/base58.js';

/** Of Token Metadata's account: the key of its kind, the update authority, the mint. */
const HEAD = 1 + 32 + 32;
const MINT = 1 + 32;
/** The account is made by its oldest transaction that succeeded; a few may have failed before. */
const OLDEST = 8;

/**
 * @param slot of the instruction
 * @returns null: nobody knows it any more
 * @throws what the endpoints said
 */
export async function mintOf(
  source: Pick<SolanaSource, 'accountData' | 'signatures' | 'transaction'>,
  metadata: string,
  slot: number,
  signal: AbortSignal,
): Promise<string | null> {
  const data = await source.accountData(metadata, HEAD, slot, signal);
  const said = data?.length === HEAD ? encodeBase58(data, MINT, HEAD) : null;
  // The account's address is derived from the mint: an endpoint that says another one is not believed.
  if (said !== null && metadataOf(said) === metadata) return said;
  const oldest: string[] = [];
  const range = { from: 0, to: slot, finality: 'confirmed' } as const;
  for await (const { signature, err } of source.signatures(metadata, range, signal)) {
    if (err !== null) continue;
    oldest.unshift(signature);
    oldest.length = Math.min(oldest.length, OLDEST);
  }
  for (const signature of oldest) {
    const made = (await source.transaction(signature, signal))?.transaction;
    const link = made?.instructions.map(createdBy).find((one) => one?.metadata === metadata);
    if (link) return link.mint;
  }
  return null;
}
