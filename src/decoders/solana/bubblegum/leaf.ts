/**
 * The leaf that Bubblegum writes through a noop program: AccountCompressionEvent::ApplicationData holding a
 * LeafSchemaEvent. Sources: spl-account-compression's events, mpl-bubblegum's `LeafSchema` (v1 and v2 begin
 * alike).
 */
import { decodeBase58, encodeBase58 } from '../../../events/base58.js';
import { findDerived, isDerivedFrom } from '../address/derive.js';
import { createByteReader } from '../bytes.js';
import { BUBBLEGUM_PROGRAM } from '../programs.js';

export interface Leaf {
  /** Base58. */
  readonly id: string;
  readonly idBytes: Uint8Array;
  readonly owner: string;
  readonly nonce: bigint;
}

const APPLICATION_DATA = 1;
const LEAF_SCHEMA = 1;

/** The leaf in the data of a noop call; null when the call says something else. */
export function readLeaf(data: Uint8Array): Leaf | null {
  if (data[0] !== APPLICATION_DATA || data[1] !== 0 || data.length < 6 + 3 + 3 * 32 + 8) return null;
  if (data[6] !== LEAF_SCHEMA || (data[7] ?? 2) > 1 || (data[8] ?? 2) > 1) return null;
  const reader = createByteReader(data, 9);
  const idBytes = reader.bytes(32);
  const owner = reader.key();
  reader.bytes(32);
  return { id: encodeBase58(idBytes), idBytes, owner, nonce: reader.integer(8, false) };
}

/**
 * Anyone can call a noop program, so the id has to be the one that Bubblegum derives for this tree and nonce.
 */
export function isLeafOf(leaf: Leaf, tree: string): boolean {
  const bytes = decodeBase58(tree);
  if (bytes?.length !== 32) return false;
  const nonce = Buffer.alloc(8);
  nonce.writeBigUInt64LE(leaf.nonce);
  return isDerivedFrom(leaf.idBytes, [Buffer.from('asset'), bytes, nonce], BUBBLEGUM_PROGRAM);
}

/**
 * The id (base58) that Bubblegum derives from the tree and the leaf's nonce (8 bytes, little-endian).
 * @throws RangeError when the tree is no base58 address
 */
export function assetIdOf(tree: string, nonce: Uint8Array): string {
  const bytes = decodeBase58(tree);
  if (bytes?.length !== 32) throw new RangeError('the tree is no address');
  return findDerived([Buffer.from('asset'), bytes, nonce], BUBBLEGUM_PROGRAM);
}
