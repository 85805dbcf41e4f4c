/**
 * The main job as an operator runs it: `ndx up` on a bare data folder, compared with what the traffic
 * generator says happened.
 */
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import devnetNetwork from '../../config/networks/devnet.json' with { type: 'json' };
import { type Chain, KINDS } from '../../src/events/event.js';
import { createPool } from '../../src/store/database.js';
import { BACKENDS } from '../support/backends.js';
import { createDaemon, type Daemon } from '../support/daemon.js';
import { createTestDatabase } from '../support/database.js';
import {
  allTables,
  changesOf,
  dump,
  LISTENERS_OWN,
  METADATAS_COLUMNS,
  METADATAS_OWN,
} from '../support/dump.js';
import { eventually } from '../support/eventually.js';
import { ndx } from '../support/ndx.js';
import { differences, tonDifferences } from '../support/oracle.js';
import { startRedis } from '../support/redis.js';
import { coverSlot } from '../support/solana-devnet.js';
import { coverBlock, pauseUsers } from '../support/ton-devnet.js';

/** What others go on writing while a test compares. */
const OTHERS_OWN = [...LISTENERS_OWN, ...METADATAS_OWN, 'feed_pending', 'feed_change', 'feed_state'];

const NDT = devnetNetwork.solana.tokens.find((token) => token.symbol === 'NDT')?.mint ?? '';
const NDT_TON = devnetNetwork.ton.follow.jettons.find((jetton) => jetton.symbol === 'NDT')?.master ?? '';

/** Number of the devnets' first blocks. */
const FIRST = { solana: 0, ton: 1 } as const;
/** The devnet's users create, trade and stake; none of them changes what an NFT belongs to. */
const PLAYED = KINDS.filter((kind) => kind !== 'update');
/** Covered up to here, without a gap below. */
type Covered = Readonly<Record<keyof typeof FIRST, number>>;

const rangeOf = (chain: keyof typeof FIRST, covered: Covered): string[] => [
  '--from',
  String(FIRST[chain]),
  '--to',
  String(covered[chain]),
];

/** Pauses the users of both chains and waits until everything they did is final and reconciled. */
async function settle(daemon: Daemon): Promise<Covered> {
  await pauseUsers(daemon, true);
  const [solana, ton] = await Promise.all([coverSlot(daemon), coverBlock(daemon)]);
  return { solana, ton };
}

/** Of both chains against what their users did. */
async function allDifferences(daemon: Daemon): Promise<string[]> {
  const pool = await daemon.pool();
  return [
    ...(await differences(pool, daemon.devnet(), NDT)),
    ...(await tonDifferences(pool, daemon.tonDevnet(), NDT_TON)),
  ];
}

async function ledgerEvents(pool: Pool, chain: Chain): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM ledger_event WHERE chain = $1',
    [chain],
  );
  return rows[0]?.n ?? 0;
}

async function newestTypes(daemon: Daemon): Promise<Set<string>> {
  const { items } = (await (await fetch(`${daemon.api()}/v1/transactions?limit=50`)).json()) as {
    items: { transactionType: string }[];
  };
  return new Set(items.map((item) => item.transactionType));
}

/**
 * Everything of TON by natural keys, as one JSON array a table: who reconciled it, and when it was first
 * followed, is not part of it.
 */
const TON_ROWS = [
  `SELECT jsonb_agg(to_jsonb(l) - '{job,source}'::text[] ORDER BY block, transaction_index, event_index) FROM ledger_event l WHERE chain = 'ton'`,
  // What the documents say is the process's that fetches them (src/metadata).
  `SELECT jsonb_agg(to_jsonb(t) - '{${METADATAS_COLUMNS.join()}}'::text[] ORDER BY id) FROM "NFT" t WHERE chain = 'ton'`,
  ...['Transaction', 'Staking', 'MusicToken'].map(
    (table) => `SELECT jsonb_agg(to_jsonb(t) ORDER BY id) FROM "${table}" t WHERE chain = 'ton'`,
  ),
  `SELECT jsonb_agg(to_jsonb(w) - 'userId' ORDER BY address) FROM "Wallet" w WHERE chain = 'ton'`,
  `SELECT jsonb_agg(to_jsonb(b) ORDER BY token, address) FROM wallet_balance b WHERE chain = 'ton'`,
  `SELECT jsonb_agg(address ORDER BY address) FROM discovered_account WHERE chain = 'ton'`,
  `SELECT jsonb_agg(to_jsonb(a) ORDER BY alias, transaction_hash) FROM transaction_alias a`,
];

