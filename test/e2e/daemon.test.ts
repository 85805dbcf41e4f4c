/** The main job as an operator runs it: `ndx up` on a bare data folder, compared with what the traffic generator says happened. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import devnetNetwork from '../../config/networks/devnet.json' with { type: 'json' };
import { KINDS } from '../../src/events/event.js';
import { createDaemon, type Daemon, until } from '../support/daemon.js';
import { allTables, dump, LISTENERS_OWN } from '../support/dump.js';
import { ndx } from '../support/ndx.js';
import { differences } from '../support/oracle.js';
import { hasRedis, startRedis } from '../support/redis.js';

const NDT = devnetNetwork.solana.tokens.find((token) => token.symbol === 'NDT')?.mint ?? '';

interface Status {
  readonly chains: readonly {
    readonly coverage: readonly { readonly fromBlock: number; readonly toBlock: number }[];
    readonly missingBlocks: number;
    readonly finalized: number;
  }[];
}

async function pauseTraffic(daemon: Daemon, paused: boolean): Promise<void> {
  const reply = await fetch(`${daemon.devnet()}/admin/traffic`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ paused }),
    signal: AbortSignal.timeout(30_000),
  });
  expect(reply.status).toBe(200);
}

/** Pauses the users and waits until everything they did is final and reconciled. Returns the newest covered slot. */
async function settle(daemon: Daemon): Promise<number> {
  await pauseTraffic(daemon, true);
  const rpc = await fetch(daemon.devnet(), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'getSlot', params: [{ commitment: 'processed' }] }),
  });
  const { result: slot } = (await rpc.json()) as { result: number };
  let covered = 0;
  await until(`slot ${slot} to be covered without gaps below it`, 60_000, async () => {
    const { chains } = (await (await fetch(`${daemon.api()}/v1/status`)).json()) as Status;
    const first = chains[0]?.coverage[0];
    covered = first?.toBlock ?? 0;
    return first?.fromBlock === 0 && covered >= slot;
  });
  return covered;
}

async function newestTypes(daemon: Daemon): Promise<Set<string>> {
  const { items } = (await (await fetch(`${daemon.api()}/v1/transactions?limit=50`)).json()) as { items: { transactionType: string }[] };
  return new Set(items.map((item) => item.transactionType));
}

