/**
 * What a metadata uri names. Writers spell the same place in many ways (`ipfs://CID`, `/ipfs/CID`, the
 * address of somebody's gateway, a bare CID), so every spelling becomes one canonical text, by which a
 * document is asked for once and remembered. Nothing is asked here.
 */
import { isCid } from './cid.js';
import { readDataUri } from './data-uri.js';

export type Place =
  | { readonly kind: 'ipfs'; readonly canonical: string; readonly cid: string; readonly path: string }
  | { readonly kind: 'arweave'; readonly canonical: string; readonly id: string; readonly path: string }
  /** `http:` or `https:`; the guarded client decides whether it is asked. */
  | { readonly kind: 'web'; readonly canonical: string; readonly host: string }
  | { readonly kind: 'data'; readonly canonical: string; readonly mime: string; readonly bytes: Buffer };

/** Either a place, or why the text names none. */
export type Named = { readonly place: Place } | { readonly refused: string };

/** Characters of an address that is asked for; a `data:` uri has its own bound. */
const LONGEST = 4_096;

/** An Arweave transaction id: base64url of 32 bytes. */
const ARWEAVE_ID = /^[A-Za-z0-9_-]{43}$/;
const ARWEAVE_HOST = /^(?:[a-z0-9-]+\.)?(?:arweave\.net|ar-io\.net)$/;
/** Path gateways put the CID into the path, subdomain gateways into the name. */
const IPFS_PATH = /^\/?ipfs\/(?:ipfs\/)?([^/?#]+)([^?#]*)/;
const IPFS_SUBDOMAIN = /^([a-z2-7]+)\.ipfs\./;

/** Reads a uri as somebody wrote it on a chain or into a document. Never throws. */
export function readUri(text: string): Named {
  const uri = withoutPadding(text);
  if (uri === '') return { refused: 'the uri is empty' };
  if (/^data:/i.test(uri)) {
    const data = readDataUri(uri);
    return 'refused' in data ? data : { place: { kind: 'data', canonical: uri, ...data } };
  }
  if (uri.length > LONGEST)
    return { refused: `the uri has ${uri.length} characters: at most ${LONGEST} are read` };
  const ipfs = readIpfs(uri);
  if (ipfs !== null) return ipfs;
  const arweave = /^ar:\/\/([^/?#]+)([^?#]*)/i.exec(uri);
  if (arweave !== null) return ofArweave(arweave[1] ?? '', arweave[2] ?? '');
  if (!URL.canParse(uri)) return { refused: 'the uri is no address: it has no scheme that is known' };
  const url = new URL(uri);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { refused: `nothing is asked for by ${url.protocol.slice(0, 20)}` };
  return ofUrl(url);
}

/**
 * The uri of what a document refers to, such as its image: canonical, and for a relative one beside the
 * document.
 * @returns null when it names no place that anybody should load
 */
export function readReference(text: string, base: Place): Place | null {
  const direct = readUri(text);
  if ('place' in direct) return direct.place;
  const relative = withoutPadding(text);
  if (relative === '' || relative.length > LONGEST || /^[a-z][a-z0-9+.-]*:/i.test(relative)) return null;
  if (base.kind === 'data' || /^[/\\]{2}/.test(relative)) return null;
  const root = base.kind === 'web' ? base.canonical : `http://place/${base.canonical.replace('://', '/')}`;
  if (!URL.canParse(relative, root)) return null;
  const url = new URL(relative, root);
  if (base.kind === 'web') return placeOf(readUri(url.href));
  const [, scheme = '', rest = ''] = /^\/(ipfs|ar)\/(.*)$/.exec(url.pathname) ?? [];
  const found = placeOf(readUri(`${scheme}://${rest}`));
  // A relative path cannot leave the content that the document itself is in.
  const stays =
    (found?.kind === 'ipfs' && base.kind === 'ipfs' && found.cid === base.cid) ||
    (found?.kind === 'arweave' && base.kind === 'arweave' && found.id === base.id);
  return stays ? found : null;
}

function placeOf(named: Named): Place | null {
  return 'place' in named ? named.place : null;
}

/** Fields of fixed width on Solana are padded with NUL characters. */
function withoutPadding(text: string): string {
  return text.replaceAll('\0', '').trim();
}

function readIpfs(uri: string): Named | null {
  const scheme = /^ipfs:\/\/(?:ipfs\/)?([^/?#]+)([^?#]*)/i.exec(uri);
  if (scheme !== null) return ofIpfs(scheme[1] ?? '', scheme[2] ?? '');
  if (/^ipfs:/i.test(uri)) return { refused: 'the uri begins with ipfs: and names no CID' };
  const path = IPFS_PATH.exec(uri);
  if (path !== null) return ofIpfs(path[1] ?? '', path[2] ?? '');
  const [first = '', ...rest] = uri.split('/');
  if (isCid(first)) return ofIpfs(first, rest.length === 0 ? '' : `/${rest.join('/')}`);
  return null;
}

function ofIpfs(cid: string, path: string): Named {
  if (!isCid(cid)) return { refused: `${JSON.stringify(cid.slice(0, 80))} is no CID` };
  const clean = cleanPath(path);
  return { place: { kind: 'ipfs', canonical: `ipfs://${cid}${clean}`, cid, path: clean } };
}

function ofArweave(id: string, path: string): Named {
  if (!ARWEAVE_ID.test(id)) return { refused: `${JSON.stringify(id.slice(0, 80))} is no Arweave id` };
  const clean = cleanPath(path);
  return { place: { kind: 'arweave', canonical: `ar://${id}${clean}`, id, path: clean } };
}

/** An address of the web; that of a gateway becomes what it is a gateway to. */
function ofUrl(url: URL): Named {
  const path = IPFS_PATH.exec(url.pathname);
  if (path !== null && isCid(path[1] ?? '')) return ofIpfs(path[1] ?? '', path[2] ?? '');
  const subdomain = IPFS_SUBDOMAIN.exec(url.hostname);
  if (subdomain !== null && isCid(subdomain[1] ?? '')) return ofIpfs(subdomain[1] ?? '', url.pathname);
  const [, id = '', rest = ''] = /^\/([^/]+)(.*)$/.exec(url.pathname) ?? [];
  if (ARWEAVE_HOST.test(url.hostname) && ARWEAVE_ID.test(id)) return ofArweave(id, rest);
  url.hash = '';
  return { place: { kind: 'web', canonical: url.href, host: url.host } };
}

/**
 * A path in one spelling: percent-encoded where an address needs it, without `..` and without a slash at its
 * end. Reading it again changes nothing.
 */
function cleanPath(path: string): string {
  return new URL(path.startsWith('/') ? `http://place${path}` : 'http://place').pathname.replace(/\/+$/, '');
}
