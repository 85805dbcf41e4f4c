/**
 * Keeps secrets out of logs and error messages: whatever looks like a URL in a text keeps its scheme and
 * host, nothing else.
 */

const URL_PATTERN = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"\\]+/gi;
/**
 * What a provider makes of a key in a host name (`KEY.rpc.example`); names that people choose are shorter or
 * of several words.
 */
const KEY_LIKE = /(?=[a-z]*\d)[a-z0-9]{16,}|[a-z0-9]{24,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/**
 * `scheme://host:port`. Keys stand in user names, paths, queries and fragments, in every spelling; in a host
 * name, what looks like one becomes `***`. A text that is no URL becomes `(not a URL)`.
 */
export function redactUrl(text: string): string {
  if (!URL.canParse(text)) return '(not a URL)';
  const { protocol, host } = new URL(text);
  return `${protocol}//${host.replace(KEY_LIKE, '***')}`;
}

/** The same for every URL inside a longer text, such as an error message of a library. */
export function redactText(text: string): string {
  if (!text.includes('://')) return text;
  return text.replace(URL_PATTERN, (match) => {
    // `http://host:8899: timed out`: the sentence's own punctuation is no part of the URL.
    const url = match.replace(/[.,:;!?)\]}>'`]+$/, '');
    return redactUrl(url) + match.slice(url.length);
  });
}
