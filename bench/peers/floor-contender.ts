/**
 * The floor: what no program can be quicker than. The bytes are read, our keys looked for in them, those
 * transactions parsed, and the very rows that ours ends up with are copied in, made beforehand: no decoding,
 * no queue, no question to the database.
 */
import { fileURLToPath } from 'node:url';
import type { BenchContext, Contender } from '../bench.js';
import { systemUsage } from '../benches/system-usage.js';
import type { ServingNode } from '../lab/chain-node.js';
import { startChild } from '../lab/child.js';
import type { FloorRows } from './floor-rows.js';

const SCRIPTS = {
  'floor-solana': new URL('floor-solana.js', import.meta.url),
  'floor-ton': new URL('floor-ton.js', import.meta.url),
} as const;

/** @param script what reads the chain */
export function floorContender(
  name: string,
  script: keyof typeof SCRIPTS,
  node: ServingNode,
  blocks: number,
  rows: FloorRows,
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
          name: 'floor',
          script: fileURLToPath(SCRIPTS[script]),
          env: { DATABASE_URL: database.url, RPC_URL: node.url, BLOCKS: String(blocks), ROWS: rows.folder },
        });
        const { doneAt } = await child.message((message) =>
          'doneAt' in (message as object) ? (message as { doneAt: number }) : null,
        );
        const usages = [child.usage(), ...systemUsage(context, before, node)];
        await child.stop();
        const { firstBlockAt } = await node.served();
        return { value: blocks / ((doneAt - (firstBlockAt ?? 0)) / 1000), usages };
      } finally {
        await database.drop();
      }
    },
  };
}
