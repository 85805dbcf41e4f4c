/**
 * Keeps secrets out of logs and error messages: everything in a text that looks like a URL keeps only its
 * scheme and host.
 */

const URL_PATTERN = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"\\]+/gi;
/**
 * Looks like a provider's key in a host name (`KEY.rpc.example`). Names that people choose are shorter or
 * have several words.
 */
const KEY_LIKE = /(?=[a-z]*\d)[a-z0-9]{16,}|[a-z0-9]{24,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/**
 * Reduces a URL to `scheme://host:port`. Keys may stand in user names, paths, queries and fragments, so all
 * of these go; a part of the host name that looks like a key becomes `***`. A text that is no URL becomes
 * `(not a URL)`.
 */
export function redactUrl(text: string): string {
  if (!URL.canParse(text)) return '(not a URL)';
  const { protocol, host } = new URL(text);
  return `${protocol}//${host.replace(KEY_LIKE, '***')}`;
}

/** Redacts every URL inside a longer text, such as an error message of a library. */
export function redactText(text: string): string {
  if (!text.includes('://')) return text;
  return text.replace(URL_PATTERN, (match) => {
    // In `http://host:8899: timed out` the punctuation belongs to the sentence, not to the URL.
    const url = match.replace(/[.,:;!?)\]}>'`]+$/, '');
    return redactUrl(url) + match.slice(url.length);
  });
}
