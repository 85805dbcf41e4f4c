/**
 * `ndx verify` finds what is wrong and names it (promise 9): every kind of damage done to tables that were
 * right.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Batch } from '../../src/events/batch.js';
import type { DecodedTransaction } from '../../src/events/event.js';
import { decodeContent } from '../../src/feed/content.js';
import { unfinished } from '../../src/identity/queries.js';
import { createSteps } from '../../src/identity/steps.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { writeChainState } from '../../src/store/chain-state.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { digestOf } from '../../src/store/ledger/digest.js';
import { readLedger } from '../../src/store/ledger/ledger.js';
import { repair } from '../../src/verify/repair.js';
import { type VerifyOptions, verify } from '../../src/verify/verify.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { allTables, changesOf, dump, emptyTables, RECONCILED } from '../support/dump.js';
import { BLOCKS, CONTEXT, history } from '../support/events.js';

let test_: TestDatabase;
let db: Database;

beforeAll(async () => {
  test_ = await createTestDatabase();
  db = createDatabase({ url: test_.url, poolSize: 6 });
});

afterAll(async () => {
  await db.close();
  await test_.drop();
});

const every = async () => (await allTables(db.pool)).filter((name) => name !== '_prisma_migrations');

async function reconcileBlock(all: readonly DecodedTransaction[], block: number): Promise<void> {
  const transactions = all.filter((transaction) => transaction.block === block);
  const range = { fromBlock: block, toBlock: block };
  const batch: Batch = {
    chain: 'solana',
    fingerprint: 'f',
    finality: 'finalized',
    ...range,
    scope: 'blocks',
    transactions,
    source: 'test',
  };
  await reconcile(db, batch, CONTEXT, { job: 'test' });
}

/** One batch a block on an empty database. */
async function fill(all: readonly DecodedTransaction[]): Promise<void> {
  await emptyTables(db.pool);
  for (let block = 1; block <= BLOCKS; block++) await reconcileBlock(all, block);
  await writeChainState(db, {
    chain: 'solana',
    genesis: 'g',
    startBlock: 1,
    head: BLOCKS,
    headTime: null,
    finalized: BLOCKS,
    finalizedTime: null,
    fingerprint: 'f',
    source: 'test',
  });
}

const OPTIONS: VerifyOptions = { sample: 0, seed: 1, limit: 100, patience: 0, blocksPerDigest: 10 };
const run = (options: Partial<VerifyOptions> = {}) =>
  verify(
    { db, chain: 'solana', context: CONTEXT, view: null, signal: new AbortController().signal },
    { ...OPTIONS, ...options },
  );

test('promise 9: tables that reconcile wrote hold, and verify changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (all) => {
      await fill(all);
      const before = await dump(db.pool, await every());
      const { report } = await run();
      expect(report.findings).toEqual([]);
      expect(report.holds).toBe(true);
      expect(report.checks.find(({ check }) => check === 'ledger')).toMatchObject({
        checked: all.reduce((sum, item) => sum + item.events.length, 0),
      });
      expect(changesOf(before, await dump(db.pool, await every()))).toEqual([]);
    }),
    { numRuns: 8 },
  );
});

/** Fixed, and with every kind of row. */
const [STORY = []] = fc.sample(
  history.filter((all) => {
    const events = all.filter((item) => item.outcome === 'ok').flatMap((item) => item.events);
    const kinds = new Set(events.map((event) => event.kind));
    return (
      kinds.size === 9 &&
      all.some((item) => item.events.length > 1) &&
      all.some((item) => item.outcome === 'failed')
    );
  }),
  { numRuns: 1, seed: 7 },
);

interface Damage {
  readonly name: string;
  readonly sql: string;
  /** What verify must say: check, subject, problem, and the words of its message. */
  readonly finds: readonly [check: string, subject: string, problem: string, message: RegExp];
  /** The ledger itself is damaged: after repair the block has to be read again. */
  readonly ledger?: true;
}

