/**
 * Fetches what a uri names and reads the document in it. What is believed: 200 with a JSON object of at most
 * a megabyte, whatever the content type says; under a CID that names one block by its hash, only these bytes.
 * Connections, redirects, sizes and times are guarded by src/runtime/outbound/.
 */
import { NdxError } from '../../runtime/errors.js';
import type { Outbound } from '../../runtime/outbound/client.js';
import { parseDocument, readDocument } from '../document/document.js';
import type { Content, DueDocument } from '../tables/documents.js';
import { isRawCid, rawCid } from '../uri/cid.js';
import type { Place } from '../uri/uri.js';
import { believed, restIfAsked } from './answer.js';
import { innerPlaceOf, ipfsHashOf } from './content.js';
import { type Busy, createGatewayRace, isBusy } from './gateways.js';
import type { Hosts } from './hosts.js';

export interface ResolverDeps {
  readonly outbound: Outbound;
  readonly hosts: Hosts;
  /** Addresses like `https://gateway.example`; `/ipfs/CID/path` is put behind them. */
  readonly ipfsGateways: readonly string[];
  /** The same for Arweave: `/ID/path`. */
  readonly arweaveGateways: readonly string[];
  /**
   * Hosts of our own by name, and where they really are: the devnet's documents. Only these are asked
   * although private, and by a client that may ask nothing else.
   */
  readonly own?: { readonly hosts: ReadonlyMap<string, string>; readonly outbound: Outbound };
}

export type Resolved =
  | { readonly content: Content; readonly from: string }
  /** The place says that its content is still what `etag` or `lastModified` named. */
  | 'unchanged'
  | Busy;

export interface Resolver {
  /**
   * @throws NdxError OUTBOUND_… when it cannot be had or is not believed; the signal's reason
   */
  resolve(
    place: Place,
    known: Pick<DueDocument, 'etag' | 'lastModified'>,
    signal: AbortSignal,
  ): Promise<Resolved>;
}

interface Fetched {
  readonly bytes: Buffer;
  readonly from: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** Redirects that are followed; each is checked like the first address. */
const REDIRECTS = 3;
const LONGEST_VALIDATOR = 256;

/** Follows three redirects at most, each checked like the first address. */
export function createResolver(deps: ResolverDeps): Resolver {
  const { outbound, hosts, own } = deps;
  const ipfs = createGatewayRace(deps.ipfsGateways, hosts);
  const arweave = createGatewayRace(deps.arweaveGateways, hosts);

  const throughGateway = (race: typeof ipfs, path: string, cid: string | null, signal: AbortSignal) =>
    race.run<Fetched>(async (gateway, its) => {
      const url = `${gateway.replace(/\/+$/, '')}${path}`;
      const response = await outbound.request({ url, redirects: REDIRECTS, signal: its });
      const host = new URL(url).host;
      restIfAsked(hosts, host, response);
      const bytes = believed(response, host);
      if (cid !== null && isRawCid(cid) && rawCid(bytes) !== cid)
        throw new NdxError('OUTBOUND_BAD_RESPONSE', `${host} gives other bytes than the CID names`);
      return { bytes, from: response.url, etag: null, lastModified: null };
    }, signal);

  async function fromWeb(
    place: Extract<Place, { kind: 'web' }>,
    known: Pick<DueDocument, 'etag' | 'lastModified'>,
    signal: AbortSignal,
  ): Promise<Fetched | 'unchanged' | Busy> {
    const entered = hosts.enter(place.host);
    if (typeof entered === 'number') return { busyFor: entered };
    try {
      const ours = own?.hosts.get(new URL(place.canonical).hostname);
      const url = ours === undefined ? place.canonical : movedTo(place.canonical, ours);
      const response = await (ours === undefined || !own ? outbound : own.outbound).request({
        url,
        headers: {
          accept: 'application/json, */*;q=0.5',
          ...(known.etag === null ? {} : { 'if-none-match': known.etag }),
          ...(known.lastModified === null ? {} : { 'if-modified-since': known.lastModified }),
        },
        redirects: REDIRECTS,
        signal,
      });
      hosts.answered(place.host);
      restIfAsked(hosts, place.host, response);
      if (response.status === 304 && (known.etag !== null || known.lastModified !== null)) return 'unchanged';
      const bytes = believed(response, place.host);
      return {
        bytes,
        from: response.url,
        etag: validator(response.headers.etag),
        lastModified: validator(response.headers['last-modified']),
      };
    } catch (error) {
      if (error instanceof NdxError && error.retryable && !signal.aborted) hosts.failed(place.host);
      throw error;
    } finally {
      entered();
    }
  }

  const fetch = async (
    place: Place,
    known: Pick<DueDocument, 'etag' | 'lastModified'>,
    signal: AbortSignal,
  ): Promise<Fetched | 'unchanged' | Busy> => {
    switch (place.kind) {
      case 'data':
        return { bytes: place.bytes, from: 'data:', etag: null, lastModified: null };
      case 'ipfs':
        return throughGateway(
          ipfs,
          `/ipfs/${place.cid}${place.path}`,
          place.path === '' ? place.cid : null,
          signal,
        );
      case 'arweave':
        return throughGateway(arweave, `/${place.id}${place.path}`, null, signal);
      case 'web':
        return fromWeb(place, known, signal);
    }
  };

  return {
    resolve: async (place, known, signal) => {
      const first = await fetch(place, known, signal);
      if (first === 'unchanged' || isBusy(first)) return first;
      const outer = objectIn(first.bytes);
      // TEP-64, semi-chain: what stands on the chain goes before what its uri names.
      const inner = innerPlaceOf(place, outer);
      if (inner === null) return { content: contentOf(first, place), from: first.from };
      const second = await fetch(inner, known, signal);
      if (second === 'unchanged' || isBusy(second)) return second;
      const merged = Buffer.from(JSON.stringify({ ...objectIn(second.bytes), ...outer }));
      return { content: contentOf({ ...second, bytes: merged }, place, inner), from: second.from };
    },
  };
}

/** The document in fetched bytes. Relative addresses in it stand beside `base`. */
function contentOf({ bytes, etag, lastModified }: Fetched, place: Place, base = place): Content {
  const read = readDocument(bytes, base);
  if ('refused' in read) throw new NdxError('OUTBOUND_BAD_RESPONSE', read.refused);
  return { bytes, fields: read.fields, ipfsHash: ipfsHashOf(place, bytes), etag, lastModified };
}

function objectIn(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const parsed = parseDocument(bytes);
  if ('refused' in parsed) throw new NdxError('OUTBOUND_BAD_RESPONSE', parsed.refused);
  return parsed.object;
}

function validator(value: string | undefined): string | null {
  return value === undefined || value === '' || value.length > LONGEST_VALIDATOR || value.includes('\0')
    ? null
    : value;
}

function movedTo(url: string, origin: string): string {
  const { pathname, search } = new URL(url);
  return `${origin.replace(/\/+$/, '')}${pathname}${search}`;
}
