/** `ndx verify`, `ndx explain` and `ndx gaps` as an operator meets them: output, exit codes, bad input. */
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/program.js';
import type { Batch } from '../../src/events/batch.js';
import { createContext } from '../../src/process/context.js';
import { projectionContextOf } from '../../src/process/parts.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { writeChainState } from '../../src/store/chain-state.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import type { VerifyReport } from '../../src/verify/report.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { BLOCKS, history } from '../support/events.js';
import { startFakeRpc } from '../support/fake-solana-rpc.js';

let test_: TestDatabase;
let db: Database;
const [STORY = []] = fc.sample(
  history.filter(
    (all) =>
      new Set(
        all.filter((item) => item.outcome === 'ok').flatMap((item) => item.events.map((event) => event.kind)),
      ).size === 9,
  ),
  { numRuns: 1, seed: 7 },
);
const SALE = STORY.find(
  (item) => item.outcome === 'ok' && item.events.some((event) => event.kind === 'sale'),
);
const HASH = SALE?.transactionHash ?? 'none';

beforeAll(async () => {
  test_ = await createTestDatabase();
  db = createDatabase({ url: test_.url, poolSize: 4 });
  const range = { fromBlock: 1, toBlock: BLOCKS };
  const batch: Batch = {
    chain: 'solana',
    fingerprint: 'f',
    finality: 'finalized',
    ...range,
    scope: 'blocks',
    transactions: STORY,
    source: 'endpoint',
  };
  await reconcile(db, batch, projectionContextOf(createContext({ environment: {} }).network), {
    job: 'job-1',
  });
  const tip = { head: BLOCKS, headTime: null, finalized: BLOCKS, finalizedTime: null };
  await writeChainState(db, {
    chain: 'solana',
    genesis: 'g',
    startBlock: 1,
    ...tip,
    fingerprint: 'f',
    source: 'test',
  });
});
afterAll(async () => {
  await db.close();
  await test_.drop();
});

let rpcUrl = 'http://127.0.0.1:1';