describe.each(['PostgreSQL', ...(hasRedis() ? ['Redis'] : [])])('ndx up, queue on %s', (name) => {
  const daemon = createDaemon();
  const stops: (() => Promise<void>)[] = [() => daemon.remove()];
  let variables: Record<string, string> = {};

  beforeAll(async () => {
    variables = { NDX_DEVNET_SEED: `e2e ${name}` };
    if (name === 'Redis') {
      const redis = await startRedis();
      stops.push(() => redis.stop());
      variables.REDIS_URL = redis.url;
    }
    await daemon.start(variables);
  });
  afterAll(async () => {
    for (const stop of stops) await stop();
  });

  test('within a minute every kind of event is in the tables, and the tables equal the oracle', async () => {
    await until('every kind of transaction among the newest 50', 60_000, async () => {
      const types = await newestTypes(daemon);
      return KINDS.every((kind) => types.has(kind));
    });
    await settle(daemon);
    expect(await differences(await daemon.pool(), daemon.devnet(), NDT)).toEqual([]);
  }, 150_000);

  test('promise 3: kill -9 of everything in the middle of traffic loses nothing and doubles nothing', async () => {
    await pauseTraffic(daemon, false);
    await new Promise((done) => setTimeout(done, 4_000));
    await daemon.killEverything();
    await daemon.start(variables);
    await settle(daemon);
    expect(await differences(await daemon.pool(), daemon.devnet(), NDT)).toEqual([]);
  });

  test('promise 1: replaying the whole history twice with four workers leaves every table byte-equal', async () => {
    const covered = await settle(daemon);
    const pool = await daemon.pool();
    // What the listener writes of the tip is no part of what a replay may touch or must keep.
    const tables = (await allTables(pool)).filter((table) => !LISTENERS_OWN.includes(table));
    const before = await dump(pool, tables);
    expect(before.ledger_event?.length).toBeGreaterThan(50);
    for (const round of [1, 2]) {
      const { code, stdout, stderr } = await ndx(
        ['replay', '--chain', 'solana', '--from', '0', '--to', String(covered), '--workers', '4', '--json'],
        { ...variables, NDX_DATA_DIR: daemon.dataDir },
      );
      expect(code, `round ${round}: ${stderr}`).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        new: 0,
        changed: 0,
        withdrawn: 0,
        unchanged: before.ledger_event?.length,
        failedJobs: [],
      });
    }
    expect(await dump(pool, tables)).toEqual(before);
  });

  test('a dry run, and replays of one transaction and of one program, change nothing either', async () => {
    const covered = await settle(daemon);
    const pool = await daemon.pool();
    const tables = (await allTables(pool)).filter((table) => !LISTENERS_OWN.includes(table));
    const before = await dump(pool, tables);
    const dry = await ndx(['replay', '--chain', 'solana', '--from', '0', '--to', String(covered), '--dry-run', '--json'], {
      ...variables,
      NDX_DATA_DIR: daemon.dataDir,
    });
    expect(dry.code, dry.stderr).toBe(0);
    expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, new: 0, rows: {} });
    const { rows } = await pool.query<{ hash: string }>(`SELECT "transactionHash" AS hash FROM "Transaction" ORDER BY id DESC LIMIT 1`);
    const one = await ndx(['replay', '--chain', 'solana', '--tx', rows[0]?.hash ?? '', '--json'], {
      ...variables,
      NDX_DATA_DIR: daemon.dataDir,
    });
    expect(one.code, one.stderr).toBe(0);
    expect(JSON.parse(one.stdout)).toMatchObject({ new: 0, changed: 0 });
    const program = devnetNetwork.solana.programs[0];
    const sparse = await ndx(
      ['replay', '--chain', 'solana', '--from', '0', '--to', String(covered), '--address', program?.address ?? '', '--json'],
      { ...variables, NDX_DATA_DIR: daemon.dataDir },
    );
    expect(sparse.code, sparse.stderr).toBe(0);
    expect(JSON.parse(sparse.stdout)).toMatchObject({ new: 0, changed: 0, withdrawn: 0 });
    expect(JSON.parse(sparse.stdout).events).toBeGreaterThan(5);
    expect(await dump(pool, tables)).toEqual(before);
  });

  test('Ctrl-C stops it cleanly, and the next start goes on', async () => {
    expect(await daemon.interrupt()).toBe(0);
    await daemon.start(variables);
    await pauseTraffic(daemon, false);
    await new Promise((done) => setTimeout(done, 3_000));
    await settle(daemon);
    expect(await differences(await daemon.pool(), daemon.devnet(), NDT)).toEqual([]);
  });

  test('promise 9: ndx verify proves it against ledger and chain, and ends with 1 when a table is wrong', async () => {
    await settle(daemon);
    const verify = () => ndx(['verify', '--chain', 'solana', '--sample', '200', '--json'], { ...variables, NDX_DATA_DIR: daemon.dataDir });
    const { code, stdout, stderr } = await verify();
    expect(code, `${stderr}${stdout}`).toBe(0);
    const report = JSON.parse(stdout) as { checks: { check: string; checked: number; unproven?: string[] }[] };
    for (const { check, checked, unproven = [] } of report.checks) {
      expect(checked, check).toBeGreaterThan(0);
      expect(unproven, check).toEqual([]);
    }
    const pool = await daemon.pool();
    await pool.query(
      `UPDATE wallet_balance SET amount = amount + 1 WHERE (token, address) = (SELECT token, address FROM wallet_balance ORDER BY 1, 2 LIMIT 1)`,
    );
    const wrong = await verify();
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.stdout)).toMatchObject({
      holds: false,
      findings: [{ check: 'tables', subject: 'wallet_balance' }, { check: 'balances' }],
    });
    const { code: repaired } = await ndx(['verify', '--chain', 'solana', '--repair'], { ...variables, NDX_DATA_DIR: daemon.dataDir });
    expect(repaired).toBe(0);
  });
});
