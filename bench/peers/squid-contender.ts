/**
 * The squid SDK's published Solana source (RPC mode, favourable strides) feeding plain multi-row inserts: one
 * row a token movement.
 */
import { fileURLToPath } from 'node:url';
import type { BenchContext, Contender } from '../bench.js';
import { systemUsage } from '../benches/system-usage.js';
import type { ChainNode } from '../lab/chain-node.js';
import { startChild } from '../lab/child.js';

export function squidContender(
  name: string,
  node: ChainNode,
  blocks: number,
  context: BenchContext,
): Contender {
  return {
    name,
    unit: 'blocks/s',
    work: `${blocks} blocks`,
    run: async () => {
      const { postgres } = context;
      const database = await postgres.create();
      await node.reset();
      try {
        node.child.mark();
        const before = { postgres: postgres.cpu(), redis: context.redis?.cpu() ?? 0 };
        const child = startChild({
          name: 'squid SDK',
          script: fileURLToPath(new URL('squid.js', import.meta.url)),
          env: { DATABASE_URL: database.url, RPC_URL: node.url, BLOCKS: String(blocks) },
        });
        const told = await child.message((message) =>
          'doneAt' in (message as object)
            ? (message as { doneAt: number; rows: number; transactions: number })
            : null,
        );
        const usages = [child.usage(), ...systemUsage(context, before, node)];
        await child.stop();
        const { firstBlockAt } = await node.served();
        return {
          value: blocks / ((told.doneAt - (firstBlockAt ?? 0)) / 1000),
          usages,
          more: { rows: told.rows },
        };
      } finally {
        await database.drop();
      }
    },
  };
}
