/** Fifty clients that ask one after the other, of the API or of the database itself. */
import { createHash } from 'node:crypto';
import { Pool } from 'undici';
import { encodeCursor } from '../../src/api/cursor.js';
import { listNfts } from '../../src/projections/nfts/queries.js';
import { listStakes } from '../../src/projections/staking/queries.js';
import {
  eventsOfTransaction,
  findTransaction,
  listTransactions,
} from '../../src/projections/transactions/queries.js';
import { findWallet, musicToken, walletBalances } from '../../src/projections/wallets/queries.js';
import type { Database } from '../../src/store/database.js';
import { addressOf } from '../chain/keys.js';
import { LARGE_SEED, ROWS_A_BLOCK, walletsFor } from '../lab/large-tables.js';
import { percentile } from '../stats.js';

export interface Route {
  readonly name: string;
  readonly path: (random: () => number) => string;
  /** The very queries that the route asks, without the API. */
  readonly query: (db: Database, random: () => number) => Promise<unknown>;
}

export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

const CLIENTS = 50;
const LIMIT = 50;

export function routesOf(rows: number): Route[] {
  const hash = (random: () => number): string =>
    createHash('sha256')
      .update(String(1 + Math.floor(random() * rows)))
      .digest('hex');
  const wallet = (random: () => number): string =>
    addressOf(`wallet/${LARGE_SEED}/${Math.floor(random() * walletsFor(rows))}`);
  // The key of a row in the second block: what is older fills less than a page.
  const lastKey = {
    time: new Date(Math.floor(1_760_000_000 + 2 * 0.4) * 1000).toISOString(),
    id: `s${'0'.repeat(11)}3`,
  };
  const lastPage = encodeCursor('transactions', lastKey) ?? '';
  return [
    {
      name: 'list',
      path: () => `/v1/transactions?limit=${LIMIT}`,
      query: (db) => listTransactions(db, {}, { limit: LIMIT }),
    },
    {
      name: 'by hash',
      path: (random) => `/v1/transactions/${hash(random)}`,
      query: async (db, random) => {
        const found = await findTransaction(db, [hash(random)]);
        return found && eventsOfTransaction(db, found.record);
      },
    },
    {
      name: 'wallet',
      path: (random) => `/v1/wallets/${wallet(random)}`,
      query: async (db, random) => {
        const found = await findWallet(db, wallet(random));
        if (!found) return null;
        const { address, userId, chain } = found;
        return Promise.all([
          listNfts(db, { owner: address, burned: false }, { limit: LIMIT }),
          walletBalances(db, address),
          userId === null ? null : musicToken(db, userId, chain),
          listStakes(db, { wallet: address }, { limit: LIMIT }),
        ]);
      },
    },
    {
      name: 'history',
      path: (random) => `/v1/transactions?wallet=${wallet(random)}&limit=${LIMIT}`,
      query: (db, random) => listTransactions(db, { wallet: wallet(random) }, { limit: LIMIT }),
    },
    {
      name: 'last page',
      path: () => `/v1/transactions?limit=${LIMIT}&cursor=${lastPage}`,
      query: (db) => listTransactions(db, {}, { limit: LIMIT, after: lastKey }),
    },
  ];
}

/** Where peers/bare-http.ts has a route. */
export function barePathOf({ name }: Pick<Route, 'name'>): string {
  return encodeURI(`/${name}`);
}

/** Newest and oldest seeded rows are in blocks 1 to this. */
export function lastSeededBlock(rows: number): number {
  return Math.ceil(rows / ROWS_A_BLOCK);
}

/** @param pathOf where the server has the route */
export async function loadApi(
  url: string,
  route: Route,
  seconds: number,
  pathOf: (route: Route) => string = ({ path }) => path(Math.random),
): Promise<Latency> {
  const http = new Pool(url, { connections: CLIENTS });
  try {
    return await load(seconds, async () => {
      const response = await http.request({ method: 'GET', path: pathOf(route) });
      const body = await response.body.text();
      if (response.statusCode !== 200)
        throw new Error(`${route.name}: HTTP ${response.statusCode} ${body.slice(0, 300)}`);
    });
  } finally {
    await http.destroy();
  }
}

export function loadDatabase(db: Database, route: Route, seconds: number): Promise<Latency> {
  return load(seconds, async () => void (await route.query(db, Math.random)));
}

async function load(seconds: number, ask: () => Promise<void>): Promise<Latency> {
  // Connections, plans and compiled code first.
  await Promise.all(Array.from({ length: CLIENTS }, () => ask()));
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (performance.now() < end) {
        const asked = performance.now();
        await ask();
        latencies.push(performance.now() - asked);
      }
    }),
  );
  const sorted = latencies.sort((a, b) => a - b);
  return {
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    perSecond: sorted.length / ((performance.now() - start) / 1000),
  };
}
