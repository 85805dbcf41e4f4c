import { afterAll, beforeAll, expect, test } from 'vitest';
import { readChainState, writeChainState } from '../../src/store/chain-state.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.url);
  url.searchParams.set('options', '-c TimeZone=America/New_York');
  db = createDatabase({ url: url.href });
});
afterAll(async () => {
  await db.close();
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
  expect(await readChainState(db, 'solana')).toBeNull();
  await writeChainState(db, STATE);
  const read = await readChainState(db, 'solana');
  expect(read).toMatchObject(STATE);
  expect(Math.abs((read?.updatedAt ?? 0) - Date.now() / 1000)).toBeLessThan(10);
  await writeChainState(db, { ...STATE, head: 101 });
  expect(await readChainState(db, 'solana')).toMatchObject({ head: 101 });
});

test('the state of another chain is refused and changes nothing', async () => {
  await expect(writeChainState(db, { ...STATE, genesis: 'other', head: 999 })).rejects.toMatchObject({
    code: 'RPC_WRONG_CHAIN',
  });
  expect(await readChainState(db, 'solana')).toMatchObject({ genesis: 'g', head: 101 });
});
