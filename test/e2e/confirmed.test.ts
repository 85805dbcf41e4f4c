/**
 * The whole daemon at `confirmed` while the chain forks again and again: what was abandoned is withdrawn, the
 * rest settles.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import devnetNetwork from '../../config/networks/devnet.json' with { type: 'json' };
import { keyOf } from '../../src/archive/archive.js';
import { createPool } from '../../src/store/database.js';
import { startEmbeddedPostgres } from '../../src/store/embedded/postgres.js';
import { createDaemon, type Daemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { ndxProcess } from '../support/ndx.js';
import { differences, tonDifferences } from '../support/oracle.js';
import { CREDENTIALS, type S3Server, startS3Server } from '../support/s3-server.js';
import { coverSlot, forkChain } from '../support/solana-devnet.js';
import { coverBlock, pauseUsers } from '../support/ton-devnet.js';

const NDT = devnetNetwork.solana.tokens.find((token) => token.symbol === 'NDT')?.mint ?? '';
const MASTER = devnetNetwork.ton.follow.jettons.find(({ symbol }) => symbol === 'NDT')?.master ?? '';
const VARIABLES = { NDX_DEVNET_SEED: 'e2e confirmed', NDX_COMMITMENT: 'confirmed', NDX_DEVNET_RATE: '10' };

describe('ndx up at confirmed', () => {
  const daemon = createDaemon();
  let s3: S3Server;
  let archive: Readonly<Record<string, string>>;
  beforeAll(async () => {
    s3 = await startS3Server({ pageSize: 50 });
    archive = { ...CREDENTIALS, NDX_ARCHIVE: 's3://music/e2e', NDX_ARCHIVE_S3_ENDPOINT: s3.url };
    // Long ago; the listener of either chain removes its own.
    for (const chain of ['solana', 'ton'] as const)
      s3.objects.set(`e2e/${keyOf(chain, 999_999)}`, {
        body: Buffer.alloc(10),
        storedAt: new Date(Date.now() - 2 * 86_400_000),
      });
    await daemon.start({ ...VARIABLES, ...archive, NDX_ARCHIVE_DAYS: '1' });
    await forkUntilFelt(daemon);
  });
  afterAll(async () => {
    await daemon.remove();
    await s3.close();
  });

  test('promise 5: after forks of random depth the tables equal the oracle, and nothing stays pending', async () => {
    const pool = await daemon.pool();
    expect(await differences(pool, daemon.devnet(), NDT)).toEqual([]);
  });

  test('acceptance 5: listeners remove what NDX_ARCHIVE_DAYS says is old, and nothing else', () => {
    for (const chain of ['solana', 'ton'] as const) {
      expect(s3.objects.has(`e2e/${keyOf(chain, 999_999)}`)).toBe(false);
      expect([...s3.objects.keys()].filter((key) => key.startsWith(`e2e/${chain}/`)).length).toBeGreaterThan(
        3,
      );
    }
  });

  test('ndx replay from endpoints keeps what it reads, block by block as the listener did', async () => {
    const pool = await daemon.pool();
    const { rows } = await pool.query<{ first: string; last: string }>(
      `SELECT min("block") AS first, max("block") AS last FROM ledger_event WHERE chain = 'solana'`,
    );
    const [{ first, last } = { first: '0', last: '0' }] = rows;
    const own = await startS3Server();
    try {
      const database = await daemon.databaseUrl();
      const environment = {
        ...archive,
        NDX_ARCHIVE_S3_ENDPOINT: own.url,
        DATABASE_URL: database,
        SOLANA_RPC_URL: daemon.devnet(),
      };
      const { code, stderr } = await ndxProcess(
        ['replay', '--chain', 'solana', '--from', first, '--to', last],
        environment,
      );
      expect(code, stderr).toBe(0);
      const keys = ({ objects }: S3Server) =>
        [...objects.keys()].filter((key) => key.startsWith('e2e/solana/')).sort();
      expect(keys(own)).toEqual(keys(s3));
    } finally {
      await own.close();
    }
  });

  test('ndx replay --from-archive makes the same tables on an empty database, without any endpoint', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'ndx-e2e-empty-'));
    const environment = { NDX_DATA_DIR: dataDir, NDX_NETWORK: 'devnet', ...archive };
    const server = await startEmbeddedPostgres(join(dataDir, 'postgres'));
    const pool = createPool({ url: server.url, poolSize: 2 });
    try {
      const database = { ...environment, DATABASE_URL: server.url };
      expect((await ndxProcess(['db', 'migrate'], database)).code).toBe(0);
      for (const chain of ['solana', 'ton']) {
        const { code, stdout, stderr } = await ndxProcess(
          ['replay', '--chain', chain, '--from-archive', '--json'],
          database,
        );
        expect(code, stderr).toBe(0);
        expect(JSON.parse(stdout)).toMatchObject({ failedJobs: [], unchanged: 0, withdrawn: 0 });
      }
      expect(await differences(pool, daemon.devnet(), NDT)).toEqual([]);
      expect(await tonDifferences(pool, daemon.tonDevnet(), MASTER)).toEqual([]);
      // Without the archive there is nothing that could be asked.
      expect(
        (
          await ndxProcess(['replay', '--chain', 'solana', '--from-archive'], {
            ...database,
            NDX_ARCHIVE: '',
          })
        ).code,
      ).toBe(78);
    } finally {
      await pool.end();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

/**
 * Forks the chain under its users until that was felt in the tables, then lets it settle: all is covered and
 * final.
 */
async function forkUntilFelt(daemon: Daemon): Promise<void> {
  const pool = await daemon.pool();
  const abandoned = new Set<string>();
  const seen = new Set<string>();
  let round = 0;
  let forks = 0;
  // Until enough was seen as pending, and some of what a fork took back had already reached the tables.
  await eventually(
    async () => {
      await sleep(700);
      const { rows } = await pool.query<{ hash: string }>(
        `SELECT "transactionHash" AS hash FROM "Transaction" WHERE status = 'pending'`,
      );
      for (const { hash } of rows) seen.add(hash);
      const fork = await forkChain(daemon.devnet(), { depth: 1 + (round % 4), reland: round % 2 === 0 });
      round += 1;
      if (fork.droppedSlots.length > 0) forks += 1;
      for (const hash of fork.abandoned) abandoned.add(hash);
      return forks > 15 && seen.size > 10 && [...abandoned].some((hash) => seen.has(hash));
    },
    { what: 'forks that take back what was in the tables', progress: () => seen.size },
  );
  await pauseUsers(daemon, true);
  await coverSlot(daemon);
  await coverBlock(daemon);
  await eventually(
    async () => {
      const { rows } = await pool.query(
        `SELECT 1 FROM "Transaction" WHERE status = 'pending' UNION ALL SELECT 1 FROM ledger_event WHERE finality = 'confirmed'`,
      );
      return rows.length === 0;
    },
    { what: 'nothing to be pending' },
  );
}
