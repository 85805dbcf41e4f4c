/** CPU of the servers that a run used, since `before`. */
import type { BenchContext } from '../bench.js';
import type { ServingNode } from '../lab/chain-node.js';
import type { Usage } from '../lab/child.js';

export function systemUsage(
  { postgres, redis }: Pick<BenchContext, 'postgres' | 'redis'>,
  before: { readonly postgres: number; readonly redis: number },
  node?: ServingNode,
): Usage[] {
  return [
    { name: 'PostgreSQL', cpu: postgres.cpu() - before.postgres, peakMemory: Number.NaN },
    ...(redis ? [{ name: 'Redis', cpu: redis.cpu() - before.redis, peakMemory: Number.NaN }] : []),
    ...(node ? [node.child.usage()] : []),
  ];
}
