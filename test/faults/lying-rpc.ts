/**
 * Solana's lies: slots left out of lists, blocks called skipped, a head that is far behind or ahead, another
 * slot's block than was asked for, transactions removed from a block or told in another order.
 */
import { type LyingEndpoint, startLyingEndpoint } from './lying-endpoint.js';

export const LIES = [
  'omits-slots',
  'claims-skipped',
  'old-head',
  'future-head',
  'wrong-block',
  'removes-transactions',
  'other-order',
] as const;
export type Lie = (typeof LIES)[number];

interface Call {
  readonly method?: string;
  readonly params?: readonly unknown[];
  readonly id?: unknown;
}

export function startLyingRpc(devnet: string, fraction: () => number): Promise<LyingEndpoint<Lie>> {
  return startLyingEndpoint<Lie>({
    upstream: devnet,
    fraction,
    tell: async (kind, asked, pass) => {
      const call = JSON.parse(asked.body) as Call | Call[];
      if (Array.isArray(call)) return pass(asked);
      const { method, params = [], id } = call;
      if (kind === 'claims-skipped' && method === 'getBlock') {
        const error = { code: -32007, message: 'Slot was skipped' };
        return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, error }) };
      }
      const [slot, ...options] = params;
      if (kind === 'wrong-block' && method === 'getBlock' && typeof slot === 'number') {
        const other = { ...call, params: [Math.max(0, slot - 1), ...options] };
        return pass({ ...asked, body: JSON.stringify(other) });
      }
      const honest = await pass(asked);
      if (honest.status !== 200) return honest;
      const reply = JSON.parse(honest.body) as { result?: unknown };
      if (kind === 'omits-slots' && method === 'getBlocks' && Array.isArray(reply.result))
        reply.result = reply.result.filter(() => fraction() < 0.7);
      if (kind === 'old-head' && method === 'getSlot') reply.result = Math.max(0, Number(reply.result) - 50);
      if (kind === 'future-head' && method === 'getSlot') reply.result = Number(reply.result) + 3;
      if (method === 'getBlock') changeBlock(kind, reply.result, fraction);
      return { status: 200, body: JSON.stringify(reply) };
    },
  });
}

/** Its hashes stay: nothing in the block itself shows that it was changed. */
function changeBlock(kind: Lie, block: unknown, fraction: () => number): void {
  if (typeof block !== 'object' || block === null) return;
  const lists = block as Record<string, unknown>;
  for (const name of ['transactions', 'signatures']) {
    const list = lists[name];
    if (!Array.isArray(list)) continue;
    if (kind === 'removes-transactions') lists[name] = list.filter(() => fraction() < 0.5);
    if (kind === 'other-order') lists[name] = list.toReversed();
  }
}
