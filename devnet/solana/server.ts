/** The local Solana as a server: one chain, one or more RPC endpoints over it. */
import { createSolanaChain } from './chain/chain.js';
import type { ChainOptions, SolanaChain } from './chain/types.js';
import { type Endpoint, type EndpointOptions, startEndpoint } from './rpc/endpoint.js';

export type SolanaDevnetOptions = ChainOptions & EndpointOptions;

export interface SolanaDevnet {
  readonly chain: SolanaChain;
  /** HTTP JSON-RPC; `/admin/...` holds the fault switches. */
  readonly url: string;
  /** Websocket on the same port; it listens on the next one too. */
  readonly wsUrl: string;
  /** The first endpoint's fault switches, as `/admin/faults` reaches them. */
  readonly faults: Endpoint['faults'];
  /** Another endpoint over the same chain, with fault switches of its own. */
  addEndpoint(options: Partial<EndpointOptions>): Promise<Endpoint>;
  /** Close every endpoint and stop the chain. */
  close(): Promise<void>;
}

/** Open the chain in `options.dir`, start its clock and listen. */
export async function startSolanaDevnet(options: SolanaDevnetOptions): Promise<SolanaDevnet> {
  const chain = createSolanaChain(options);
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
    wsUrl: first.wsUrl,
    faults: first.faults,
    addEndpoint: (endpointOptions) => add({ host: options.host, port: 0, ...endpointOptions }),
    async close() {
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));
      await chain.stop();
    },
  };
}
