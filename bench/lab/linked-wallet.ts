/**
 * A wallet with many transactions is linked to a person while events go on being reconciled: how long the
 * move takes, how long it ever holds locks, and what the live batches feel of it (issue 16, acceptance 3).
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DecodedTransaction } from '../../src/events/event.js';
import { createSteps } from '../../src/identity/steps.js';
import type { ProjectionContext } from '../../src/projections/projection.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import type { Database } from '../../src/store/database.js';
import { rowId } from '../../src/store/ids.js';

const NDT = 'GbuqYgheWpq46BBjW9KMxazmwv57rmrY7TkUDjfCeqR4';
const CONTEXT: ProjectionContext = {
  tokens: [{ chain: 'solana', address: NDT, symbol: 'NDT', decimals: 9 }],
  platformToken: { solana: 'NDT' },
};
const WHALE = 'whale';
const PERSON = 'person';
/** Live events a batch, and batches a second: 50 events a second. */
const EVENTS = 5;
const EVERY = 100;
/** Old rows stand in blocks below, live ones from here on. */
const LIVE_FROM = 100_000_000;

/** Milliseconds. */
interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

export interface Measured {
  readonly transactions: number;
  /** Rows of the move, as it counted them. */
  readonly moved: number;
  /** From the platform's commit until nothing is under way any more. */
  readonly seconds: number;
  /** Longest step: no row or table is locked by the move for longer. Milliseconds. */
  readonly longestStep: number;
  /**
   * Live batches meanwhile, in milliseconds: from when each was due until it had committed, which grows
   * without end on a machine that is too busy for them, and what reconciling one took.
   */
  readonly batches: number;
  readonly live: Percentiles;
  readonly reconciled: Percentiles;
  /** Transactions of the wallet that do not name the person in the end. */
  readonly left: number;
}

function transfer(block: number, index: number, from: string, to: string): DecodedTransaction {
  const move = (owner: string, delta: bigint) => ({ token: NDT, account: `${owner}'s`, owner, delta });
  return {
    chain: 'solana',
    block,
    blockTime: 1_760_000_000 + Math.floor((block - LIVE_FROM) / 10),
    transactionIndex: index,
    transactionHash: createHash('sha256').update(`${block}/${index}`).digest('hex'),
    outcome: 'ok',
    events: [
      {
        eventIndex: 0,
        kind: 'transfer',
        outcome: 'ok',
        asset: { kind: 'token', address: NDT },
        from,
        to,
        amount: 1n,
        decimals: 9,
        decoder: 'bench',
        decoderVersion: 1,
        movements: [move(from, -1n), move(to, 1n)],
      },
    ],
  };
}

/** Half of the live events are the whale's. */
async function reconcileLive(db: Database, number: number): Promise<void> {
  const block = LIVE_FROM + number;
  const transactions = Array.from({ length: EVENTS }, (_, at) =>
    transfer(block, at, at % 2 === 0 ? WHALE : `other ${at}`, `another ${number % 50}`),
  );
  await reconcile(
    db,
    {
      chain: 'solana',
      fingerprint: 'f',
      finality: 'finalized',
      fromBlock: block,
      toBlock: block,
      scope: 'blocks',
      transactions,
      source: 'bench',
    },
    CONTEXT,
    { job: 'bench' },
  );
}

/** Transactions of the whale, made by the server: it gives in one half of them and receives in the other. */
async function fill({ pool }: Database, count: number): Promise<void> {
  const whale = rowId('user', WHALE);
  const other = rowId('user', 'another 0');
  await pool.query(
    `INSERT INTO "Transaction" (id, "transactionHash", chain, "blockNumber", "transactionIndex", "createdAt", "transactionType",
       status, "sellerId", "buyerId", "userId", fee, metadata)
     SELECT 's' || lpad(to_hex(g), 12, '0') || '000000' || left(hash, 10), hash, 'solana', g, 0,
            to_timestamp(1700000000 + g) AT TIME ZONE 'UTC', 'transfer', 'completed', giver, taker, giver, 0,
            jsonb_build_object('from', CASE giver WHEN $2 THEN $4 ELSE 'another 0' END,
                               'to', CASE taker WHEN $2 THEN $4 ELSE 'another 0' END, 'symbol', 'NDT', 'events', 1)
       FROM (SELECT g, encode(sha256(('old ' || g)::bytea), 'hex') AS hash,
                    CASE g % 2 WHEN 0 THEN $2 ELSE $3 END AS giver, CASE g % 2 WHEN 0 THEN $3 ELSE $2 END AS taker
               FROM generate_series(1, $1::int) g) s`,
    [count, whale, other, WHALE],
  );
  await pool.query('VACUUM (ANALYZE) "Transaction"');
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

/**
 * Links the whale while live events go on.
 * @param db an empty database, migrated
 * @param transactions that the whale has before
 */
export async function measureLink(db: Database, transactions: number): Promise<Measured> {
  await reconcileLive(db, 0);
  await fill(db, transactions);
  await db.pool.query(`INSERT INTO "User" (id, "updatedAt") VALUES ($1, now())`, [PERSON]);
  const steps = createSteps(db);
  const late: number[] = [];
  const took: number[] = [];
  const started = performance.now();
  let ended = false;
  const live = async (): Promise<void> => {
    for (let number = 1; !ended; number += 1) {
      const due = started + number * EVERY;
      await sleep(Math.max(0, due - performance.now()));
      const began = performance.now();
      await reconcileLive(db, number);
      took.push(performance.now() - began);
      late.push(performance.now() - due);
    }
  };
  const move = async (): Promise<number> => {
    await db.pool.query(
      `INSERT INTO "UserWallet" (id, "userId", "walletId") SELECT 'link', $1, id FROM "Wallet" WHERE address = $2`,
      [PERSON, WHALE],
    );
    for (let moved = 0; ; ) {
      const began = performance.now();
      const step = await steps.take();
      const { rows } = await db.pool.query<{ moved: number }>(
        `SELECT COALESCE((SELECT moved FROM wallet_move), 0)::float8 AS moved
          WHERE EXISTS (SELECT 1 FROM wallet_move) OR EXISTS (SELECT 1 FROM wallet_link_note)`,
      );
      if (!rows[0]) return moved;
      moved = rows[0].moved;
      // As a worker does: as long as the step took, the others have the machine.
      await sleep(step === 'worked' ? Math.min(500, performance.now() - began) : 20);
    }
  };
  const others = live();
  const moved = await move().finally(() => {
    ended = true;
  });
  const seconds = (performance.now() - started) / 1000;
  await others;
  const { rows } = await db.pool.query<{ left: number }>(
    `SELECT count(*)::int AS left FROM "Transaction"
      WHERE (metadata->>'from' = $1 AND ("sellerId", "userId") IS DISTINCT FROM ($2, $2))
         OR (metadata->>'to' = $1 AND "buyerId" IS DISTINCT FROM $2)`,
    [WHALE, PERSON],
  );
  return {
    transactions,
    moved,
    seconds,
    longestStep: steps.longest(),
    batches: took.length,
    live: percentiles(late),
    reconciled: percentiles(took),
    left: rows[0]?.left ?? 0,
  };
}
