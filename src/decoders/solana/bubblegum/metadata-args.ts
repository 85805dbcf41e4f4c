/**
 * What Bubblegum's instructions say of a compressed NFT: MetadataArgs (v1) and MetadataArgsV2, which the
 * program checks against the leaf's hash, and UpdateArgs, which replace parts of them. Source:
 * mpl-bubblegum's types.
 */
import type { NftDescription } from '../../../events/event.js';
import { type ByteReader, createByteReader } from '../bytes.js';
import { type Creator, readCreators, termsOf } from '../metadata/creators.js';

export interface ReadMetadata {
  readonly says: NftDescription;
  readonly creators: readonly Creator[];
  /** The verified collection that the leaf names. */
  readonly member?: string;
}

/** Where in the instruction's data the metadata stand, and in which layout. */
export interface MetadataPlace {
  readonly version: 'v1' | 'v2';
  /**
   * `leaf`: behind root, hashes, nonce and index. `nonce`: the same, but v1 has no hashes. Absent: right
   * behind the discriminator.
   */
  readonly after?: 'leaf' | 'nonce' | undefined;
  /** UpdateArgs follow. */
  readonly updated?: true | undefined;
}

/** @returns null for data that cannot be read */
export function readMetadata(data: Uint8Array, place: MetadataPlace): ReadMetadata | null {
  try {
    const reader = createByteReader(data, 8);
    if (place.after !== undefined) skipLeaf(reader, place);
    const current = readCurrent(reader, place.version);
    return place.updated ? readUpdate(reader, current) : current;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null;
  }
}

function skipLeaf(reader: ByteReader, { version, after }: MetadataPlace): void {
  reader.bytes(version === 'v1' && after === 'leaf' ? 3 * 32 : 32);
  if (version === 'v2') {
    reader.option(() => reader.bytes(32));
    reader.option(() => reader.u8());
  }
  reader.bytes(8 + 4);
}

function readCurrent(reader: ByteReader, version: 'v1' | 'v2'): ReadMetadata {
  const name = reader.string();
  reader.string();
  const uri = reader.string();
  const royalty = reader.u16();
  reader.bytes(2);
  if (version === 'v1') reader.option(() => reader.u8());
  reader.option(() => reader.u8());
  const first =
    version === 'v1' ? reader.option(() => (reader.u8() === 1 ? reader.key() : skipKey(reader))) : null;
  if (version === 'v1') {
    reader.option(() => reader.bytes(17));
    reader.u8();
  }
  const creators = readCreators(reader);
  // The end of a mint's data, which older programs may not have: the collection stands in an account, too.
  const member = version === 'v1' ? first : reader.left > 0 ? reader.option(() => reader.key()) : null;
  return {
    says: { name, uri, ...termsOf(creators, royalty) },
    creators,
    ...(member !== null && { member }),
  };
}

function skipKey(reader: ByteReader): null {
  reader.bytes(32);
  return null;
}

/** The parts that UpdateArgs replace, and nothing else. */
function readUpdate(reader: ByteReader, current: ReadMetadata): ReadMetadata {
  const name = reader.option(() => reader.string());
  reader.option(() => reader.string());
  const uri = reader.option(() => reader.string());
  const creators = reader.option(() => readCreators(reader));
  const royalty = reader.option(() => reader.u16());
  return {
    ...current,
    creators: creators ?? current.creators,
    says: { ...(name !== null && { name }), ...(uri !== null && { uri }), ...termsOf(creators, royalty) },
  };
}
