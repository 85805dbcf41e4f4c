/** A TON endpoint with a history of real contracts, from the side of a bench. */
import { fileURLToPath } from 'node:url';
import { type ServingNode, servingNode } from './chain-node.js';
import { startChild } from './child.js';

export interface TonNode extends ServingNode {
  /** Paths that were asked for since the last reset, each once, in order. */
  asked(): Promise<readonly string[]>;
}

/** @param onProgress is told how many blocks there are */
export async function startTonNode(
  blocks: number,
  actionsPerBlock: number,
  onProgress: (made: number) => void,
): Promise<TonNode> {
  const child = startChild({
    name: 'TON node',
    script: fileURLToPath(new URL('../chain/ton-node.js', import.meta.url)),
    args: [String(blocks), String(actionsPerBlock)],
  });
  const { url } = await child.message((message) => {
    const { made, url: ready } = message as { readonly made?: number; readonly url?: string };
    if (made !== undefined) onProgress(made);
    return ready === undefined ? null : { url: ready };
  });
  return {
    ...servingNode(url, child),
    asked: async () => {
      child.send({ ask: 'asked' });
      const { asked } = await child.message((message) =>
        'asked' in (message as object) ? (message as { asked: string[] }) : null,
      );
      return asked;
    },
  };
}
