/**
 * Waits for the database to say that the work is done, looking often enough for the time to be exact and
 * seldom enough to cost nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export interface Watch {
  /** Milliseconds since 1970 at which the query first gave at least `wanted`. */
  until(
    sql: string,
    wanted: number,
    options?: { readonly values?: readonly unknown[]; readonly milliseconds?: number },
  ): Promise<number>;
  close(): Promise<void>;
}

const EVERY_MS = 20;

export async function watchDatabase(url: string): Promise<Watch> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  return {
    until: async (sql, wanted, { values = [], milliseconds = 900_000 } = {}) => {
      for (const deadline = Date.now() + milliseconds; ; ) {
        const { rows } = await client.query<{ n: string | number | null }>(sql, [...values]);
        const found = Number(rows[0]?.n ?? 0);
        if (found >= wanted) return Date.now();
        if (Date.now() > deadline)
          throw new Error(`only ${found} of ${wanted} after ${milliseconds / 1000} s: ${sql}`);
        await sleep(EVERY_MS);
      }
    },
    close: () => client.end(),
  };
}

export const COVERED = 'SELECT sum(to_block - from_block + 1) AS n FROM coverage_range';
