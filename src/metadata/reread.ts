/** Reads a stored document again: what is stored beside its content must be what the content says. */
import { inflateSync } from 'node:zlib';
import { type DocumentFields, MOST_BYTES, parseDocument, readDocument } from './document/document.js';
import { innerPlaceOf, ipfsHashOf } from './fetch/content.js';
import { contentHash } from './tables/documents.js';
import { readUri } from './uri/uri.js';

export interface Reread extends DocumentFields {
  readonly contentHash: string;
  readonly ipfsHash: string;
}

/**
 * @param body as stored: deflated
 * @returns why not, when the content cannot be read again
 */
export function reread(uri: string, body: Uint8Array): Reread | { readonly refused: string } {
  const named = readUri(uri);
  if ('refused' in named) return named;
  const { place } = named;
  let bytes: Buffer;
  try {
    bytes = inflateSync(body, { maxOutputLength: 2 * MOST_BYTES });
  } catch {
    return { refused: 'the stored content cannot be unpacked' };
  }
  const outer = place.kind === 'data' ? parseDocument(place.bytes) : null;
  const base = outer !== null && 'object' in outer ? innerPlaceOf(place, outer.object) : null;
  const read = readDocument(bytes, base ?? place);
  if ('refused' in read) return read;
  return { ...read.fields, contentHash: contentHash(bytes), ipfsHash: ipfsHashOf(place, bytes) };
}
