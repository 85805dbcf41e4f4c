/** The whole daemon at `confirmed` while the chain forks again and again: what was abandoned is withdrawn, the rest settles. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import devnetNetwork from '../../config/networks/devnet.json' with { type: 'json' };
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { createDaemon, until } from '../support/daemon.js';
import { ndx } from '../support/ndx.js';
import { differences } from '../support/oracle.js';
import { coverSlot, forkChain, pauseTraffic } from '../support/solana-devnet.js';

const NDT = devnetNetwork.solana.tokens.find((token) => token.symbol === 'NDT')?.mint ?? '';
const archive = mkdtempSync(join(tmpdir(), 'ndx-e2e-archive-'));
const VARIABLES = { NDX_DEVNET_SEED: 'e2e confirmed', NDX_COMMITMENT: 'confirmed', NDX_DEVNET_RATE: '10', NDX_ARCHIVE_DIR: archive };

describe('ndx up at confirmed', () => {
  const daemon = createDaemon();
  beforeAll(() => daemon.start(VARIABLES));
  afterAll(async () => {
    await daemon.remove();
    rmSync(archive, { recursive: true, force: true });
  });

  test('promise 5: after forks of random depth the tables equal the oracle, and nothing stays pending', async () => {
    const pool = await daemon.pool();
    const abandoned = new Set<string>();
    const seen = new Set<string>();
    let forks = 0;
    for (let round = 0; round < 24; round++) {
      await sleep(700);
      const { rows } = await pool.query<{ hash: string }>(`SELECT "transactionHash" AS hash FROM "Transaction" WHERE status = 'pending'`);
      for (const { hash } of rows) seen.add(hash);
      const fork = await forkChain(daemon.devnet(), { depth: 1 + (round % 4), reland: round % 2 === 0 });
      if (fork.droppedSlots.length > 0) forks += 1;
      for (const hash of fork.abandoned) abandoned.add(hash);
    }
    expect(forks).toBeGreaterThan(15);
    expect(seen.size).toBeGreaterThan(10);
    // Some of what a fork took back had already reached the tables.
    expect([...abandoned].filter((hash) => seen.has(hash)).length).toBeGreaterThan(0);
    await pauseTraffic(daemon.devnet(), true);
    await coverSlot(daemon);
    await until('nothing to be pending', 30_000, async () => {
      const { rows } = await pool.query(
        `SELECT 1 FROM "Transaction" WHERE status = 'pending' UNION ALL SELECT 1 FROM ledger_event WHERE finality = 'confirmed'`,
      );
      return rows.length === 0;
    });
    expect(await differences(pool, daemon.devnet(), NDT)).toEqual([]);
  }, 200_000);

  test('ndx replay --from-archive makes the same tables on an empty database, without any endpoint', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'ndx-e2e-empty-'));
    const environment = { NDX_DATA_DIR: dataDir, NDX_ARCHIVE_DIR: archive, NDX_NETWORK: 'devnet' };
    const server = await startEmbeddedPostgres(join(dataDir, 'postgres'));
    const pool = new pg.Pool({ connectionString: server.url, max: 2 });
    try {
      const database = { ...environment, DATABASE_URL: server.url };
      expect((await ndx(['db', 'migrate'], database)).code).toBe(0);
      const { code, stdout, stderr } = await ndx(['replay', '--chain', 'solana', '--from-archive', '--json'], database);
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ failedJobs: [], unchanged: 0, withdrawn: 0 });
      expect(await differences(pool, daemon.devnet(), NDT)).toEqual([]);
      // Without the archive's folder there is nothing that could be asked.
      expect((await ndx(['replay', '--chain', 'solana', '--from-archive'], { ...database, NDX_ARCHIVE_DIR: '' })).code).toBe(78);
    } finally {
      await pool.end();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }, 240_000);
});
