/** People and their wallets, as an application links them by its own SQL (docs/people.md). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { measureLink } from '../../bench/lab/linked-wallet.js';
import type { ChainEvent, DecodedTransaction } from '../../src/events/event.js';
import { friendlyTonAddress } from '../../src/events/ton-address.js';
import { linkWallet, unlinkWallet } from '../../src/identity/act.js';
import { listConflicts, showUser, unfinished } from '../../src/identity/queries.js';
import { createSteps } from '../../src/identity/steps.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { rowId } from '../../src/store/ids.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { allTables, changesOf, dump, emptyTables, RECONCILED } from '../support/dump.js';
import { CONTEXT, NDT } from '../support/events.js';

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

beforeEach(async () => {
  await emptyTables(db.pool);
  for (const user of ['ann', 'ben'])
    await sql(`INSERT INTO "User" (id, "updatedAt") VALUES ($1, now())`, user);
});

const sql = (text: string, ...values: unknown[]) => db.pool.query(text, values);

const ok = { eventIndex: 0, outcome: 'ok', decoder: 'test', decoderVersion: 1 } as const;
const nft = (kind: 'mint' | 'transfer', from: string | undefined, to: string): ChainEvent => ({
  ...ok,
  kind,
  asset: { kind: 'nft', address: 'song' },
  ...(from === undefined ? {} : { from }),
  to,
  amount: 1n,
  decimals: 0,
});
const pay = (from: string, to: string): ChainEvent => ({
  ...ok,
  kind: 'transfer',
  asset: { kind: 'token', address: NDT },
  from,
  to,
  amount: 5n,
  decimals: 9,
  movements: [
    { token: NDT, account: `${from}'s`, owner: from, delta: -5n },
    { token: NDT, account: `${to}'s`, owner: to, delta: 5n },
  ],
});
const stake = (from: string): ChainEvent => ({
  ...ok,
  kind: 'stake',
  asset: { kind: 'token', address: NDT },
  from,
  amount: 3n,
  decimals: 9,
  stake: { pool: 'pool' },
});

function blocks(...events: ChainEvent[]): DecodedTransaction[] {
  return events.map((event, at) => ({
    chain: 'solana',
    block: at + 1,
    blockTime: 1_760_000_000 + at,
    transactionIndex: 0,
    transactionHash: `transaction ${at + 1}`,
    outcome: 'ok',
    events: [event],
  }));
}

function run(
  transactions: readonly DecodedTransaction[],
  toBlock: number,
  chain: 'solana' | 'ton' = 'solana',
) {
  const batch = { chain, fingerprint: 'f', finality: 'finalized', scope: 'blocks', source: 'test' } as const;
  const ours = transactions.map((item) => ({ ...item, chain }));
  return reconcile(db, { ...batch, fromBlock: 1, toBlock, transactions: ours }, CONTEXT, { job: 'test' });
}

const STORY = blocks(nft('mint', undefined, 'alice'), pay('alice', 'bob'), stake('alice'));

async function carry(): Promise<void> {
  const steps = createSteps(db);
  while ((await unfinished(db.pool)) > 0) await steps.take();
}

const link = (id: string, user: string, address: string) =>
  sql(
    `INSERT INTO "UserWallet" (id, "userId", "walletId") SELECT $1, $2, id FROM "Wallet" WHERE address = $3`,
    id,
    user,
    address,
  );

/** Column → user, of everything that names alice's user. */
async function namesOfAlice(): Promise<Record<string, unknown>> {
  const { rows } = await sql(
    `SELECT (SELECT "userId" FROM "Wallet" WHERE address = 'alice') AS wallet,
            (SELECT owner || ' ' || "creatorId" FROM "NFT") AS nft,
            (SELECT "sellerId" || ' ' || "userId" FROM "Transaction" WHERE "blockNumber" = 2) AS payment,
            (SELECT s."userId" || ' ' || m."userId" FROM "Staking" s JOIN "MusicToken" m ON m.id = s."tokenId") AS stake`,
  );
  return rows[0] as Record<string, unknown>;
}

const all = (user: string) => ({
  wallet: user,
  nft: `${user} ${user}`,
  payment: `${user} ${user}`,
  stake: `${user} ${user}`,
});
const PLACEHOLDER = rowId('user', 'alice');
const tables = () => dump(db.pool, RECONCILED, ['job', 'source']);

