/**
 * A person's rows are a fold of (ledger, links), on real PostgreSQL: whatever happens in whichever order on
 * the chains and on the platform, in the end every row is what the same events and the same links give.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DecodedTransaction } from '../../src/events/event.js';
import { createSteps, type Steps } from '../../src/identity/steps.js';
import { sweepLinks } from '../../src/identity/sweep.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { compareTables } from '../../src/verify/compare.js';
import { createFindings } from '../../src/verify/findings.js';
import { foldLedger } from '../../src/verify/fold.js';
import { withShadow } from '../../src/verify/shadow.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { changesOf, dump, emptyTables, RECONCILED } from '../support/dump.js';
import { BLOCKS, CONTEXT, history } from '../support/events.js';

let test_: TestDatabase;
let db: Database;

beforeAll(async () => {
  test_ = await createTestDatabase();
  db = createDatabase({ url: test_.url, poolSize: 8 });
});

afterAll(async () => {
  await db.close();
  await test_.drop();
});

const USERS = ['ann', 'ben', 'cem'];
const WALLETS = ['alice', 'bob', 'carol', 'vault', 'unheard of'];
const AT = '2026-01-01';
const never = new AbortController().signal;
/** SQLSTATE of a lock that was not given in time. */
const LOCK_NOT_AVAILABLE = '55P03';

async function empty(): Promise<void> {
  await emptyTables(db.pool);
  for (const user of USERS)
    await db.pool.query(`INSERT INTO "User" (id, "createdAt", "updatedAt") VALUES ($1, $2, $2)`, [user, AT]);
}

function run(all: readonly DecodedTransaction[], fromBlock: number, toBlock: number) {
  const transactions = all.filter(({ block }) => block >= fromBlock && block <= toBlock);
  return reconcile(
    db,
    {
      chain: 'solana',
      fingerprint: 'f',
      finality: 'finalized',
      fromBlock,
      toBlock,
      scope: 'blocks',
      transactions,
      source: 'test',
    },
    CONTEXT,
    { job: 'test' },
  );
}

/** What an application does, by its own SQL, knowing nothing of us. */
interface Act {
  readonly does: 'link' | 'insert and link' | 'unlink' | 'claim' | 'unclaim';
  readonly user: string;
  readonly wallet: string;
}

const act: fc.Arbitrary<Act> = fc.record({
  does: fc.constantFrom('link', 'link', 'insert and link', 'unlink', 'claim', 'unclaim'),
  user: fc.constantFrom(...USERS),
  wallet: fc.constantFrom(...WALLETS),
});

async function doAct({ does, user, wallet }: Act, number: number): Promise<void> {
  const { pool } = db;
  const named = [`of the app ${number}`, user, wallet];
  if (does === 'insert and link')
    await pool.query(
      `INSERT INTO "Wallet" (id, address, chain, "createdAt", "updatedAt")
       SELECT $1, $2, 'solana', $3, $3 WHERE NOT EXISTS (SELECT 1 FROM "Wallet" WHERE address = $2 AND id LIKE 'of the app%')
       ON CONFLICT (id) DO NOTHING`,
      [`of the app ${wallet}`, wallet, AT],
    );
  if (does === 'link' || does === 'insert and link')
    await pool.query(
      `INSERT INTO "UserWallet" (id, "userId", "walletId", "createdAt")
       SELECT $1, $2, id, '${AT}' FROM "Wallet" WHERE address = $3 ON CONFLICT DO NOTHING`,
      named,
    );
  if (does === 'unlink')
    await pool.query(
      `DELETE FROM "UserWallet" WHERE "userId" = $1 AND "walletId" = (SELECT id FROM "Wallet" WHERE address = $2)`,
      [user, wallet],
    );
  if (does === 'claim')
    await pool.query(
      `UPDATE "User" SET "walletAddress" = $2 WHERE id = $1
          AND NOT EXISTS (SELECT 1 FROM "User" WHERE "walletAddress" = $2)`,
      [user, wallet],
    );
  if (does === 'unclaim') await pool.query(`UPDATE "User" SET "walletAddress" = NULL WHERE id = $1`, [user]);
}

/** As the worker does: a step that waits too long for another writer is taken again later. */
async function take(steps: Steps): Promise<void> {
  await steps.take().catch((error: unknown) => {
    if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
  });
}

/** Takes steps until nothing is left to be carried through. */
async function finish(steps: Steps): Promise<void> {
  for (;;) {
    await take(steps);
    const { rowCount } = await db.pool.query(
      `SELECT 1 FROM wallet_move UNION ALL SELECT 1 FROM wallet_link_note LIMIT 1`,
    );
    if (rowCount === 0) return;
  }
}

interface Link {
  readonly source: string;
  readonly ref: string;
  readonly user: string;
  readonly address: string;
}

