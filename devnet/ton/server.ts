/** The local TON as a server: one chain, one or more HTTP endpoints over it. */
import { createTonChain, type TonChain } from './chain/chain.js';
import type { ChainOptions } from './chain/types.js';
import { type Endpoint, type EndpointOptions, startEndpoint } from './http/endpoint.js';

export type TonDevnetOptions = ChainOptions & EndpointOptions;

export interface TonDevnet {
  readonly chain: TonChain;
  /**
   * TonClient4's endpoint; toncenter v2 is at `/api/v2/jsonRPC` below it, v3 at `/api/v3`, fault switches at
   * `/admin`.
   */
  readonly url: string;
  /** The first endpoint's fault switches, as `/admin/faults` reaches them. */
  readonly faults: Endpoint['faults'];
  /** Another endpoint over the same chain, with fault switches of its own. */
  addEndpoint(options: Partial<EndpointOptions>): Promise<Endpoint>;
  /** Close every endpoint and stop the chain. */
  close(): Promise<void>;
}

/** Open the chain in `options.dir`, start its clock and listen. */
export async function startTonDevnet(options: TonDevnetOptions): Promise<TonDevnet> {
  const chain = await createTonChain(options);
  const endpoints: Endpoint[] = [];
  const add = async (endpointOptions: EndpointOptions): Promise<Endpoint> => {
    const endpoint = await startEndpoint(chain, endpointOptions);
    endpoints.push(endpoint);
    return endpoint;
  };
  const first = await add(options).catch(async (error: unknown) => {
    await chain.stop();
    throw error;
  });
  chain.start();
  return {
    chain,
    url: first.url,
    faults: first.faults,
    addEndpoint: (endpointOptions) => add({ host: options.host, port: 0, ...endpointOptions }),
    async close() {
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));
      await chain.stop();
    },
  };
}
