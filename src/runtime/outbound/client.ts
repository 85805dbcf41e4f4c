/**
 * The HTTP client for addresses that strangers name: receivers of webhooks, metadata of NFTs. It asks hosts
 * of the open internet only, connects to the very addresses that it checked, follows no redirect unless
 * told so (and then checks each hop like the first), and bounds size and time of everything.
 */
import { Agent, type Dispatcher } from 'undici';
import { NdxError } from '../errors.js';
import { ENCODINGS, readBeginning, readBody } from './body.js';
import { createConnect } from './connect.js';
import { asOutboundError } from './failures.js';
import { createResolve, type Resolve } from './resolve.js';
import { readTarget, type TargetRules } from './target.js';

export interface OutboundLimits {
  /** Milliseconds: to open a connection, to the headers, and for the whole request with redirects. */
  readonly connect: number;
  readonly headers: number;
  readonly whole: number;
  /** Bytes of the answer's headers, of its body on the wire, and of its body unpacked. */
  readonly headerBytes: number;
  readonly wireBytes: number;
  readonly unpackedBytes: number;
}

const OUTBOUND_LIMITS: OutboundLimits = {
  connect: 5_000,
  headers: 10_000,
  whole: 20_000,
  headerBytes: 16_384,
  wireBytes: 1 << 20,
  unpackedBytes: 1 << 21,
};

const PORTS = [443, 8443];
const PLAIN_PORTS = [80, 8080];

export interface OutboundOptions {
  /** Whether `http:` is allowed, with the ports 80 and 8080. Default: `https:` only. */
  readonly plain?: boolean;
  /** Ports that may be asked. Default: 443 and 8443. */
  readonly ports?: readonly number[];
  /**
   * `host:port` that may be asked although private, by `http:` too: the own devnet, tests. Default: none.
   */
  readonly allowedHosts?: readonly string[];
  readonly limits?: Partial<OutboundLimits>;
  /** Default: by DNS. */
  readonly resolve?: Resolve;
  /** Certificate authority that is trusted instead of the usual ones; for tests. */
  readonly ca?: string;
}

export interface OutboundRequest {
  readonly url: string;
  /** Default: GET. Only a GET is redirected. */
  readonly method?: 'GET' | 'POST';
  /** Sent to the first host only, not to where it redirects. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Redirects that are followed. Default: 0. */
  readonly redirects?: number;
  /** Reads only the beginning of the body, this many bytes, and as it is. Default: reads all of it. */
  readonly beginning?: number;
  /** Limits of this request that differ from the client's; those of connecting and of headers cannot. */
  readonly limits?: Partial<Pick<OutboundLimits, 'whole' | 'wireBytes' | 'unpackedBytes'>>;
  readonly signal?: AbortSignal;
}

export interface OutboundResponse {
  /** Any status but a redirect. */
  readonly status: number;
  /** Names in lower case; of a header that came several times, all values joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the answer came from, after redirects. */
  readonly url: string;
}

export interface Outbound {
  /**
   * Asks, and reads the answer.
   * @throws NdxError OUTBOUND_REFUSED for what must not be asked, OUTBOUND_REDIRECTED when it redirects more
   * often than allowed, OUTBOUND_UNREACHABLE, OUTBOUND_TIMEOUT, OUTBOUND_TOO_LARGE, OUTBOUND_BAD_RESPONSE;
   * and the reason of `signal` when that is aborted
   */
  request(request: OutboundRequest): Promise<OutboundResponse>;
  /** Checks a URL without asking it. @throws NdxError OUTBOUND_REFUSED */
  check(url: string): URL;
  /** Ends what runs. */
  close(): Promise<void>;
}

export function createOutbound(options: OutboundOptions = {}): Outbound {
  const limits = { ...OUTBOUND_LIMITS, ...options.limits };
  const plain = options.plain ?? false;
  const allowed = new Set(options.allowedHosts?.map((host) => host.toLowerCase()));
  const rules: TargetRules = {
    plain,
    ports: options.ports ?? [...PORTS, ...(plain ? PLAIN_PORTS : [])],
    allowed,
  };
  const agent = new Agent({
    connect: createConnect({
      resolve: options.resolve ?? createResolve(limits.connect),
      allowed,
      timeout: limits.connect,
      ...(options.ca === undefined ? {} : { tls: { ca: options.ca } }),
    }),
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headers,
    bodyTimeout: limits.headers,
    pipelining: 1,
  });

  const ask = (url: URL, request: OutboundRequest, signal: AbortSignal) =>
    agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method ?? 'GET',
      headers: {
        'accept-encoding': request.beginning === undefined ? ENCODINGS : 'identity',
        ...request.headers,
      },
      body: request.body ?? null,
      signal,
    });

  const receive = async (
    url: URL,
    { statusCode, headers, body }: Dispatcher.ResponseData,
    request: OutboundRequest,
  ): Promise<OutboundResponse> => {
    const flat = flatten(headers);
    const content =
      request.beginning === undefined
        ? await readBody(
            { body, encoding: flat['content-encoding'], length: flat['content-length'] },
            {
              wire: request.limits?.wireBytes ?? limits.wireBytes,
              unpacked: request.limits?.unpackedBytes ?? limits.unpackedBytes,
            },
          )
        : await readBeginning(body, request.beginning);
    return { status: statusCode, headers: flat, body: content, url: url.href };
  };

  const follow = async (request: OutboundRequest, signal: AbortSignal): Promise<OutboundResponse> => {
    const most = request.redirects ?? 0;
    let url = readTarget(request.url, rules);
    for (let hop = 0; ; hop++) {
      const { headers: _first, ...bare } = request;
      const answer = await ask(url, hop === 0 ? request : bare, signal);
      if (!isRedirect(answer.statusCode)) return await receive(url, answer, request);
      await answer.body.dump({ limit: 1024, signal });
      const next = locationOf(answer.headers.location, url);
      if (next === null) throw redirected(`${url.host} redirects to nowhere (status ${answer.statusCode})`);
      if (hop >= most || (request.method ?? 'GET') !== 'GET')
        throw redirected(`${url.host} redirects (status ${answer.statusCode}): at most ${most} are followed`);
      url = readTarget(next, rules);
    }
  };

  return {
    request: async (request) => {
      const { signal: theirs } = request;
      theirs?.throwIfAborted();
      const whole = request.limits?.whole ?? limits.whole;
      const deadline = AbortSignal.timeout(whole);
      const signal = theirs ? AbortSignal.any([theirs, deadline]) : deadline;
      try {
        return await follow(request, signal);
      } catch (error) {
        theirs?.throwIfAborted();
        throw asOutboundError(error, request.url, deadline.aborted ? whole : null);
      }
    },
    check: (url) => readTarget(url, rules),
    close: () => agent.destroy(),
  };
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304;
}

function locationOf(location: string | string[] | undefined, base: URL): string | null {
  if (typeof location !== 'string' || !URL.canParse(location, base.href)) return null;
  return new URL(location, base.href).href;
}

function redirected(message: string): NdxError {
  return new NdxError('OUTBOUND_REDIRECTED', message);
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
