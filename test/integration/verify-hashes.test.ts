/**
 * `ndx verify` on what was read from another chain: the links of coverage contradict each other or the
 * endpoints, the false ranges are named, and repair takes them out of coverage.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toBatches } from '../../src/readers/batches.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { writeChainState } from '../../src/store/chain-state.js';
import { listAllCoverage } from '../../src/store/coverage/coverage.js';
import { mergeCoverage } from '../../src/store/coverage/merge-coverage.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { repair } from '../../src/verify/repair.js';
import { type Verification, verify } from '../../src/verify/verify.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { CONTEXT } from '../support/events.js';
import { createTwoChains, type TwoChains } from '../support/two-chains.js';

const HEAD = 120;
const signal = new AbortController().signal;
let database: TestDatabase;
let db: Database;
let chain: TwoChains;

beforeEach(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, poolSize: 4 });
  chain = createTwoChains(HEAD);
  await writeChainState(db, {
    chain: 'solana',
    genesis: 'genesis',
    startBlock: 1,
    head: HEAD,
    headTime: null,
    finalized: HEAD,
    finalizedTime: null,
    fingerprint: chain.reader.fingerprint,
    source: 'test',
  });
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

async function read(of: TwoChains['of'], fromBlock: number, toBlock: number): Promise<void> {
  const { reader } = chain;
  chain.of = of;
  const spans = reader.read({ fromBlock, toBlock }, { finality: 'finalized', concurrency: 1, signal });
  for await (const batch of toBatches(reader, spans, { finality: 'finalized' }, reader.backfill))
    await reconcile(db, batch, CONTEXT, { job: 'test' });
  await mergeCoverage(db, 'solana', reader.fingerprint);
  chain.of = 'ours';
}

const run = (asked: boolean): Promise<Verification> =>
  verify(
    {
      db,
      chain: 'solana',
      context: CONTEXT,
      view: asked ? { reader: chain.reader, oracle: null } : null,
      signal,
    },
    { sample: asked ? 20 : 0, seed: 1, limit: 100, patience: 0 },
  );
const links = ({ report }: Verification) => report.findings.filter(({ check }) => check === 'hashes');

describe('ranges of another chain', () => {
  test('promise 9: without endpoints, stretches that do not follow upon each other are found', async () => {
    await read('ours', 1, 50);
    await read('theirs', 51, 80);
    await read('ours', 81, HEAD);
    const found = await run(false);
    expect(found.report.holds).toBe(false);
    expect(links(found).map(({ key, message }) => ({ key, message }))).toEqual([
      { key: 'blocks=51..80', message: expect.stringContaining('hash-50-theirs') },
      { key: `blocks=81..${HEAD}`, message: expect.stringContaining('hash-80-theirs') },
    ]);
    // Nobody says which side is wrong, so nothing is withdrawn.
    expect(found.denied).toEqual([]);
  });

  test('promise 9: with endpoints the false range is named, and repair has it read again', async () => {
    await read('ours', 1, 50);
    await read('theirs', 51, 80);
    await read('ours', 81, HEAD);
    const found = await run(true);
    expect(found.denied).toMatchObject([{ fromBlock: 51, toBlock: 80 }]);
    expect(links(found).map(({ message }) => message)).toEqual([
      expect.stringContaining('wrong: blocks=51..80'),
      expect.stringContaining('wrong: blocks=51..80'),
    ]);

    const deps = { db, chain: 'solana' as const, context: CONTEXT };
    const would = await repair(deps, found, { dryRun: true });
    expect(would.withdrawnRanges).toEqual([{ fromBlock: 51, toBlock: 80 }]);
    expect(await listAllCoverage(db, 'solana')).toEqual([{ fromBlock: 1, toBlock: HEAD }]);

    expect(await repair(deps, found)).toEqual(would);
    expect(await listAllCoverage(db, 'solana')).toEqual([
      { fromBlock: 1, toBlock: 50 },
      { fromBlock: 81, toBlock: HEAD },
    ]);
    const { rows: audited } = await db.pool.query('SELECT actor, action, key FROM audit_entry');
    expect(audited).toEqual([{ actor: 'ndx verify --repair', action: 'withdraw', key: 'blocks=51..80' }]);

    await read('ours', 51, 80);
    expect((await run(true)).report).toMatchObject({ holds: true, findings: [] });
  });

  test('promise 9: a whole coverage that agrees with itself is held against the endpoints', async () => {
    await read('theirs', 1, HEAD);
    const offline = await run(false);
    expect(links(offline)).toEqual([]);
    const found = await run(true);
    expect(found.denied).toMatchObject([{ fromBlock: 1, toBlock: HEAD }]);
    expect(links(found)).toMatchObject([
      {
        key: `blocks=1..${HEAD}`,
        message: expect.stringContaining('every endpoint that answers names another'),
      },
    ]);
  });

  test('coverage without links is said, and no failure', async () => {
    await read('ours', 1, HEAD);
    await db.pool.query('UPDATE coverage_range SET parent_hash = NULL, last_hash = NULL');
    const { report } = await run(true);
    expect(report.holds).toBe(true);
    expect(report.checks.find(({ check }) => check === 'hashes')).toMatchObject({
      found: 0,
      unproven: [expect.stringContaining('carry no links')],
    });
  });
});
