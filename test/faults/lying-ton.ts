/**
 * TON's lies, in the dress of each of the three APIs: a head that is behind or ahead, another masterchain
 * block than was asked for, shard blocks left out of what a masterchain block commits, transactions left out
 * of a block.
 */
import { type Asked, type LyingEndpoint, startLyingEndpoint } from './lying-endpoint.js';

export const TON_LIES = [
  'omits-shards',
  'old-head',
  'future-head',
  'wrong-block',
  'removes-transactions',
] as const;
export type TonLie = (typeof TON_LIES)[number];

/** Answers that name the newest block, and those that list blocks which belong to a masterchain block. */
const HEAD = /^\/block\/latest|masterchainInfo|getMasterchainInfo/;
const BLOCKS = /^\/block\/\d+$|masterchainBlockShards|\/blocks\?|shards|getShards/;
/** Answers that list the transactions of a masterchain block, or count them. */
const TRANSACTIONS = /^\/block\/\d+$|transactionsByMasterchainBlock|\/blocks\?/;
const HEAD_OFF: Readonly<Partial<Record<TonLie, number>>> = { 'old-head': -20, 'future-head': 3 };

type Json = Readonly<Record<string, unknown>>;

export function startLyingTon(devnet: string, fraction: () => number): Promise<LyingEndpoint<TonLie>> {
  return startLyingEndpoint<TonLie>({
    upstream: devnet,
    fraction,
    tell: async (kind, asked, pass) => {
      if (kind === 'wrong-block') return pass(ofBlockBefore(asked));
      const name = `${asked.path} ${asked.body}`;
      const honest = await pass(asked);
      if (honest.status !== 200) return honest;
      const reply: unknown = JSON.parse(honest.body);
      const off = HEAD_OFF[kind];
      if (off !== undefined && HEAD.test(name))
        return { status: 200, body: JSON.stringify(reply, (key, value) => headOff(key, value, off)) };
      if (kind === 'omits-shards' && BLOCKS.test(name))
        return { status: 200, body: JSON.stringify(reply, (key, value) => fewer(key, value, fraction)) };
      if (kind === 'removes-transactions' && TRANSACTIONS.test(name))
        return { status: 200, body: JSON.stringify(reply, (key, value) => shorter(key, value, fraction)) };
      return honest;
    },
  });
}

/**
 * Leaves out some transactions of a list, and how many a block has of them: toncenter counts them besides,
 * and what is counted otherwise than listed is noticed without a witness.
 */
function shorter(key: string, value: unknown, fraction: () => number): unknown {
  if (key === 'tx_count') return undefined;
  return key === 'transactions' && Array.isArray(value) ? value.filter(() => fraction() < 0.5) : value;
}

/** The request for the masterchain block before; others as they are. */
function ofBlockBefore(asked: Asked): Asked {
  const before = (seqno: string) => String(Math.max(1, Number(seqno) - 1));
  return {
    ...asked,
    path: asked.path
      .replace(/^\/block\/(\d+)$/, (_, seqno: string) => `/block/${before(seqno)}`)
      .replace(/([?&](?:mc_)?seqno=)(\d+)/, (_, name: string, seqno: string) => name + before(seqno)),
    body: asked.body.replace(/("seqno":)(\d+)/, (_, name: string, seqno: string) => name + before(seqno)),
  };
}

function headOff(key: string, value: unknown, off: number): unknown {
  if (key !== 'last') return value;
  const head = value as { readonly seqno: number };
  return { ...head, seqno: Math.max(1, head.seqno + off) };
}

/** Leaves out some of the shard blocks of a list; never the masterchain's own. */
function fewer(key: string, value: unknown, fraction: () => number): unknown {
  if (!['shards', 'blocks'].includes(key) || !Array.isArray(value)) return value;
  return (value as readonly Json[]).filter(({ workchain }) => workchain === -1 || fraction() < 0.6);
}
