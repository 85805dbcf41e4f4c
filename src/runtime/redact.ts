/**
 * Keeps secrets out of logs and error messages: whatever looks like a URL in a text loses what may be a key.
 */

const URL_PATTERN = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>\\]+/gi;
/** Providers put API keys into paths (`/v2/KEY`, `/KEY/`); a name of a database or a route is shorter. */
const KEY_LIKE_SEGMENT = /^(?=.*\d)[A-Za-z0-9_-]{16,}$|^[A-Za-z0-9_-]{24,}$/;

/**
 * `scheme://host:port/path` without user, password, fragment and query values; path segments that look like
 * keys become `***`. A text that is no URL becomes `(not a URL)`.
 */
export function redactUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return '(not a URL)';
  }
  const path = url.pathname
    .split('/')
    .map((segment) => (KEY_LIKE_SEGMENT.test(segment) ? '***' : segment))
    .join('/');
  const query = [...new Set(url.searchParams.keys())].map((key) => `${key}=***`).join('&');
  return `${url.protocol}//${url.host}${path === '/' ? '' : path}${query === '' ? '' : `?${query}`}`;
}

/** The same for every URL inside a longer text, such as an error message of a library. */
export function redactText(text: string): string {
  if (!text.includes('://')) return text;
  return text.replace(URL_PATTERN, (match) => {
    // `http://host:8899: timed out`: the sentence's own punctuation is no part of the URL.
    const url = match.replace(/[.,:;!?)\]}]+$/, '');
    return redactUrl(url) + match.slice(url.length);
  });
}
