/**
 * How an endpoint is named in logs, errors and rows: enough to tell which one it is, nothing that gives
 * access to it.
 */
import { redactUrl } from '../../runtime/redact.js';
import type { Endpoint } from './endpoint.js';

/**
 * Redacted name of an endpoint; `#2` and so on tell apart those that differ only in what must not be shown.
 */
export function nameOf(endpoints: readonly Endpoint[], index: number): string {
  const names = endpoints.map(({ url }) => redactUrl(url));
  const name = names[index] ?? '';
  const earlier = names.slice(0, index).filter((other) => other === name).length;
  return earlier === 0 ? name : `${name}#${earlier + 1}`;
}

/**
 * Takes an endpoint's own secrets out of any text: providers repeat a refused key in their answer, libraries
 * the whole URL in their errors. Everything of the URL that is not its name, and every header value, counts
 * as secret.
 */
export function createScrubber(endpoint: Pick<Endpoint, 'url' | 'headers'>): (text: string) => string {
  const secrets = new Set<string>();
  const add = (value: string): void => {
    // Shorter texts ("/", "v2", "rpc") are no keys, and removing them would only garble the message.
    if (value.length >= 6)
      for (const form of [value, decode(value), encodeURIComponent(value)]) secrets.add(form);
  };
  if (URL.canParse(endpoint.url)) {
    const url = new URL(endpoint.url);
    add(url.username);
    add(url.password);
    // `key=…`, `token:…`: what stands behind is the key.
    for (const segment of url.pathname.split('/'))
      for (const part of [segment, ...segment.split(/[=:;,]/)]) add(part);
    for (const label of url.hostname.split('.'))
      if (redactUrl(`http://${label}`) !== `http://${label}`) add(label);
    add(url.search.slice(1));
    add(url.hash.slice(1));
    for (const value of url.searchParams.values()) add(value);
  }
  for (const value of Object.values(endpoint.headers ?? {})) {
    add(value);
    for (const word of value.split(/\s+/)) add(word);
  }
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
