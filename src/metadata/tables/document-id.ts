/** Under which id a document stands in `metadata_document`. */
import { hash } from 'node:crypto';
import { type Named, readUri } from '../uri/uri.js';

export interface DocumentKey {
  readonly id: string;
  /** Canonical, or as it is where it names no place. Without NUL characters. */
  readonly uri: string;
  readonly named: Named;
}

/** The document that a uri names, as the chain says it. Every spelling of a place has the same. */
export function documentOf(uri: string): DocumentKey {
  const named = readUri(uri);
  const text = 'place' in named ? named.place.canonical : uri.replaceAll('\0', '').toWellFormed();
  return { id: hash('sha256', text, 'hex').slice(0, 32), uri: text, named };
}

/** How a link remembers which uri it was made of. */
export function uriHash(uri: string): string {
  return hash('md5', uri, 'hex');
}
