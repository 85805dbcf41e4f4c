/** The process of a generated chain's RPC node: `node node.js SHAPE_AS_JSON PORT`. */
import { tell } from '../lab/child.js';
import { type ChainShape, generateChain } from './blocks.js';
import { startChainServer } from './server.js';

const shape = JSON.parse(process.argv[2] ?? '{}') as ChainShape & {
  readonly head?: number;
  readonly finalizedLag?: number;
};
const chain = generateChain(shape);
const server = await startChainServer(chain, {
  port: Number(process.argv[3]),
  ...(shape.head === undefined ? {} : { head: shape.head }),
  ...(shape.finalizedLag === undefined ? {} : { finalizedLag: shape.finalizedLag }),
});

process.on('message', (message) => {
  const asked = message as { readonly ask?: string; readonly slot?: number };
  if (asked.ask === 'reset') {
    server.reset();
    void tell({ reset: true });
  } else if (asked.ask === 'served')
    void tell({ served: server.served(), firstBlockAt: server.firstBlockAt() });
  else if (asked.ask === 'announce' && asked.slot !== undefined) {
    server.announce(asked.slot);
    void tell({
      announced: asked.slot,
      at: Date.now(),
      last: chain.ours(asked.slot).at(-1)?.signature ?? null,
    });
  }
});
process.once('disconnect', () => process.exit(0));
await tell({ type: 'ready', url: server.url });