async function ndx(
  ...args: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const environment = {
    DATABASE_URL: test_.url,
    NDX_LOG_LEVEL: 'fatal',
    SOLANA_RPC_URL: rpcUrl,
  };
  const code = await run(args, createContext({ environment, stdout, stderr }));
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

const OFFLINE = ['verify', '--chain', 'solana', '--sample', '0', '--wait', '0'];

describe('ndx verify', () => {
  test('ends with 0 when everything holds, and prints the digest', async () => {
    const { code, out } = await ndx(...OFFLINE);
    expect(code).toBe(0);
    expect(out).toMatch(/^solana blocks 1\.\.24, fingerprint f\n {2}coverage {2}holds/);
    expect(out).toMatch(/digest {4}[0-9a-f]{32}/);
    const { out: json } = await ndx(...OFFLINE, '--json', '--digest-blocks', '8');
    const report = JSON.parse(json) as VerifyReport;
    expect(report).toMatchObject({ holds: true, findings: [], range: { fromBlock: 1, toBlock: BLOCKS } });
    expect(report.digests.ranges.reduce((sum, range) => sum + range.events, 0)).toBe(
      STORY.flatMap((item) => item.events).length,
    );
  });

  test('ends with 1 and names what is wrong; --repair makes it right, on the record', async () => {
    await db.pool.query(`UPDATE wallet_balance SET amount = amount + 1 WHERE address = 'alice'`);
    const { code, out, err } = await ndx(...OFFLINE);
    expect(code).toBe(1);
    expect(out).toMatch(
      /different tables wallet_balance token=\w+ address=alice: amount is -?\d+, the ledger says -?\d+/,
    );
    expect(err).toMatch(/ndx: solana does not hold: \d found in tables \[VERIFY_FAILED\]/);
    const repaired = await ndx(...OFFLINE, '--repair');
    expect(repaired.code, repaired.err).toBe(0);
    expect(repaired.out).toMatch(/Repaired \d rows\./);
    const { rows } = await db.pool.query(
      `SELECT action, before->>'amount' <> after->>'amount' AS changed FROM audit_entry`,
    );
    expect(rows[0]).toEqual({ action: 'update', changed: true });
    expect((await ndx(...OFFLINE)).code).toBe(0);
  });

  test.each([
    [['--from', '9', '--to', '3'], 64, '--from 9 is above --to 3'],
    [['--to', '25'], 65, 'block 25 is not final: the newest final block is 24'],
    [['--sample', 'many'], 64, 'whole number'],
  ])('%j ends with %i', async (args, code, text) => {
    const ended = await ndx(...OFFLINE, ...args);
    expect([ended.code, ended.err]).toEqual([code, expect.stringContaining(text)]);
  });

  test.each([
    ['verify', '--chain', 'solana', '--sample', '3', '--wait', '0'],
    ['replay', '--chain', 'solana', '--from', '1', '--to', '3'],
    ['replay', '--chain', 'solana', '--from', '1', '--to', '3', '--dry-run'],
  ])(
    'promise 6: %s %s %s … believes no endpoint of another chain than the database holds',
    async (...args) => {
      const foreign = await startFakeRpc();
      rpcUrl = foreign.url;
      try {
        const { code, err } = await ndx(...args);
        expect([code, err]).toEqual([expect.any(Number), expect.stringContaining('RPC_WRONG_CHAIN')]);
        expect(code).not.toBe(0);
      } finally {
        rpcUrl = 'http://127.0.0.1:1';
        await foreign.close();
      }
    },
  );

  test('--dry-run is of --repair', async () => {
    const { code, err } = await ndx(...OFFLINE, '--dry-run');
    expect([code, err]).toEqual([64, expect.stringContaining('--repair')]);
  });

  test('a chain that this database does not hold is said', async () => {
    expect((await ndx('verify', '--chain', 'bitcoin')).code).toBe(64);
  });
});

describe('ndx gaps', () => {
  test('lists nothing, and then what is missing and what is stale', async () => {
    expect((await ndx('gaps')).out).toContain('no gaps');
    await db.pool.query(`UPDATE coverage_range SET to_block = 10`);
    await db.pool.query(`INSERT INTO coverage_range VALUES ('solana', 'older', 15, 20)`);
    const { code, out } = await ndx('gaps', '--chain', 'solana', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      chains: [
        {
          chain: 'solana',
          missingBlocks: 8,
          gaps: [
            { fromBlock: 11, toBlock: 14 },
            { fromBlock: 21, toBlock: 24 },
          ],
          staleBlocks: 6,
          stale: [{ fromBlock: 15, toBlock: 20 }],
        },
      ],
    });
    expect((await ndx('gaps')).out).toContain('11..14 (4 blocks)');
    await db.pool.query(`DELETE FROM coverage_range`);
    await db.pool.query(`INSERT INTO coverage_range VALUES ('solana', 'f', 1, 24)`);
  });
});

describe('ndx explain', () => {
  test('says decoder, job, source and rows, also without the chain', async () => {
    const { code, out } = await ndx('explain', HASH, '--offline', '--json');
    expect(code).toBe(0);
    const told = JSON.parse(out) as {
      events: object[];
      rows: Record<string, { tokenId?: string; transactionHash?: string }[]>;
    };
    expect(told).toMatchObject({
      chain: 'solana',
      transactionHash: HASH,
      block: SALE?.block,
      covered: true,
      now: null,
    });
    expect(told.events).toHaveLength(SALE?.events.length ?? 0);
    expect(told.events[0]).toMatchObject({
      job: 'job-1',
      source: 'endpoint',
      finality: 'finalized',
      intact: true,
      event: { decoder: 'test', decoderVersion: 1 },
    });
    expect(told.rows.Transaction).toMatchObject([{ transactionHash: HASH }]);
    expect(told.rows.NFT?.map((nft) => nft.tokenId)).toContain(
      SALE?.events.find((event) => event.kind === 'sale')?.asset.address,
    );
    expect(told.rows.wallet_balance?.length).toBeGreaterThan(0);
    const { out: text } = await ndx('explain', HASH, '--offline');
    expect(text).toContain('job job-1, from endpoint');
  });

  test('a transaction that nobody knows ends with 1', async () => {
    const { code, err } = await ndx('explain', 'nothing', '--offline');
    expect([code, err]).toEqual([1, expect.stringContaining('[TRANSACTION_NOT_FOUND]')]);
  });
});