describe.each(BACKENDS)('ndx up, queue on %s', (name) => {
  const daemon = createDaemon();
  const stops: (() => Promise<void>)[] = [() => daemon.remove()];
  let variables: Record<string, string> = {};

  beforeAll(async () => {
    variables = { NDX_DEVNET_SEED: `e2e ${name}` };
    if (name === 'redis') {
      const redis = await startRedis();
      stops.push(() => redis.stop());
      variables.REDIS_URL = redis.url;
    }
    await daemon.start(variables);
  });
  afterAll(async () => {
    for (const stop of stops) await stop();
  });

  test('within a minute every kind of event is in the tables, and the tables equal the oracle', async () => {
    await eventually(
      async () => {
        const types = await newestTypes(daemon);
        return PLAYED.every((kind) => types.has(kind));
      },
      { what: 'every kind of transaction among the newest 50' },
    );
    await settle(daemon);
    expect(await allDifferences(daemon)).toEqual([]);
  });

  test('promise 3: kill -9 of everything in the middle of traffic, and Ctrl-C, lose nothing and double nothing', async () => {
    await pauseUsers(daemon, false);
    await new Promise((done) => setTimeout(done, 4_000));
    await daemon.killEverything();
    await daemon.start(variables);
    await pauseUsers(daemon, false);
    await new Promise((done) => setTimeout(done, 2_000));
    expect(await daemon.interrupt()).toBe(0);
    await daemon.start(variables);
    await settle(daemon);
    expect(await allDifferences(daemon)).toEqual([]);
  });

  test('promise 1: replaying the whole history with four workers leaves every table byte-equal', async () => {
    const covered = await settle(daemon);
    const pool = await daemon.pool();
    // What the listener writes of the tip, and who looks after metadata, is no part of what a replay may
    // touch.
    const tables = (await allTables(pool)).filter((table) => !OTHERS_OWN.includes(table));
    const before = await dump(pool, tables, METADATAS_COLUMNS);
    expect(before.ledger_event?.length).toBeGreaterThan(50);
    for (const chain of ['solana', 'ton'] as const) {
      const events = await ledgerEvents(pool, chain);
      expect(events).toBeGreaterThan(20);
      const { code, stdout, stderr } = await ndx(
        ['replay', '--chain', chain, ...rangeOf(chain, covered), '--workers', '4', '--json'],
        { ...variables, NDX_DATA_DIR: daemon.dataDir },
      );
      expect(code, `${chain}: ${stderr}`).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        new: 0,
        changed: 0,
        withdrawn: 0,
        unchanged: events,
        failedJobs: [],
      });
    }
    expect(changesOf(before, await dump(pool, tables, METADATAS_COLUMNS))).toEqual([]);
  });

  test.runIf(name === 'postgres')(
    'a dry run, and replays of one transaction and of one program, change nothing either',
    async () => {
      const covered = await settle(daemon);
      const pool = await daemon.pool();
      const tables = (await allTables(pool)).filter((table) => !OTHERS_OWN.includes(table));
      const before = await dump(pool, tables, METADATAS_COLUMNS);
      const dry = await ndx(
        ['replay', '--chain', 'solana', '--from', '0', '--to', String(covered.solana), '--dry-run', '--json'],
        {
          ...variables,
          NDX_DATA_DIR: daemon.dataDir,
        },
      );
      expect(dry.code, dry.stderr).toBe(0);
      expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, new: 0, rows: {} });
      const { rows } = await pool.query<{ hash: string }>(
        `SELECT "transactionHash" AS hash FROM "Transaction" WHERE chain = 'solana' ORDER BY id DESC LIMIT 1`,
      );
      const one = await ndx(['replay', '--chain', 'solana', '--tx', rows[0]?.hash ?? '', '--json'], {
        ...variables,
        NDX_DATA_DIR: daemon.dataDir,
      });
      expect(one.code, one.stderr).toBe(0);
      expect(JSON.parse(one.stdout)).toMatchObject({ new: 0, changed: 0 });
      const program = devnetNetwork.solana.programs[0];
      const sparse = await ndx(
        [
          'replay',
          '--chain',
          'solana',
          '--from',
          '0',
          '--to',
          String(covered.solana),
          '--address',
          program?.address ?? '',
          '--json',
        ],
        { ...variables, NDX_DATA_DIR: daemon.dataDir },
      );
      expect(sparse.code, sparse.stderr).toBe(0);
      expect(JSON.parse(sparse.stdout)).toMatchObject({ new: 0, changed: 0, withdrawn: 0 });
      expect(JSON.parse(sparse.stdout).events).toBeGreaterThan(5);
      expect(changesOf(before, await dump(pool, tables, METADATAS_COLUMNS))).toEqual([]);
    },
  );

  test.runIf(name === 'postgres')(
    'TON: a transaction is found by each of its hashes and replayed, a replay on an empty database tells the same',
    async () => {
      const covered = await settle(daemon);
      const pool = await daemon.pool();
      const tables = (await allTables(pool)).filter((table) => !OTHERS_OWN.includes(table));
      const before = await dump(pool, tables, METADATAS_COLUMNS);
      const environment = { ...variables, NDX_DATA_DIR: daemon.dataDir };
      const { rows } = await pool.query<{ hash: string; alias: string }>(
        `SELECT t."transactionHash" AS hash, a.alias FROM "Transaction" t JOIN transaction_alias a ON a.transaction_hash = t."transactionHash"
        WHERE t."transactionType" = 'sale' ORDER BY t.id, a.alias`,
      );
      const sale = rows.filter(({ hash }) => hash === rows[0]?.hash);
      expect(sale.length).toBe(3);
      for (const hash of [sale[0]?.hash ?? '', ...sale.map(({ alias }) => alias)]) {
        const bytes = Buffer.from(hash, 'hex');
        for (const text of [hash, bytes.toString('base64'), bytes.toString('base64url')]) {
          const reply = await fetch(`${daemon.api()}/v1/transactions/${encodeURIComponent(text)}`);
          expect(await reply.json()).toMatchObject({
            transactionHash: sale[0]?.hash,
            transactionType: 'sale',
          });
        }
      }
      const alias = Buffer.from(sale[0]?.alias ?? '', 'hex').toString('base64');
      const one = await ndx(['replay', '--chain', 'ton', '--tx', alias, '--json'], environment);
      expect(one.code, one.stderr).toBe(0);
      expect(JSON.parse(one.stdout)).toMatchObject({ new: 0, changed: 0, withdrawn: 0 });
      expect(JSON.parse(one.stdout).events).toBeGreaterThan(0);
      expect(changesOf(before, await dump(pool, tables, METADATAS_COLUMNS))).toEqual([]);

      const empty = await createTestDatabase();
      try {
        const ton = daemon.tonDevnet();
        const { code, stderr } = await ndx(
          ['replay', '--chain', 'ton', ...rangeOf('ton', covered), '--workers', '4', '--json'],
          {
            DATABASE_URL: empty.url,
            TON_V4_URL: ton,
            TONCENTER_V3_URL: ton,
            TONCENTER_V2_URL: ton,
          },
        );
        expect(code, stderr).toBe(0);
        const other = createPool({ url: empty.url, poolSize: 2 });
        try {
          const told = async (db: Pool) =>
            (
              await Promise.all(
                TON_ROWS.map((sql) => db.query<{ row: string }>(`SELECT (${sql})::text AS row`)),
              )
            ).map(({ rows: [row] }) => row?.row);
          expect(await told(other)).toEqual(await told(pool));
        } finally {
          await other.end();
        }
      } finally {
        await empty.drop();
      }
    },
  );

  test.runIf(name === 'postgres')(
    'promise 9: ndx verify proves it against ledger and chain, and ends with 1 when a table is wrong',
    async () => {
      await settle(daemon);
      const verify = () =>
        ndx(['verify', '--chain', 'solana', '--sample', '200', '--json'], {
          ...variables,
          NDX_DATA_DIR: daemon.dataDir,
        });
      const { code, stdout, stderr } = await verify();
      expect(code, `${stderr}${stdout}`).toBe(0);
      const report = JSON.parse(stdout) as {
        checks: { check: string; checked: number; unproven?: string[] }[];
      };
      for (const { check, checked, unproven = [] } of report.checks) {
        // The NFTs of Solana's devnet name no document.
        if (check !== 'metadata') expect(checked, check).toBeGreaterThan(0);
        expect(unproven, check).toEqual([]);
      }
      const pool = await daemon.pool();
      await pool.query(
        `UPDATE wallet_balance SET amount = amount + 1 WHERE (token, address) = (SELECT token, address FROM wallet_balance WHERE chain = 'solana' ORDER BY 1, 2 LIMIT 1)`,
      );
      const wrong = await verify();
      expect(wrong.code).toBe(1);
      expect(JSON.parse(wrong.stdout)).toMatchObject({
        holds: false,
        findings: [{ check: 'tables', subject: 'wallet_balance' }, { check: 'balances' }],
      });
      const { code: repaired } = await ndx(['verify', '--chain', 'solana', '--repair'], {
        ...variables,
        NDX_DATA_DIR: daemon.dataDir,
      });
      expect(repaired).toBe(0);
    },
  );
});
