/**
 * The files that a document names: sound, films, pictures. Conventions in use: `properties.files` with `uri`
 * and `type` (Metaplex), `animation_url` (Metaplex, OpenSea), `content_url` (TEP-64 of getgems).
 */
import { isObject, type Raw } from '../../runtime/untrusted.js';
import { type Place, readReference } from '../uri/uri.js';
import { byExtension } from './extension.js';
import { storable } from './text.js';

export interface MediaFile {
  /** Canonical address. */
  readonly uri: string;
  /** Media type in lower case; null where nothing says it. */
  readonly mime: string | null;
}

/** Files of one document that are kept. */
const MOST_FILES = 64;
const MIME = /^[a-z]+\/[a-z0-9.+-]+$/;

/** The files, each once, in the order of the document. */
export function readMedia(object: Raw, base: Place): MediaFile[] {
  const properties = isObject(object.properties) ? object.properties : {};
  const listed = Array.isArray(properties.files) ? properties.files.slice(0, MOST_FILES) : [];
  const found = new Map<string, MediaFile>();
  const add = (uri: unknown, type: unknown): void => {
    if (typeof uri !== 'string') return;
    const place = readReference(uri, base);
    if (place === null || place.kind === 'data') return;
    const known = found.get(place.canonical);
    const mime = mimeOf(type) ?? known?.mime ?? byExtension(place.canonical);
    found.set(place.canonical, { uri: storable(place.canonical), mime });
  };
  for (const file of listed) {
    if (isObject(file)) add(file.uri ?? file.src, file.type ?? file.mimeType);
    else add(file, null);
  }
  const hint = typeof properties.category === 'string' && properties.category === 'audio' ? 'audio/*' : null;
  for (const uri of [object.animation_url, object.content_url]) {
    add(uri, null);
    const place = typeof uri === 'string' ? readReference(uri, base) : null;
    const file = place === null ? undefined : found.get(place.canonical);
    if (file !== undefined && file.mime === null && hint !== null)
      found.set(file.uri, { uri: file.uri, mime: hint });
  }
  return [...found.values()].slice(0, MOST_FILES);
}

function mimeOf(type: unknown): string | null {
  if (typeof type !== 'string') return null;
  const [mime = ''] = type.toLowerCase().split(';');
  return MIME.test(mime.trim()) ? mime.trim() : null;
}
