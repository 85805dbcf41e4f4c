/** /v1/wallets/:address */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { wholeUnits } from '../../events/units.js';
import { listNfts } from '../../projections/nfts/queries.js';
import { listStakes } from '../../projections/staking/queries.js';
import {
  type BalanceRecord,
  findWallet,
  musicToken,
  walletBalances,
} from '../../projections/wallets/queries.js';
import { encodeCursor } from '../cursor.js';
import type { ApiDeps } from '../deps.js';
import { notFound } from '../problem.js';
import { address, DEFAULT_LIMIT, problems } from '../schemas/common.js';
import { wallet } from '../schemas/wallets.js';

export function walletRoutes(scope: FastifyInstance, { db, lists, symbols }: ApiDeps): void {
  scope.withTypeProvider<ZodTypeProvider>().get(
    '/v1/wallets/:address',
    {
      schema: {
        operationId: 'getWallet',
        summary: 'A wallet: its user, NFTs, balances and stakes',
        tags: ['data'],
        params: z.strictObject({ address }),
        querystring: z.strictObject({}),
        response: { 200: wallet, ...problems(400, 404) },
      },
    },
    async ({ signal, params }) => {
      const found = await findWallet(db, params.address);
      if (!found) throw notFound('no wallet of ours has this address');
      const first = { limit: DEFAULT_LIMIT };
      const list = lists.until(signal);
      const [nfts, balances, token, stakes] = await Promise.all([
        listNfts(list, { owner: found.address, burned: false }, first),
        walletBalances(list, found.address),
        found.userId === null ? null : musicToken(db, found.userId, found.chain),
        listStakes(list, { wallet: found.address }, first),
      ]);
      return {
        ...found,
        nfts: { items: [...nfts.items], nextCursor: encodeCursor('nfts', nfts.next) },
        balances: balances.map((balance) => ({ ...balance, ...inWholeUnits(balance) })),
        musicToken: token,
        stakes: { items: [...stakes.items], nextCursor: encodeCursor('staking', stakes.next) },
      };
    },
  );

  function inWholeUnits({ chain, token, amount }: BalanceRecord) {
    const known = symbols(chain, token);
    if (!known) return { symbol: null, decimals: null, wholeAmount: null };
    return {
      symbol: known.symbol,
      decimals: known.decimals,
      wholeAmount: wholeUnits(BigInt(amount), known.decimals),
    };
  }
}
