/**
 * The resolver of documents, as the environment says: which gateways, which hosts are our own, how many at
 * once.
 */
import type { Env } from '../../../config/env.js';
import { MOST_BYTES } from '../../metadata/document/document.js';
import { createHosts } from '../../metadata/fetch/hosts.js';
import { createResolver, type Resolver } from '../../metadata/fetch/resolver.js';
import { createOutbound } from '../../runtime/outbound/client.js';

/**
 * Milliseconds and bytes of one request. A document may be packed, but never unpacks to more than is read.
 */
const LIMITS = { whole: 15_000, wireBytes: MOST_BYTES, unpackedBytes: MOST_BYTES };

export function openResolver({ metadata }: Pick<Env, 'metadata'>): {
  readonly resolver: Resolver;
  close(): Promise<void>;
} {
  const { ipfsGateways, arweaveGateways, concurrency } = metadata;
  const gateways = new Set([...ipfsGateways, ...arweaveGateways].map((address) => new URL(address).host));
  const outbound = createOutbound({ plain: true, limits: LIMITS });
  const own = createOutbound({
    limits: LIMITS,
    allowedHosts: metadata.hosts.map(([, address]) => hostAndPort(address)),
  });
  const resolver = createResolver({
    outbound,
    hosts: createHosts({
      atOnce: (host) => (gateways.has(host) ? concurrency : Math.max(2, Math.floor(concurrency / 4))),
    }),
    ipfsGateways,
    arweaveGateways,
    own: { hosts: new Map(metadata.hosts), outbound: own },
  });
  return {
    resolver,
    close: async () => {
      await Promise.all([outbound.close(), own.close()]);
    },
  };
}

function hostAndPort(address: string): string {
  const { hostname, port, protocol } = new URL(address);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}
