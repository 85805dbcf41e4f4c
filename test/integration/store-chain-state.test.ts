import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readChainState, writeChainState } from '../../src/store/chain-state.js';
import { createPool } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.url);
  url.searchParams.set('options', '-c TimeZone=America/New_York');
  pool = createPool({ url: url.href });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const STATE = {
  chain: 'solana',
  genesis: 'g',
  startBlock: 5,
  head: 100,
  headTime: 1_700_000_100,
  finalized: 68,
  finalizedTime: null,
  fingerprint: 'f',
  source: 'https://rpc.example',
} as const;

test('what is written is read, times in unix seconds whatever the time zone', async () => {
  expect(await readChainState({ pool }, 'solana')).toBeNull();
  await writeChainState({ pool }, STATE);
  const read = await readChainState({ pool }, 'solana');
  expect(read).toMatchObject(STATE);
  expect(Math.abs((read?.updatedAt ?? 0) - Date.now() / 1000)).toBeLessThan(10);
  await writeChainState({ pool }, { ...STATE, head: 101 });
  expect(await readChainState({ pool }, 'solana')).toMatchObject({ head: 101 });
});

test('the state of another chain is refused and changes nothing', async () => {
  await expect(writeChainState({ pool }, { ...STATE, genesis: 'other', head: 999 })).rejects.toMatchObject({
    code: 'RPC_WRONG_CHAIN',
  });
  expect(await readChainState({ pool }, 'solana')).toMatchObject({ genesis: 'g', head: 101 });
});
