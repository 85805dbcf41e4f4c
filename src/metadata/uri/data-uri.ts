/** `data:` uris (RFC 2397): the document stands in the uri itself. */

/** Bytes that a `data:` uri may hold, as for a document that is fetched. */
const MOST_BYTES = 1 << 20;
/** Characters that many bytes take at most, percent-encoded. */
const MOST_CHARACTERS = 3 * MOST_BYTES + 256;

/** @returns the bytes and their media type in lower case, or why they cannot be read */
export function readDataUri(
  uri: string,
): { readonly mime: string; readonly bytes: Buffer } | { readonly refused: string } {
  if (uri.length > MOST_CHARACTERS) return { refused: `the data: uri holds more than ${MOST_BYTES} bytes` };
  const comma = uri.indexOf(',');
  if (comma < 0) return { refused: 'the data: uri has no comma before its content' };
  const [mime = '', ...parameters] = uri.slice('data:'.length, comma).toLowerCase().split(';');
  const content = uri.slice(comma + 1);
  const bytes = parameters.some((parameter) => parameter.trim() === 'base64')
    ? fromBase64(content)
    : fromPercent(content);
  if (bytes === null) return { refused: 'the content of the data: uri is not encoded as it says' };
  if (bytes.length > MOST_BYTES) return { refused: `the data: uri holds more than ${MOST_BYTES} bytes` };
  return { mime: mime.trim() || 'text/plain', bytes };
}

function fromBase64(content: string): Buffer | null {
  const text = content.includes('%') ? fromPercent(content).toString('latin1') : content;
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return null;
  return Buffer.from(text, 'base64');
}

/**
 * Percent sequences become bytes; a percent sign that begins none stands for itself, as writers forget it.
 */
function fromPercent(content: string): Buffer {
  if (!content.includes('%')) return Buffer.from(content, 'utf8');
  const parts: Buffer[] = [];
  for (const part of content.split(/((?:%[0-9a-fA-F]{2})+)/)) {
    parts.push(
      /^(?:%[0-9a-fA-F]{2})+$/.test(part)
        ? Buffer.from(part.replaceAll('%', ''), 'hex')
        : Buffer.from(part, 'utf8'),
    );
  }
  return Buffer.concat(parts);
}