describe('an application links and unlinks', () => {
  test('everything moves to the person, the placeholder goes, and unlinking gives all of it back', async () => {
    await run(STORY, 3);
    await carry();
    const before = await tables();
    expect(await namesOfAlice()).toEqual(all(PLACEHOLDER));
    await link('l1', 'ann', 'alice');
    await carry();
    expect(await namesOfAlice()).toEqual(all('ann'));
    expect((await sql('SELECT 1 FROM "User" WHERE id = $1', PLACEHOLDER)).rowCount).toBe(0);
    await sql(`DELETE FROM "UserWallet" WHERE id = 'l1'`);
    await carry();
    expect(changesOf(before, await tables())).toEqual([]);
  });

  test('two wallets of one person are summed, and each takes its part away again', async () => {
    await run(
      [...STORY, ...blocks(pay('x', 'x'), pay('x', 'x'), pay('x', 'x'), pay('bob', 'carol')).slice(3)],
      4,
    );
    await link('l1', 'ann', 'alice');
    await link('l2', 'ann', 'carol');
    await carry();
    const balance = async () =>
      (await sql(`SELECT balance::text FROM "MusicToken" WHERE "userId" = 'ann'`)).rows.map(
        (row) => row.balance,
      );
    expect(await balance()).toEqual(['0.000000000000000000']);
    await sql(`DELETE FROM "UserWallet" WHERE id = 'l1'`);
    await carry();
    expect(await balance()).toEqual(['0.000000005000000000']);
  });

  test('two people claim one wallet: the newest link decides, the conflict is listed, the older one is next', async () => {
    await run(STORY, 3);
    await link('l1', 'ann', 'alice');
    await sql(`UPDATE "User" SET "walletAddress" = 'alice' WHERE id = 'ben'`);
    await carry();
    expect(await namesOfAlice()).toEqual(all('ben'));
    expect(await listConflicts(db.pool, 10)).toEqual([{ address: 'alice', users: ['ben', 'ann'] }]);
    const shown = await showUser(db.pool, 'ann');
    expect(shown?.links).toMatchObject([{ address: 'alice', user: 'ann', decides: false }]);
    await sql(`UPDATE "User" SET "walletAddress" = NULL WHERE id = 'ben'`);
    await carry();
    expect(await namesOfAlice()).toEqual(all('ann'));
    expect(await listConflicts(db.pool, 10)).toEqual([]);
  });

  test('the insert of a wallet that we have made is met, by SQL and by Prisma, and links of others stay', async () => {
    await run(STORY, 3);
    await link('l1', 'ben', 'alice');
    await carry();
    const made = await sql(
      `INSERT INTO "Wallet" (id, address, chain, provider, "userId", "updatedAt")
       VALUES ('of the app', 'alice', 'solana', 'phantom', 'ann', now()) RETURNING id, "userId"`,
    );
    // What the platform says of the derived column is not believed.
    expect(made.rows).toEqual([{ id: 'of the app', userId: 'ben' }]);
    expect((await sql(`SELECT id FROM "UserWallet" WHERE "walletId" = 'of the app'`)).rows).toEqual([
      { id: 'l1' },
    ]);
    const bob = await db.prisma.wallet.create({ data: { address: 'bob', chain: 'solana' } });
    await db.prisma.userWallet.create({ data: { userId: 'ann', walletId: bob.id } });
    await carry();
    expect(await namesOfAlice()).toEqual(all('ben'));
    expect((await sql(`SELECT "buyerId" FROM "Transaction" WHERE "blockNumber" = 2`)).rows).toEqual([
      { buyerId: 'ann' },
    ]);
    // A second insert is the platform's own mistake.
    await expect(db.prisma.wallet.create({ data: { address: 'bob', chain: 'solana' } })).rejects.toThrow(
      /address/,
    );
  });

  test('a TON wallet is known by any form of its address', async () => {
    const raw = `0:${'ab'.repeat(32)}`;
    const written = [
      friendlyTonAddress(raw),
      friendlyTonAddress(raw, { bounceable: false }),
      raw.toUpperCase(),
    ];
    await run(blocks(nft('mint', undefined, raw)), 1, 'ton');
    for (const [at, address] of written.entries()) {
      await sql(
        `INSERT INTO "Wallet" (id, address, chain, "updatedAt") VALUES ($1, $2, 'ton', now())`,
        `w${at}`,
        address,
      );
      await link(`l${at}`, 'ann', address);
      await carry();
      expect((await sql('SELECT owner FROM "NFT"')).rows).toEqual([{ owner: 'ann' }]);
      await sql('DELETE FROM "UserWallet" WHERE id = $1', `l${at}`);
      await carry();
      expect((await sql('SELECT owner FROM "NFT"')).rows).toEqual([{ owner: rowId('user', raw) }]);
      await sql(`UPDATE "User" SET "walletAddress" = $1 WHERE id = 'ben'`, address);
      await carry();
      expect((await sql('SELECT owner FROM "NFT"')).rows).toEqual([{ owner: 'ben' }]);
      await sql(`UPDATE "User" SET "walletAddress" = NULL WHERE id = 'ben'`);
      await carry();
    }
  });

  test('promise 5: undoing the events of a wallet deletes no row that the platform wrote', async () => {
    await sql(
      `INSERT INTO "Wallet" (id, address, chain, provider, "updatedAt") VALUES ('app', 'bob', 'solana', 'phantom', '2026-01-01')`,
    );
    await link('l2', 'ben', 'bob');
    await run(STORY, 3);
    await link('l1', 'ann', 'alice');
    await carry();
    const platform = async () => dump(db.pool, ['User', 'UserWallet'], []);
    const before = await platform();
    const wallets = () => sql(`SELECT id, provider, "createdAt", "updatedAt" FROM "Wallet" WHERE id = 'app'`);
    const { rows } = await wallets();
    await run([], 3);
    await carry();
    expect(changesOf(before, await platform())).toEqual([]);
    expect((await wallets()).rows).toEqual(rows);
    await run(STORY, 3);
    await carry();
    expect(changesOf(before, await platform())).toEqual([]);
    expect(await namesOfAlice()).toEqual(all('ann'));
  });

  test('a user who owns wallets is not deleted before these are given back', async () => {
    await run(STORY, 3);
    await link('l1', 'ann', 'alice');
    await carry();
    await sql(`DELETE FROM "UserWallet" WHERE id = 'l1'`);
    await expect(sql(`DELETE FROM "User" WHERE id = 'ann'`)).rejects.toThrow(/still owns wallets/);
    await carry();
    await sql(`DELETE FROM "User" WHERE id = 'ann'`);
    expect(await namesOfAlice()).toEqual(all(PLACEHOLDER));
  });
});

