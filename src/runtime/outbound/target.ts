/** Which URLs of strangers may be asked at all, before anything is resolved. */
import { NdxError } from '../errors.js';

/** Characters of a URL. */
const URL_MOST = 2_048;

export interface TargetRules {
  /** Whether `http:` is allowed besides `https:`. */
  readonly plain: boolean;
  /** Ports that may be asked. */
  readonly ports: readonly number[];
  /** `host:port` that may be asked whatever the other rules say: the own devnet, tests. */
  readonly allowed: ReadonlySet<string>;
}

/** The port of a URL, where none is written too. */
function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

/**
 * The name under which a host is allowed by name: `host:port`, lower case, IPv6 in brackets.
 * @param hostname as in `URL.hostname`
 */
export function nameOf(hostname: string, port: number | string): string {
  return `${hostname.toLowerCase()}:${port}`;
}

/**
 * Reads a URL that a stranger wrote.
 * @throws NdxError OUTBOUND_REFUSED when it is no URL, is too long, is of another scheme or port than
 * allowed, or holds a user name or password. Neither of these is repeated in the message.
 */
export function readTarget(text: string, rules: TargetRules): URL {
  if (text.length > URL_MOST) throw refusal(`the URL must have at most ${URL_MOST} characters`);
  if (!URL.canParse(text)) throw refusal('this is not a URL: write it like https://host/path');
  const url = new URL(text);
  const schemes = ['https:', 'http:'];
  if (!schemes.includes(url.protocol) || url.hostname === '')
    throw refusal(`the URL must begin with https://, not with ${url.protocol.slice(0, 20)}`);
  if (url.username !== '' || url.password !== '')
    throw refusal('the URL must not hold a user name or a password');
  if (rules.allowed.has(nameOf(url.hostname, portOf(url)))) return url;
  if (url.protocol === 'http:' && !rules.plain)
    throw refusal(`the URL must begin with https:// (${url.host} was asked without)`);
  if (!rules.ports.includes(portOf(url)))
    throw refusal(`port ${portOf(url)} of ${url.hostname} is not asked: only ${rules.ports.join(', ')}`);
  return url;
}

/** The error for what must not be asked; trying again cannot help. */
export function refusal(message: string): NdxError {
  return new NdxError('OUTBOUND_REFUSED', message);
}