const DAMAGES: readonly Damage[] = [
  {
    name: 'a deleted ledger row',
    sql: `DELETE FROM ledger_event WHERE (block, transaction_index) = (SELECT block, transaction_index FROM ledger_event GROUP BY 1, 2 HAVING count(*) = 1 ORDER BY 1 LIMIT 1)`,
    finds: [
      'ledger',
      'ledger_event',
      'missing',
      /the ledger holds 0 of the 1 events of transaction \w+ in block \d+: ledger rows were deleted/,
    ],
    ledger: true,
  },
  {
    name: 'a ledger row deleted among others of its transaction',
    sql: `DELETE FROM ledger_event WHERE (block, transaction_index, event_index) =
            (SELECT block, transaction_index, min(event_index) FROM ledger_event GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1 LIMIT 1)`,
    finds: ['ledger', 'ledger_event', 'missing', /the ledger holds \d of the \d events/],
    ledger: true,
  },
  {
    name: 'a changed ledger row',
    sql: `UPDATE ledger_event SET amount = amount + 1 WHERE (block, transaction_index, event_index) = (SELECT block, transaction_index, event_index FROM ledger_event WHERE kind = 'stake' LIMIT 1)`,
    finds: ['ledger', 'ledger_event', 'altered', /is not what was written/],
    ledger: true,
  },
  {
    name: 'a transaction at a second place of its block',
    sql: `INSERT INTO ledger_event SELECT (jsonb_populate_record(l, jsonb_build_object('transaction_index', l.transaction_index + 50))).*
            FROM ledger_event l WHERE (block, transaction_index) = (SELECT block, transaction_index FROM ledger_event ORDER BY 1, 2 LIMIT 1)`,
    finds: ['ledger', 'ledger_event', 'different', /stands at more than one place: \d+\/\d+ and \d+\/\d+/],
    ledger: true,
  },
  {
    name: 'a changed owner',
    sql: `UPDATE "NFT" n SET "ownerAddress" = w.address, owner = w."userId" FROM "Wallet" w
           WHERE w.address = (SELECT min(address) FROM "Wallet" WHERE address <> n."ownerAddress") AND n."tokenId" = (SELECT min("tokenId") FROM "NFT")`,
    finds: ['tables', 'NFT', 'different', /ownerAddress is \w+, the ledger says \w+/],
  },
  {
    name: 'a changed balance',
    sql: `UPDATE wallet_balance SET amount = amount + 5 WHERE address = (SELECT min(address) FROM wallet_balance)`,
    finds: ['tables', 'wallet_balance', 'different', /amount is -?\d+, the ledger says -?\d+/],
  },
  {
    name: 'a changed MusicToken balance',
    sql: `UPDATE "MusicToken" SET balance = balance + 5 WHERE "userId" = (SELECT min("userId") FROM "MusicToken")`,
    finds: ['tables', 'MusicToken', 'different', /balance is/],
  },
  {
    name: 'an orphan balance',
    sql: `INSERT INTO wallet_balance VALUES ('solana', 'mint', 'mallory', 7)`,
    finds: ['tables', 'wallet_balance', 'orphan', /orphan row \(amount 7\): no event/],
  },
  {
    name: 'an orphan stake',
    sql: `INSERT INTO "Staking" SELECT (jsonb_populate_record(s, '{"id": "forged", "transactionHash": "forged", "walletAddress": "mallory"}')).* FROM "Staking" s LIMIT 1`,
    finds: [
      'tables',
      'Staking',
      'orphan',
      /orphan row \(walletAddress mallory, amount .*\): no event of the ledger accounts for it/,
    ],
  },
  {
    name: 'a stake under another wallet',
    sql: `UPDATE "Staking" SET "walletAddress" = 'mallory' WHERE id = (SELECT min(id) FROM "Staking")`,
    finds: ['tables', 'Staking', 'different', /walletAddress is mallory/],
  },
  {
    name: 'a deleted stake',
    sql: `DELETE FROM "Staking" WHERE id = (SELECT min(id) FROM "Staking")`,
    finds: ['tables', 'Staking', 'missing', /the row is missing/],
  },
  {
    name: 'a deleted NFT',
    sql: `DELETE FROM "NFT" WHERE "tokenId" = (SELECT min("tokenId") FROM "NFT")`,
    finds: ['tables', 'NFT', 'missing', /the row is missing/],
  },
  {
    name: 'an orphan NFT',
    sql: `INSERT INTO "NFT" SELECT (jsonb_populate_record(n, '{"id": "forged", "tokenId": "forged"}')).* FROM "NFT" n LIMIT 1`,
    finds: ['tables', 'NFT', 'orphan', /orphan row/],
  },
  {
    name: 'a deleted Transaction',
    sql: `DELETE FROM "Transaction" WHERE id = (SELECT min(id) FROM "Transaction")`,
    finds: ['tables', 'Transaction', 'missing', /the row is missing/],
  },
  {
    name: 'a Transaction of another type',
    sql: `UPDATE "Transaction" SET "transactionType" = 'forged', status = 'pending' WHERE id = (SELECT min(id) FROM "Transaction")`,
    finds: [
      'tables',
      'Transaction',
      'different',
      /transactionType is forged, the ledger says \w+; status is pending/,
    ],
  },
  {
    name: 'another hash that names a transaction without reason',
    sql: `INSERT INTO transaction_alias SELECT 'forged', min("transactionHash") FROM "Transaction"`,
    finds: ['tables', 'transaction_alias', 'orphan', /orphan row/],
  },
  {
    name: 'a deleted link of a wallet',
    sql: `DELETE FROM "UserWallet" WHERE id = (SELECT min(id) FROM "UserWallet")`,
    finds: ['tables', 'Wallet', 'different', /UserWallet.id is NULL/],
  },
  {
    name: 'a wallet and its user dated wrongly',
    sql: `WITH w AS (UPDATE "Wallet" SET "createdAt" = now(), "updatedAt" = now() WHERE id = (SELECT min(id) FROM "Wallet") RETURNING "userId")
          UPDATE "User" u SET "createdAt" = now(), "updatedAt" = now() FROM w WHERE u.id = w."userId"`,
    finds: ['tables', 'Wallet', 'different', /createdAt is .*, the ledger says .*; User.createdAt is/],
  },
  {
    name: 'an orphan wallet',
    sql: `WITH u AS (INSERT INTO "User" (id, "isPlaceholder", "updatedAt") VALUES (ndx_row_id('user', 'mallory'), true, now()) RETURNING id),
               w AS (INSERT INTO "Wallet" (id, address, chain, "userId", "firstSeen", "updatedAt")
                     SELECT ndx_row_id('wallet', 'mallory'), 'mallory', 'solana', id, now(), now() FROM u RETURNING id)
          SELECT 1 FROM w`,
    finds: ['tables', 'Wallet', 'orphan', /orphan row/],
  },
];

