/** Unpacks answers that an endpoint, or a proxy before it, compressed: also where nobody asked for that. */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { messageOf } from '../../runtime/errors.js';

/** The body cannot be unpacked, and the message says why. The endpoint is at fault. */
export class CannotUnpack extends Error {}

type Unpack = (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const inflate = promisify(zlib.inflate) as Unpack;
const inflateRaw = promisify(zlib.inflateRaw) as Unpack;
const gunzip = promisify(zlib.gunzip) as Unpack;

const UNPACK: Readonly<Record<string, Unpack>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  br: promisify(zlib.brotliDecompress) as Unpack,
  // RFC 9110 means the format of zlib, some servers send the bare stream: its first byte is no zlib header.
  deflate: (body, options) => (((body[0] ?? 0) & 0x0f) === 8 ? inflate : inflateRaw)(body, options),
  // Node 22.15 and later.
  ...('zstdDecompress' in zlib ? { zstd: promisify(zlib.zstdDecompress as never) as Unpack } : {}),
};

/**
 * JSON of blocks shrinks to a fifth or a twentieth; a body that grows more than this is made to fill memory…
 */
const LARGEST_RATIO = 200;
/** …unless it is small all the same (bytes). */
const SMALL = 4 * 1024 * 1024;

/**
 * The body without its compression.
 * @param encoding the header `content-encoding`
 * @param limit most bytes that the body may have when it is unpacked
 * @throws CannotUnpack when the coding is not known, there are several, the data are broken, or they unpack
 * to too many bytes
 */
export async function unpack(body: Buffer, encoding: string, limit: number): Promise<Buffer> {
  const codings = encoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length === 0 || body.length === 0) return body;
  const [coding = '', second] = codings;
  if (second !== undefined) throw new CannotUnpack(`an answer compressed twice (${codings.join(', ')})`);
  const how = UNPACK[coding];
  if (how === undefined) throw new CannotUnpack(`an answer compressed as ${coding}, which is not known here`);
  const most = Math.min(limit, Math.max(SMALL, body.length * LARGEST_RATIO));
  try {
    return await how(body, { maxOutputLength: most });
  } catch (cause) {
    const tooLarge = (cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    throw new CannotUnpack(
      tooLarge
        ? `${body.length} bytes of ${coding} that unpack to more than ${most}`
        : `${coding} that cannot be unpacked (${messageOf(cause)})`,
      { cause },
    );
  }
}
