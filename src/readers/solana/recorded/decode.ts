/** `ndx decode --chain solana`: documents → transactions → canonical events, offline. */
import type { Readable } from 'node:stream';
import { followKeys } from '../../../chains/solana/rpc/keys.js';
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { SolanaFollow } from '../../../decoders/solana/follow.js';
import { createSolanaDecoder } from '../../../decoders/solana/registry.js';
import { messageOf, NdxError } from '../../../runtime/errors.js';
import type { RecordedDecoding } from '../../recorded/decoding.js';
import { readDocuments } from '../../recorded/documents.js';
import { EVERYTHING, readSolanaDocument } from './document.js';
import { findFollowedNfts, nftsOf } from './followed-nfts.js';

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
  { all, why, slot, again, event: tell, note: say }: RecordedDecoding,
): Promise<number> {
  const follow = all ? { ...configured, nfts: { ...configured.nfts, all: true } } : configured;
  // What a transaction makes ours is followed from that transaction on; where the input can be read twice,
  // from its mint on.
  const earlier =
    all || again === undefined
      ? { known: [], mintOf: () => undefined }
      : await findFollowedNfts(() => transactionsOf(again(), slot), follow);
  const known = new Set<string>(earlier.known);
  const decoder = createSolanaDecoder(follow, { known, mintOf: earlier.mintOf });
  const list = decoder.keys();
  const keys = followKeys(() => list);
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
        for (const address of nftsOf(decoded)) {
          if (!known.has(address)) list.push(address);
          known.add(address);
        }
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

/** All that can be read in the input; documents that cannot be read are reported when they are decoded. */
async function* transactionsOf(input: Readable, slot: number | undefined): AsyncGenerator<SolanaTransaction> {
  for await (const { value, error } of readDocuments(input)) {
    if (error !== undefined) continue;
    try {
      yield* readSolanaDocument(value, slot, EVERYTHING).transactions;
    } catch (failure) {
      if (!(failure instanceof NdxError)) throw failure;
    }
  }
}
