/** Waits until a running deployment covers what its chain has. */
import type { Chain } from '../../src/events/event.js';
import { eventually } from './eventually.js';

interface Status {
  readonly chains: readonly {
    readonly chain: string;
    readonly coverage: readonly { readonly fromBlock: number; readonly toBlock: number }[];
  }[];
}

/**
 * Waits until the API says that everything from the chain's first block to this one is covered without a gap.
 * What is covered beyond it is no progress: the chain goes on.
 * @param api base URL; asked for at each look, because a deployment may move
 * @returns the newest block that is covered then
 */
export async function coverUpTo(api: () => string, chain: Chain, block: number): Promise<number> {
  const first = chain === 'solana' ? 0 : 1;
  return eventually(
    async () => {
      const reply = await fetch(`${api()}/v1/status`);
      const { chains } = (await reply.json()) as Status;
      const coverage = chains.find((status) => status.chain === chain)?.coverage ?? [];
      const [range] = coverage;
      if (range?.fromBlock === first && range.toBlock >= block) return range.toBlock;
      const below = coverage
        .filter(({ fromBlock }) => fromBlock <= block)
        .map(({ fromBlock, toBlock }) => `${fromBlock}-${Math.min(toBlock, block)}`);
      throw new Error(`covered are ${below.join(', ') || 'no blocks'}`);
    },
    { what: `${chain} to be covered from block ${first} to ${block}` },
  );
}
