/** What follows from a place and its bytes, whoever gave them. */
import type { Raw } from '../../runtime/untrusted.js';
import { rawCid } from '../uri/cid.js';
import { type Place, readUri } from '../uri/uri.js';

/**
 * NFTMetadata.ipfsHash: CID and path of a document on IPFS; of any other, the CID that its content would have
 * there as one raw block. So equal contents have equal hashes, wherever they are.
 */
export function ipfsHashOf(place: Place, bytes: Uint8Array): string {
  return place.kind === 'ipfs' ? `${place.cid}${place.path}` : rawCid(bytes);
}

/**
 * Where the rest of a document stands that is on the chain itself (TEP-64, semi-chain); null for any other
 * document.
 */
export function innerPlaceOf(place: Place, document: Raw): Place | null {
  if (place.kind !== 'data' || typeof document.uri !== 'string') return null;
  const named = readUri(document.uri);
  return 'place' in named && named.place.kind !== 'data' ? named.place : null;
}