/** The platform's tables as they stand, done again on an empty database after the events. */
async function foldOf(kept: readonly DecodedTransaction[]): Promise<Record<string, string[]>> {
  const { rows: links } = await db.pool.query<Link>(
    `SELECT source, ref, user_id AS "user", address FROM wallet_link ORDER BY seq`,
  );
  const { rows: wallets } = await db.pool.query<{ id: string; address: string; ours: boolean }>(
    `SELECT id, address, id = ndx_row_id('wallet', address) AS ours FROM "Wallet"`,
  );
  await empty();
  await run(kept, 1, BLOCKS);
  for (const { id, address, ours } of wallets)
    await db.pool.query(
      `INSERT INTO "Wallet" (id, address, chain, "createdAt", "updatedAt") VALUES ($1, $2, 'solana', $3, $3)
       ${ours ? 'ON CONFLICT DO NOTHING' : ''}`,
      [id, address, AT],
    );
  for (const { source, ref, user, address } of links) {
    if (source === 'User')
      await db.pool.query(`UPDATE "User" SET "walletAddress" = $2 WHERE id = $1`, [user, address]);
    else
      await db.pool.query(
        `INSERT INTO "UserWallet" (id, "userId", "walletId", "createdAt")
         SELECT $1, $2, id, '${AT}' FROM "Wallet" WHERE address = $3`,
        [ref, user, address],
      );
  }
  await finish(createSteps(db));
  return tables();
}

/** Dates of a wallet that we made and that no event names any more are of no consequence. */
async function tables(): Promise<Record<string, string[]>> {
  await db.pool.query(
    `UPDATE "Wallet" SET "createdAt" = '${AT}', "updatedAt" = '${AT}' WHERE "firstSeen" IS NULL`,
  );
  return dump(db.pool, RECONCILED, ['job', 'source']);
}

async function differencesToFold(): Promise<readonly unknown[]> {
  return withShadow(db.pool, 'solana', async (client) => {
    const findings = createFindings(20);
    const range = { fromBlock: 1, toBlock: BLOCKS };
    await foldLedger({
      client,
      chain: 'solana',
      context: CONTEXT,
      range,
      blocksPerDigest: 10_000,
      findings,
      signal: never,
    });
    await compareTables(client, 'solana', range, 20, findings);
    return findings.list();
  });
}

describe('people', () => {
  test('promise 2: events with undo, links, unlinks and late jobs in any order equal the fold', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(act, { minLength: 4, maxLength: 24 }),
        fc.infiniteStream(fc.nat({ max: 99 })),
        async (all, acts, random) => {
          const next = (below: number): number => (random.next().value as number) % below;
          await empty();
          const steps = createSteps(db);
          const kept = all.filter(() => next(3) !== 0);
          const jobs = [1, 2, 3, 4].map((part) => () => run(all, (part - 1) * 6 + 1, part * 6));
          const later = [1, 2].map((part) => () => run(kept, (part - 1) * 12 + 1, part * 12));
          const platform = acts.map((item, at) => () => doAct(item, at));
          const work = acts.map(() => () => take(steps));
          // Each line keeps its order; between the lines any interleaving happens, two at a time.
          const lines: (() => Promise<unknown>)[][] = [[...jobs, ...later], platform, work];
          while (lines.some((line) => line.length > 0)) {
            const full = lines.filter((line) => line.length > 0);
            const first = full[next(full.length)]?.shift();
            const second = next(2) === 0 ? lines.find((line) => line.length > 0)?.shift() : undefined;
            await Promise.all([first?.(), second?.()]);
          }
          await finish(steps);
          expect(await differencesToFold()).toEqual([]);
          const after = await tables();
          expect(changesOf(after, await foldOf(kept))).toEqual([]);
        },
      ),
      { numRuns: 6, endOnFailure: true },
    );
  });

  test('a sweep finds what no trigger told', async () => {
    const [all = []] = fc.sample(history, { numRuns: 1, seed: 7 });
    await empty();
    await run(all, 1, BLOCKS);
    const steps = createSteps(db);
    await finish(steps);
    const before = await tables();
    const quiet = async (sql: string) => {
      const client = await db.pool.connect();
      try {
        await client.query('SET session_replication_role = replica');
        await client.query(sql);
      } finally {
        client.release(true);
      }
    };
    await quiet(
      `INSERT INTO "UserWallet" (id, "userId", "walletId") SELECT 'quiet', 'ann', id FROM "Wallet" WHERE address = 'alice'`,
    );
    await quiet(`UPDATE "User" SET "walletAddress" = 'bob' WHERE id = 'ben'`);
    expect(await sweepLinks(db.pool, never)).toBe(2);
    await finish(steps);
    expect(await differencesToFold()).toEqual([]);
    const owners = await db.pool.query(
      `SELECT address, "userId" FROM "Wallet" WHERE address IN ('alice', 'bob') ORDER BY 1`,
    );
    expect(owners.rows).toEqual([
      { address: 'alice', userId: 'ann' },
      { address: 'bob', userId: 'ben' },
    ]);
    await quiet(`DELETE FROM "UserWallet" WHERE id = 'quiet'`);
    await quiet(`UPDATE "User" SET "walletAddress" = NULL WHERE id = 'ben'`);
    expect(await sweepLinks(db.pool, never)).toBe(2);
    await finish(steps);
    expect(changesOf(before, await tables())).toEqual([]);
  });
});
