/** A generated chain's RPC node, from the side of a bench. */
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../src/runtime/ports.js';
import type { ChainShape } from '../chain/blocks.js';
import { type Child, startChild } from './child.js';

/** A process that serves a chain and counts what it gives. */
export interface ServingNode {
  readonly url: string;
  readonly child: Child;
  reset(): Promise<void>;
  served(): Promise<{
    readonly blocks: number;
    readonly bytes: number;
    readonly firstBlockAt: number | null;
  }>;
  stop(): Promise<void>;
}

export interface ChainNode extends ServingNode {
  /**
   * Makes a slot known; milliseconds since 1970 at which it was, and the signature of ours that stands last
   * in it.
   */
  announce(slot: number): Promise<{ readonly at: number; readonly last: string | null }>;
}

export async function startChainNode(
  shape: ChainShape & { readonly head?: number; readonly finalizedLag?: number },
): Promise<ChainNode> {
  const port = await freePorts(2);
  const child = startChild({
    name: 'RPC node',
    script: fileURLToPath(new URL('../chain/node.js', import.meta.url)),
    args: [JSON.stringify(shape), String(port)],
  });
  const { url } = await child.message((message) =>
    'url' in (message as object) ? (message as { url: string }) : null,
  );
  return {
    ...servingNode(url, child),
    announce: async (slot) => {
      child.send({ ask: 'announce', slot });
      return child.message((message) =>
        'announced' in (message as object) ? (message as { at: number; last: string | null }) : null,
      );
    },
  };
}

export function servingNode(url: string, child: Child): ServingNode {
  return {
    url,
    child,
    reset: async () => {
      child.send({ ask: 'reset' });
      await child.message((message) => ('reset' in (message as object) ? true : null));
    },
    served: async () => {
      child.send({ ask: 'served' });
      const told = await child.message((message) =>
        'served' in (message as object)
          ? (message as { served: { blocks: number; bytes: number }; firstBlockAt: number | null })
          : null,
      );
      return { ...told.served, firstBlockAt: told.firstBlockAt };
    },
    stop: () => child.stop(),
  };
}
