/**
 * Reads a metadata document: the bytes that a uri led to, as JSON that anybody may have written. What is read
 * depends on these bytes and on the place only. Fields that are not what they should be are left out; only
 * what is no document at all is refused. Sources: Metaplex token standard, TEP-64.
 */
import type { Json } from '../../events/event.js';
import { isObject, type Raw } from '../../runtime/untrusted.js';
import { type Place, readReference } from '../uri/uri.js';
import { type MediaFile, readMedia } from './media.js';
import { signatureOf } from './signature.js';
import { isWithin, storable, storableJson } from './text.js';

/**
 * Raised whenever the same bytes would be read otherwise, together with a migration that makes the documents
 * due that were read by an older one (docs/adr/0017-metadata-is-a-fold.md).
 */
export const PARSER = 1;

/** Bytes of a document, unpacked. */
export const MOST_BYTES = 1 << 20;
const DEEPEST = 32;
const LONGEST_NAME = 1_000;
const LONGEST_DESCRIPTION = 100_000;
const LONGEST_ADDRESS = 4_096;
/** A picture in the document itself, as `data:` uri; a longer one is left out. */
const LONGEST_PICTURE = 32_768;

export interface DocumentFields {
  readonly name: string | null;
  readonly description: string | null;
  /** Canonical: `ipfs://CID/path`, `ar://id/path`, an address of the web, or a short `data:image/…`. */
  readonly image: string | null;
  /** As given, a list or an object. */
  readonly attributes: Json | null;
  /** An address of the web. */
  readonly externalUrl: string | null;
  readonly media: readonly MediaFile[];
}

export type Read = { readonly fields: DocumentFields } | { readonly refused: string };

/** Never throws, whatever the bytes are. */
export function readDocument(bytes: Uint8Array, place: Place): Read {
  const json = parseDocument(bytes);
  return 'refused' in json ? json : { fields: fieldsOf(json.object, place) };
}

/** The JSON object in the bytes, or why there is none. */
export function parseDocument(bytes: Uint8Array): { readonly object: Raw } | { readonly refused: string } {
  if (bytes.length > MOST_BYTES)
    return { refused: `the document has ${bytes.length} bytes: at most ${MOST_BYTES} are read` };
  if (bytes.length === 0) return { refused: 'the document is empty' };
  const known = signatureOf(bytes);
  if (known !== null) return { refused: `the document is ${known} instead of JSON` };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { refused: 'the document is no UTF-8' };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {
      refused: /^\s*</.test(text) ? 'the document is HTML or XML instead of JSON' : 'the document is no JSON',
    };
  }
  if (!isObject(value)) return { refused: 'the document is JSON, but no object' };
  if (!isWithin(value, DEEPEST)) return { refused: `the document has more than ${DEEPEST} levels` };
  return { object: value };
}

function fieldsOf(object: Raw, place: Place): DocumentFields {
  const { attributes } = object;
  const external = textOf(object.external_url ?? object.external_link, LONGEST_ADDRESS);
  return {
    name: textOf(object.name, LONGEST_NAME),
    description: textOf(object.description, LONGEST_DESCRIPTION),
    image: imageOf(object.image ?? object.image_url, place),
    attributes:
      typeof attributes === 'object' && attributes !== null ? storableJson(attributes as Json) : null,
    externalUrl: external !== null && isWebAddress(external) ? external : null,
    media: readMedia(object, place),
  };
}

/** Text that is not empty; numbers count as their decimal text. */
function textOf(value: unknown, longest: number): string | null {
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'number' && Number.isFinite(value)
        ? String(value)
        : '';
  const stored = storable(text).trim();
  return stored === '' ? null : stored.slice(0, longest).toWellFormed();
}

function imageOf(value: unknown, base: Place): string | null {
  if (typeof value !== 'string') return null;
  const place = readReference(value, base);
  if (place === null) return null;
  const isPicture = place.kind === 'data' && place.mime.startsWith('image/');
  if (place.kind === 'data' && (!isPicture || place.canonical.length > LONGEST_PICTURE)) return null;
  return storable(place.canonical);
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && ['https:', 'http:'].includes(new URL(text).protocol);
}