describe('damage', () => {
  const facts = () => dump(db.pool, RECONCILED, ['job', 'source']);
  let right: Awaited<ReturnType<typeof facts>>;

  beforeEach(async () => {
    await fill(STORY);
    right = await facts();
  });

  test.each(DAMAGES)(
    'promise 9: verify finds $name, and repair undoes it',
    async ({ sql, finds, ledger }) => {
      await db.pool.query(sql);
      const { report, ...damage } = await run();
      expect(report.holds).toBe(false);
      const [check, subject, problem, message] = finds;
      const found = report.findings.filter(
        (finding) => finding.check === check && finding.subject === subject && finding.problem === problem,
      );
      expect(found.map((finding) => finding.message).join('\n'), JSON.stringify(report.findings)).toMatch(
        message,
      );

      const { rows: before } = await db.pool.query('SELECT max(id) AS id FROM feed_pending');
      const done = await repair({ db, chain: 'solana', context: CONTEXT }, damage);
      // Whoever holds a copy of what was repaired is told.
      const { rows: told } = await db.pool.query('SELECT lane, content FROM feed_pending WHERE id > $1', [
        before[0]?.id,
      ]);
      expect(told).toMatchObject([{ lane: 'replay' }]);
      const entries = decodeContent(told[0]?.content, 'solana');
      expect(entries.length).toBeGreaterThanOrEqual(done.rows);
      if (!ledger)
        expect(entries).toContainEqual(
          expect.objectContaining({ record: expect.objectContaining({ content: { table: subject } }) }),
        );
      const after = (await run()).report;
      if (ledger) {
        // What the chain says cannot be made up: the block is a gap, and reading it again heals.
        expect(done.withdrawnBlocks).toHaveLength(1);
        const [block = 0] = done.withdrawnBlocks;
        expect(after.findings.map((finding) => [finding.check, finding.block])).toEqual([
          ['coverage', block],
        ]);
        await reconcileBlock(STORY, block);
        expect((await run()).report.findings).toEqual([]);
      } else expect(after.findings).toEqual([]);
      expect(await facts()).toEqual(right);
      const { rows: audited } = await db.pool.query(
        `SELECT subject, action, before, after FROM audit_entry WHERE actor = 'ndx verify --repair'`,
      );
      expect(audited).toContainEqual(
        expect.objectContaining({ subject: ledger ? 'coverage_range' : subject }),
      );
    },
  );

  test('promise 9: events that an older release wrote without a time, and dated 1970, are found and heal', async () => {
    const block = Number(
      (await db.pool.query('SELECT max(block) AS block FROM ledger_event')).rows[0]?.block,
    );
    for (const row of await readLedger(db.pool, 'l.block = $1', [block]))
      await db.pool.query(
        `UPDATE ledger_event SET block_time = NULL, digest = $1
          WHERE (block, transaction_index, event_index) = ($2, $3, $4)`,
        [digestOf({ ...row, blockTime: null }), block, row.transactionIndex, row.event.eventIndex],
      );
    await db.pool.query(`UPDATE "Transaction" SET "createdAt" = 'epoch' WHERE "blockNumber" = $1`, [block]);
    const { report, ...damage } = await run();
    expect(report.findings.map(({ message }) => message).join('\n')).toMatch(/without its block's time/);
    const done = await repair({ db, chain: 'solana', context: CONTEXT }, damage);
    expect(done.withdrawnBlocks).toEqual([block]);
    await reconcileBlock(STORY, block);
    expect((await run()).report.findings).toEqual([]);
    expect(await facts()).toEqual(right);
  });

  test('promise 6: a replay dates what an older release wrote without a time', async () => {
    const but = 'WHERE block > (SELECT min(block) FROM ledger_event)';
    await db.pool.query(`UPDATE ledger_event SET block_time = NULL, digest = digest + 1 ${but}`);
    await db.pool.query(
      `UPDATE "Transaction" SET "createdAt" = 'epoch' WHERE "blockNumber" > (SELECT min(block) FROM ledger_event)`,
    );
    for (let block = 1; block <= BLOCKS; block++) await reconcileBlock(STORY, block);
    expect(await facts()).toEqual(right);
  });

  test('promise 4: verify finds a missing coverage range and names it', async () => {
    await db.pool.query('DELETE FROM coverage_range WHERE from_block BETWEEN 5 AND 7');
    const { report } = await run();
    expect(report.holds).toBe(false);
    expect(report.findings).toEqual([
      expect.objectContaining({ check: 'coverage', problem: 'missing', key: 'blocks=5..7', block: 5 }),
    ]);
    expect((await run({ fromBlock: 8 })).report.holds).toBe(true);
  });

  test('blocks read under another fingerprint are named as stale', async () => {
    await db.pool.query(`UPDATE coverage_range SET fingerprint = 'older' WHERE from_block BETWEEN 5 AND 7`);
    const { report } = await run();
    expect(report.findings).toEqual([
      expect.objectContaining({ check: 'coverage', problem: 'stale', key: 'blocks=5..7' }),
    ]);
  });

  test('what the platform writes of a claimed wallet is not taken for damage', async () => {
    await db.pool.query(
      `INSERT INTO "User" (id, username, "walletAddress", "updatedAt") VALUES ('person', 'p', 'newcomer', now())`,
    );
    await db.pool.query(
      `INSERT INTO "Wallet" (id, address, chain, "userId", "updatedAt") VALUES ('w', 'newcomer', 'solana', 'person', now())`,
    );
    await db.pool.query(`UPDATE "NFT" SET description = 'words', "imageUrl" = 'ipfs://x'`);
    await db.pool.query(`UPDATE "User" SET avatar = 'x', "updatedAt" = now()`);
    const { report } = await run();
    // Nobody has carried the link through yet, and verify says so.
    expect(report.findings.map(({ subject, problem }) => [subject, problem])).toEqual([
      ['wallet_link', 'missing'],
    ]);
    const steps = createSteps(db);
    while ((await unfinished(db.pool)) > 0) await steps.take();
    expect((await run()).report.findings).toEqual([]);
    // A link that no trigger told of.
    await db.pool.query(`DELETE FROM wallet_link`);
    expect((await run()).report.findings.map(({ key, problem }) => [key, problem])).toEqual([
      ['source=User ref=person', 'missing'],
    ]);
  });

  test('all differences are counted, the first of each table are listed', async () => {
    await db.pool.query(`UPDATE "Transaction" SET fee = fee + 1`);
    const { report } = await run({ limit: 3 });
    expect(report.findings).toHaveLength(3);
    expect(report.checks.find((check) => check.check === 'tables')?.found).toBe(STORY.length);
  });

  test('digests of ranges are equal where ledgers are, whatever the batches and the range asked for', async () => {
    const first = (await run()).report.digests;
    expect(first.ranges.map((range) => range.fromBlock)).toEqual([1, 10, 20]);
    const part = (await run({ fromBlock: 8 })).report.digests;
    expect(part.ranges.find((range) => range.fromBlock === 10)).toEqual(first.ranges[1]);
    await db.pool.query(
      `UPDATE ledger_event SET digest = digest + 1 WHERE block = (SELECT min(block) FROM ledger_event WHERE block >= 10)`,
    );
    const second = (await run()).report.digests;
    expect(second.total).not.toBe(first.total);
    expect(second.ranges.map((range, at) => range.digest === first.ranges[at]?.digest)).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('a projection that writes a table verify does not know cannot harm it: the snapshot is read-only', async () => {
    const { withShadow } = await import('../../src/verify/shadow.js');
    await expect(
      withShadow(db.pool, 'solana', (client) => client.query(`DELETE FROM public."NFT"`)),
    ).rejects.toThrow(/read-only transaction/);
  });
});
