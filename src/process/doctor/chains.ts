/**
 * Checks of a chain: its endpoints answer, are at the chain's tip and serve the chain that the database
 * holds, and the tokens of the network file exist with the decimals it says.
 */

import type { ChainOracle } from '../../chains/oracle.js';
import type { Chain } from '../../events/event.js';
import type { KnownToken } from '../../projections/projection.js';
import { NdxError } from '../../runtime/errors.js';
import { duration } from '../../runtime/progress.js';
import type { OpenChain } from '../chains/parts.js';
import type { Check } from './doctor.js';

/** Seconds: a newest block older than this means that the endpoint is behind. */
const MOST_LAG = 120;

export interface ChainChecks {
  readonly chain: Chain;
  /** Rejects when no endpoint is known. */
  readonly openReader: () => Promise<OpenChain>;
  readonly openOracle: () => Promise<ChainOracle>;
  readonly tokens: readonly KnownToken[];
  /**
   * Genesis of the chain in the database; null when there is no database or it holds no block of the chain
   * yet.
   */
  readonly genesis: () => Promise<string | null>;
}

/** One check of the chain's endpoints, and one for each token. */
export function chainChecks({ chain, openReader, openOracle, tokens, genesis }: ChainChecks): Check[] {
  return [
    {
      name: `${chain} endpoints`,
      look: async (signal) => {
        const { reader, close } = await openReader();
        try {
          const serves = await reader.genesis(signal);
          const holds = await genesis();
          if (holds !== null && holds !== serves)
            throw new NdxError(
              'RPC_WRONG_CHAIN',
              `the database holds the chain of genesis ${holds}, the endpoints serve ${serves}`,
            );
          const { head, headTime, finalized, source } = await reader.tip(signal);
          const age = headTime === null ? null : Math.max(0, Date.now() / 1000 - headTime);
          const text = `${source}: head ${head}, final ${finalized}`;
          if (age !== null && age > MOST_LAG)
            throw new NdxError(
              'RPC_ERROR',
              `${text}, ${duration(age)} old: the endpoint stands still, or this machine's clock is ahead`,
            );
          return age === null ? text : `${text}, ${duration(age)} old`;
        } finally {
          await close();
        }
      },
    },
    ...tokens.map(
      ({ symbol, address, decimals }): Check => ({
        name: `${chain} token ${symbol}`,
        look: async (signal) => {
          const oracle = await openOracle();
          try {
            const found = await oracle.token(address, signal);
            if (found === null)
              throw new NdxError('CONFIG_MISMATCH', `${address} is no fungible token on this chain`);
            if (found.decimals !== null && found.decimals !== decimals)
              throw new NdxError(
                'CONFIG_MISMATCH',
                `the network file says ${decimals} decimals, the chain ${found.decimals}`,
              );
            return found.decimals === null ? 'is there' : `is there, ${decimals} decimals`;
          } finally {
            await oracle.close();
          }
        },
      }),
    ),
  ];
}
