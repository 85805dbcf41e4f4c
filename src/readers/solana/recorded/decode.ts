/** `ndx decode --chain solana`: documents → transactions → canonical events, offline. */
import type { Readable } from 'node:stream';
import { followKeys } from '../../../chains/solana/rpc/keys.js';
import type { SolanaFollow } from '../../../decoders/solana/follow.js';
import { createSolanaDecoder } from '../../../decoders/solana/registry.js';
import { messageOf, NdxError } from '../../../runtime/errors.js';
import type { RecordedDecoding } from '../../recorded/decoding.js';
import { readDocuments } from '../../recorded/documents.js';
import { readSolanaDocument } from './document.js';

const NOTHING: SolanaFollow = {
  programs: [],
  tokens: [],
  nfts: { mints: [], collections: [], creators: [], all: false },
};

/**
 * @param configured what the network file follows
 * @returns how many documents could not be read; each was noted
 */
export async function decodeSolana(
  input: Readable,
  configured: SolanaFollow = NOTHING,
  { all, why, slot, event: tell, note: say }: RecordedDecoding,
): Promise<number> {
  const follow = all ? { ...configured, nfts: { ...configured.nfts, all: true } } : configured;
  // NFTs that a followed creator minted earlier in the input are followed from there on.
  const known = new Set<string>();
  const decoder = createSolanaDecoder(follow, { known });
  const keys = followKeys(decoder.keys);
  let unread = 0;
  const notes = new Set<string>();
  for await (const { place, value, error } of readDocuments(input)) {
    try {
      if (error !== undefined) throw new NdxError('INPUT_INVALID', `not JSON: ${error}`);
      const { transactions, note } = readSolanaDocument(value, slot, keys());
      if (note !== undefined && !notes.has(note)) say(note);
      if (note !== undefined) notes.add(note);
      for (const transaction of transactions) {
        const { decoded, findings } = why
          ? decoder.explain(transaction)
          : { decoded: decoder.decode(transaction), findings: [] };
        for (const { verdict, decoder: name, ordinal, reason } of findings)
          say(`${transaction.signature}: ${verdict} ${name} at instruction ${ordinal}: ${reason}`);
        if (decoded === null) continue;
        for (const { kind, asset, outcome } of decoded.events)
          if (kind === 'mint' && asset.kind === 'nft' && outcome === 'ok') known.add(asset.address);
        tell(decoded);
      }
    } catch (failure) {
      if (!(failure instanceof NdxError)) throw failure;
      unread++;
      say(`${place}: ${messageOf(failure)}`);
    }
  }
  return unread;
}
