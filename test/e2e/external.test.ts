/**
 * Two copies side by side: one with nothing configured, one on a database and an endpoint of ours. Both tell
 * the same story.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import devnetNetwork from '../../config/networks/devnet.json' with { type: 'json' };
import { createPool } from '../../src/store/database.js';
import { createDaemon } from '../support/daemon.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { changesOf, dump, METADATAS_COLUMNS, RECONCILED } from '../support/dump.js';
import { eventually } from '../support/eventually.js';
import { differences, tonDifferences } from '../support/oracle.js';
import { pauseUsers } from '../support/ton-devnet.js';

const NDT = devnetNetwork.solana.tokens.find((token) => token.symbol === 'NDT')?.mint ?? '';
const NDT_TON = devnetNetwork.ton.follow.jettons.find((jetton) => jetton.symbol === 'NDT')?.master ?? '';

/** One host serves all three APIs. */
const tonUrls = () => ({
  TON_V4_URL: embedded.tonDevnet(),
  TONCENTER_V3_URL: embedded.tonDevnet(),
  TONCENTER_V2_URL: embedded.tonDevnet(),
});

const embedded = createDaemon();
const external = createDaemon();
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  await embedded.start({ NDX_DEVNET_SEED: 'side by side' });
  await external.start({ DATABASE_URL: database.url, SOLANA_RPC_URL: embedded.devnet(), ...tonUrls() });
});

afterAll(async () => {
  await external.remove();
  await embedded.remove();
  await database.drop();
});

test('what is set is used and said, and no password is shown', () => {
  expect(external.output()).toContain('DATABASE_URL (postgresql://');
  expect(external.output()).toContain(`SOLANA_RPC_URL (${embedded.devnet()})`);
  expect(external.output()).not.toContain('local devnet');
  expect(external.output()).not.toContain(new URL(database.url).password);
  expect(embedded.output()).toContain('embedded PostgreSQL');
  expect(embedded.output()).toContain('local devnet');
});

test('promise 2: a second deployment, begun later, ends with the same tables', async () => {
  const pool = createPool({ url: database.url, poolSize: 2 });
  try {
    await new Promise((done) => setTimeout(done, 3_000));
    await pauseUsers(embedded, true);
    const own = await embedded.pool();
    await eventually(
      async () => {
        const found = await Promise.all(
          [own, pool].flatMap((each) => [
            differences(each, embedded.devnet(), NDT),
            tonDifferences(each, embedded.tonDevnet(), NDT_TON),
          ]),
        );
        return found.every((list) => list.length === 0);
      },
      { what: 'both to have everything' },
    );
    // Each fetches the documents by itself, and some of the devnet's change their mind.
    const without = ['job', 'source', ...METADATAS_COLUMNS];
    expect(changesOf(await dump(own, RECONCILED, without), await dump(pool, RECONCILED, without))).toEqual(
      [],
    );
  } finally {
    await pool.end();
  }
});