describe('what goes on meanwhile', () => {
  test('promise 3: a batch that read the former owner and commits afterwards is waited for', async () => {
    await run(STORY, 3);
    await carry();
    const late = await db.pool.connect();
    try {
      await late.query('BEGIN');
      // As reconcile does: it writes first, then reads the owner, then writes for it.
      await late.query('SELECT pg_current_xact_id()');
      const { rows } = await late.query(`SELECT "userId" AS "user" FROM "Wallet" WHERE address = 'alice'`);
      await link('l1', 'ann', 'alice');
      const steps = createSteps(db);
      for (let step = 0; step < 20; step += 1) await steps.take();
      expect(await namesOfAlice()).toEqual(all('ann'));
      expect(await unfinished(db.pool)).toBe(1);
      await late.query(
        `INSERT INTO "Transaction" (id, "transactionHash", chain, "transactionType", "sellerId", "userId", metadata)
         VALUES ('late', 'late', 'solana', 'transfer', $1, $1, '{"from": "alice"}')`,
        [rows[0]?.user],
      );
      await late.query('COMMIT');
      await carry();
    } finally {
      late.release();
    }
    expect((await sql(`SELECT "sellerId", "userId" FROM "Transaction" WHERE id = 'late'`)).rows).toEqual([
      { sellerId: 'ann', userId: 'ann' },
    ]);
  });

  test('a move that a dump brought from another server goes on', async () => {
    await run(STORY, 3);
    await link('l1', 'ann', 'alice');
    const steps = createSteps(db);
    await steps.take();
    await sql('UPDATE wallet_move SET since = 9000000000');
    await carry();
    expect(await namesOfAlice()).toEqual(all('ann'));
  });

  test('a large wallet moves in steps while events go on: none of them waits for it', async () => {
    const measured = await measureLink(db, 20_000);
    expect(measured).toMatchObject({ left: 0 });
    expect(measured.moved).toBeGreaterThanOrEqual(20_000);
    expect(measured.batches).toBeGreaterThan(0);
  });
});

describe('by hand', () => {
  test('link and unlink with a dry run first, and the audit log', async () => {
    await run(STORY, 3);
    await carry();
    const before = await dump(db.pool, await allTables(db.pool));
    const act = { user: 'ann', wallet: 'alice', reason: 'test' };
    const planned = await linkWallet(db, { ...act, dryRun: true });
    expect(changesOf(before, await dump(db.pool, await allTables(db.pool)))).toEqual([]);
    expect(planned).toEqual({
      address: 'alice',
      changed: true,
      before: PLACEHOLDER,
      after: 'ann',
      rows: {
        'NFT.owner': 1,
        'NFT.creatorId': 1,
        'Transaction.sellerId': 1,
        'Transaction.buyerId': 1,
        'Transaction.userId': 3,
        'Staking.userId': 1,
      },
    });
    expect(await linkWallet(db, { ...act, dryRun: false })).toEqual(planned);
    await carry();
    expect(await namesOfAlice()).toEqual(all('ann'));
    expect(await linkWallet(db, { ...act, dryRun: false })).toMatchObject({ changed: false });
    expect(await unlinkWallet(db, { ...act, dryRun: false })).toMatchObject({
      changed: true,
      after: PLACEHOLDER,
    });
    await carry();
    expect(await namesOfAlice()).toEqual(all(PLACEHOLDER));
    expect((await sql('SELECT action FROM audit_entry ORDER BY id')).rows).toEqual([
      { action: 'link' },
      { action: 'unlink' },
    ]);
    await expect(linkWallet(db, { ...act, user: 'nobody', dryRun: false })).rejects.toThrow(/no user nobody/);
    await expect(linkWallet(db, { ...act, wallet: 'not an address', dryRun: false })).rejects.toThrow(
      /no wallet's address/,
    );
  });
});
