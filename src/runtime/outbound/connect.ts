/**
 * Opens connections for the guarded client. A host is resolved here and nowhere else: all its addresses are
 * checked, and the socket is opened to one of these very addresses, so that a name server that changes its
 * mind between check and connection changes nothing. TLS still proves the host's name.
 */
import { isIP, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { messageOf, NdxError } from '../errors.js';
import { isPublicAddress } from './addresses.js';
import { type Resolve, resolveAllowed } from './resolve.js';
import { nameOf, refusal } from './target.js';

/** Addresses of one host that are tried in turn. */
const ADDRESSES_TRIED = 3;

export interface ConnectDeps {
  readonly resolve: Resolve;
  /** `host:port` whose addresses are not checked. */
  readonly allowed: ReadonlySet<string>;
  /** Milliseconds to open one connection, TLS included. */
  readonly timeout: number;
  /** Options of TLS; tests pass the certificate that they made. */
  readonly tls?: { readonly ca?: string };
}

/** @returns the `connect` function of an undici Agent */
export function createConnect({ resolve, allowed, timeout, tls }: ConnectDeps): buildConnector.connector {
  const open = buildConnector({ ...tls, timeout, allowH2: false });
  const connectTo = (options: buildConnector.Options, address: string): Promise<Socket> =>
    new Promise((done, fail) => {
      open({ ...options, hostname: address }, (...[error, socket]) => {
        if (error) fail(error);
        else done(socket);
      });
    });
  return (options, callback) => {
    const connect = async (): Promise<Socket> => {
      const addresses = await addressesOf(options, resolve, allowed);
      let last: unknown;
      for (const address of addresses.slice(0, ADDRESSES_TRIED)) {
        try {
          return await connectTo(options, address);
        } catch (error) {
          last = error;
        }
      }
      throw last;
    };
    connect().then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(messageOf(error)), null),
    );
  };
}

/**
 * The addresses to connect to.
 * @throws NdxError OUTBOUND_REFUSED when any of them is not public: a host that names a private address
 * besides a public one is not asked at all. OUTBOUND_UNREACHABLE when there is none.
 */
async function addressesOf(
  { hostname, protocol, port }: buildConnector.Options,
  resolve: Resolve,
  allowed: ReadonlySet<string>,
): Promise<readonly string[]> {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const named = isIP(bare) === 6 ? `[${bare}]` : bare;
  if (allowed.has(nameOf(named, port || (protocol === 'https:' ? 443 : 80)))) return resolveAllowed(bare);
  const addresses = isIP(bare) === 0 ? await lookUp(bare, resolve) : [bare];
  if (!addresses.every(isPublicAddress))
    throw refusal(`${bare.slice(0, 100)} does not lead into the open internet: it is not asked`);
  return addresses;
}

async function lookUp(hostname: string, resolve: Resolve): Promise<readonly string[]> {
  try {
    const addresses = await resolve(hostname);
    if (addresses.length > 0) return addresses;
  } catch (error) {
    const message = `the address of ${hostname.slice(0, 100)} cannot be found: ${messageOf(error)}`;
    throw new NdxError('OUTBOUND_UNREACHABLE', message, { retryable: true, cause: error });
  }
  throw new NdxError('OUTBOUND_UNREACHABLE', `${hostname.slice(0, 100)} has no address`, { retryable: true });
}
