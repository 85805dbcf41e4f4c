/**
 * `ndx verify` and `ndx explain` on TON (promise 9), against the devnet's real contracts through each API.
 */
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/program.js';
import { createContext } from '../../src/process/context.js';
import type { Check } from '../../src/verify/checks.js';
import type { VerifyReport } from '../../src/verify/report.js';
import { createTonHistory, type TonHistory } from '../support/ton-history.js';

let history: TonHistory;
const undo: string[] = [];

beforeAll(async () => {
  history = await createTonHistory('verify ton');
});
afterEach(async () => {
  for (const statement of undo.splice(0).reverse()) await history.db.pool.query(statement);
});
afterAll(() => history.close());

const query = async <T extends object>(sql: string): Promise<T> =>
  (await history.db.pool.query<T>(sql)).rows[0] as T;

async function ndx(args: readonly string[], variables: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const endpoints = Object.fromEntries(variables.map((name) => [name, history.devnet.url]));
  const environment = { DATABASE_URL: history.databaseUrl, NDX_LOG_LEVEL: 'fatal', ...endpoints };
  const code = await run([...args], createContext({ environment, stdout, stderr }));
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

const ALL = ['TON_V4_URL', 'TONCENTER_V3_URL', 'TONCENTER_V2_URL'];

/** @param sample 200 is everything that there is */
async function verify(variables: readonly string[] = ALL, sample = 200) {
  const { code, out, err } = await ndx(
    ['verify', '--chain', 'ton', '--sample', `${sample}`, '--seed', '7', '--wait', '0', '--json'],
    variables,
  );
  const report = JSON.parse(out || 'null') as VerifyReport | null;
  if (!report) throw new Error(err);
  const of = (check: Check) => report.findings.filter((finding) => finding.check === check);
  const unproven = report.checks.flatMap((check) => check.unproven ?? []);
  return { code, report, of, unproven };
}

describe('ndx verify --chain ton', () => {
  test.each([[ALL], [['TON_V4_URL']], [['TONCENTER_V2_URL']]])(
    'promise 9: tables that equal the chain hold, asked through %j',
    async (apis) => {
      const { code, report, unproven } = await verify(apis, 20);
      expect({ code, findings: report.findings, unproven }).toEqual({ code: 0, findings: [], unproven: [] });
      // Coverage is one stretch or a few, with the links of its ends; no document was fetched.
      for (const { check, checked } of report.checks)
        if (check !== 'metadata') expect(checked, check).toBeGreaterThan(check === 'hashes' ? 0 : 3);
    },
  );

  test('an index that knows only the newest state is not believed for a block, and that is said', async () => {
    const { of, unproven } = await verify(['TONCENTER_V3_URL'], 20);
    expect([...of('owners'), ...of('balances'), ...of('stakes')]).toEqual([]);
    expect(unproven).toContainEqual(
      expect.stringMatching(/token=0:\w+ address=0:\w+: no endpoint .* set TON_V4_URL or TONCENTER_V2_URL/),
    );
  });

  test('a changed owner, changed balances and a changed stake are each found, and named', async () => {
    const nft = await query<{ id: string; owner: string }>(
      `SELECT "tokenId" AS id, "ownerAddress" AS owner FROM "NFT" WHERE NOT "isBurned" AND NOT "isListed" ORDER BY 1 LIMIT 1`,
    );
    await query(`UPDATE "NFT" SET "ownerAddress" = 'mallory' WHERE "tokenId" = '${nft.id}'`);
    undo.push(`UPDATE "NFT" SET "ownerAddress" = '${nft.owner}' WHERE "tokenId" = '${nft.id}'`);
    const { rows: held } = await history.db.pool.query<{ token: string; address: string; amount: string }>(
      'SELECT token, address, amount FROM wallet_balance WHERE amount > 1 ORDER BY address LIMIT 2',
    );
    const balances = held.map(({ token, address, amount }, at) => {
      const where = `WHERE token = '${token}' AND address = '${address}'`;
      const changed = BigInt(amount) + (at === 0 ? 1n : -1n);
      undo.push(`UPDATE wallet_balance SET amount = ${amount} ${where}`);
      const message = `amount is ${changed}, the chain says ${amount} at block ${history.head}`;
      return {
        change: `UPDATE wallet_balance SET amount = ${changed} ${where}`,
        key: `token=${token} address=${address}`,
        message,
      };
    });
    for (const { change } of balances) await query(change);
    const stake = await query<{ id: string; staker: string; hash: string; pool: string }>(
      `SELECT id, "walletAddress" AS staker, "transactionHash" AS hash, pool FROM "Staking" WHERE amount > 1 ORDER BY id LIMIT 1`,
    );
    await query(`UPDATE "Staking" SET amount = amount - 1 WHERE id = '${stake.id}'`);
    undo.push(`UPDATE "Staking" SET amount = amount + 1 WHERE id = '${stake.id}'`);

    const { code, of } = await verify();
    expect(code).toBe(1);
    const message = `owner is mallory, the chain says ${nft.owner} at block ${history.head}`;
    expect(of('owners')).toEqual([expect.objectContaining({ key: `tokenId=${nft.id}`, message })]);
    expect(of('balances').map(({ key, message }) => ({ key, message }))).toEqual(
      expect.arrayContaining(balances.map(({ key, message }) => ({ key, message }))),
    );
    expect(of('balances')).toHaveLength(2);
    // By the staker's transactions, and by the contract's own word.
    expect(of('stakes')).toEqual([
      expect.objectContaining({ key: expect.stringContaining(stake.hash), problem: 'different' }),
      expect.objectContaining({
        key: `walletAddress=${stake.staker} pool=${stake.pool}`,
        message: expect.stringMatching(
          new RegExp(`staked in all, the contract says [\\d.]+ at block ${history.head}$`),
        ),
      }),
    ]);
  });

  test('a stake that neither table nor ledger knows is found by what the contract says', async () => {
    const stake = await query<{ staker: string; hash: string; pool: string }>(
      `SELECT "walletAddress" AS staker, "transactionHash" AS hash, pool FROM "Staking" s WHERE amount > 0
          AND EXISTS (SELECT 1 FROM "Staking" o WHERE o."walletAddress" = s."walletAddress" AND o.id <> s.id) ORDER BY id LIMIT 1`,
    );
    for (const [table, column] of [
      ['Staking', '"transactionHash"'],
      ['ledger_event', 'transaction_hash'],
    ]) {
      await query(`CREATE TABLE kept_${table} AS SELECT * FROM "${table}" WHERE ${column} = '${stake.hash}'`);
      await query(`DELETE FROM "${table}" WHERE ${column} = '${stake.hash}'`);
      undo.push(`DROP TABLE kept_${table}`, `INSERT INTO "${table}" SELECT * FROM kept_${table}`);
    }
    const { of } = await verify();
    expect(of('stakes')).toEqual([
      expect.objectContaining({
        key: `walletAddress=${stake.staker} pool=${stake.pool}`,
        problem: 'different',
      }),
    ]);
  });
});

test.each(['sale', 'stake'])(
  'ndx explain shows the raw transaction of a %s, and that it decodes to the same events',
  async (kind) => {
    const { hash } = await query<{ hash: string }>(
      `SELECT transaction_hash AS hash FROM ledger_event WHERE kind = '${kind}' LIMIT 1`,
    );
    const { code, out } = await ndx(['explain', hash, '--json'], ['TON_V4_URL']);
    expect(code).toBe(0);
    const { now, events } = JSON.parse(out) as {
      now: { same: boolean; raw: object };
      events: { event: object }[];
    };
    expect(now.same).toBe(true);
    expect(now.raw).toMatchObject({
      hash,
      inMessage: { kind: 'internal', body: expect.any(String) },
      outMessages: expect.any(Array),
    });
    expect(events.map(({ event }) => event)).toContainEqual(expect.objectContaining({ kind }));
  },
);

test.each(['TON_V4_URL', 'TONCENTER_V2_URL'])(
  'promise 8: ndx dead retry reads an undecodable transaction where the tables say it stands, by %s alone',
  async (api) => {
    const { hash, block } = await query<{ hash: string; block: string }>(
      `SELECT transaction_hash AS hash, block FROM ledger_event WHERE kind = 'sale' LIMIT 1`,
    );
    await query(`INSERT INTO decode_problem VALUES ('ton', ${block}, 0, 'undecodable', '${hash}', 'odd')`);
    undo.push('DELETE FROM decode_problem');
    const shown = await ndx(['dead', 'show', hash, '--json'], [api]);
    expect(JSON.parse(shown.out)).toMatchObject({
      problems: [{ code: 'undecodable', message: 'odd' }],
      raw: { hash },
    });
    const { code, out, err } = await ndx(['dead', 'retry', hash, '--json'], [api]);
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ retried: [{ id: hash, job: expect.stringContaining('ton-') }] });
  },
);
