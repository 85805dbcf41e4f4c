/**
 * Watchdogs bite in processes of their own: readiness, metric and log say why, the part starts again, and
 * work goes on when it can.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createQueue } from '../../src/queue/queue.js';
import { EXIT } from '../../src/runtime/error-codes.js';
import { freePorts } from '../../src/runtime/ports.js';
import { createPool } from '../../src/store/database.js';
import { type Part, startPart } from '../faults/processes.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { transactionOf } from '../support/fake-chain.js';
import { silentLog } from '../support/silent-log.js';
import { admin } from '../support/solana-devnet.js';

const directory = mkdtempSync(join(tmpdir(), 'ndx-watchdogs-'));
const logFile = join(directory, 'log');
const parts: Part[] = [];
let database: TestDatabase;
let pool: pg.Pool;
let devnet: string;
let listener: string;
let worker: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, poolSize: 2 });
  const port = await freePorts(2);
  devnet = `http://127.0.0.1:${port}`;
  const base = {
    NDX_DATA_DIR: join(directory, 'data'),
    DATABASE_URL: database.url,
    SOLANA_RPC_URL: devnet,
    NDX_STUCK_AFTER: '2',
    NDX_DEVNET_RATE: '10',
  };
  const part = (name: string, args: readonly string[], env: Record<string, string> = {}) =>
    parts.push(startPart({ name, args, env: { ...base, ...env }, logFile }));
  part('devnet', ['devnet', '--port', String(port), '--ton-port', '0', '--documents-port', '0']);
  await eventually(async () => (await admin(devnet, 'GET', 'heads')) !== null, {
    what: 'the devnet to answer',
  });
  const ports = [await freePorts(), await freePorts()];
  [listener, worker] = ports.map((number) => `http://127.0.0.1:${number}`) as [string, string];
  part('listener', ['listen', '--chain', 'solana'], { NDX_HEALTH_PORT: String(ports[0]) });
  part('worker', ['work', '--chain', 'solana'], { NDX_HEALTH_PORT: String(ports[1]), NDX_WORKERS: '8' });
  await eventually(
    async () => (await ready(listener)).status === 200 && (await ready(worker)).status === 200,
    { what: 'both to be ready' },
  );
});

afterAll(async () => {
  for (const part of parts) await part.stop();
  await pool?.end();
  await database?.drop();
  rmSync(directory, { recursive: true, force: true });
});

const ready = async (url: string) => {
  const reply = await fetch(`${url}/ready`);
  return { status: reply.status, text: await reply.text() };
};
/** Seen at some time: what starts again says soon that it has just begun. */
const saysNotReady = (url: string, reason: string): Promise<true> =>
  eventually(
    async () => {
      const { status, text } = await ready(url);
      return status === 503 && text.includes(reason);
    },
    { what: `/ready to say ${reason}` },
  );
const bites = async (url: string, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text
    .split('\n')
    .find((item) => item.startsWith('ndx_watchdog_total{') && item.includes(`watchdog="${name}"`));
  return Number(line?.split(' ').at(-1) ?? 0);
};
const log = () => readFileSync(logFile, 'utf8');
const jobs = async () => Number((await pool.query('SELECT count(*) AS jobs FROM bullmq.job')).rows[0]?.jobs);
const workerPart = () => parts.find(({ name }) => name === 'worker');
const workerEnds = () => workerPart()?.fell.length ?? 0;
/** Its last end was by a watchdog, and said so. */
function expectStuck(): void {
  expect(workerPart()?.fell.at(-1)).toBe(`code ${EXIT.unavailable}`);
  expect(log()).toMatch(/worker ndx: .*: ending, so that this process is started again \[STUCK\]/);
}
const newest = async () =>
  Number(
    (await pool.query(`SELECT max(block) AS block FROM ledger_event WHERE chain = 'solana'`)).rows[0]
      ?.block ?? 0,
  );

test('what the promises need is measured by listener and worker: gaps, stale blocks, lag, who leads, jobs, what cannot be decoded', async () => {
  const queue = createQueue({
    backend: { kind: 'postgres', url: database.url },
    chain: 'solana',
    log: silentLog,
  });
  await queue.add(
    {
      ...{
        chain: 'solana',
        fingerprint: 'test',
        finality: 'finalized',
        fromBlock: 1,
        toBlock: 1,
        scope: 'transactions',
        source: 'test',
      },
      transactions: [
        { ...transactionOf(1), events: [], problems: [{ code: 'undecodable', message: 'odd' }] },
      ],
    },
    { lane: 'live' },
  );
  await queue.close();
  const names = ['gap_blocks', 'stale_blocks', 'lag_blocks', 'leader', 'chain_head', 'chain_finalized'].map(
    (name) => `${name}{chain="solana"} `,
  );
  const wanted = [
    ...names,
    'queue_jobs{chain="solana",state="waiting"} ',
    'decode_problems_total{chain="solana",code="undecodable"} 1',
  ];
  await eventually(
    async () => {
      const replies = await Promise.all(
        [listener, worker].map(async (url) => (await fetch(`${url}/metrics`)).text()),
      );
      const lines = replies.join('\n').split('\n');
      return wanted.every((start) => lines.some((line) => line.startsWith(`ndx_${start}`)));
    },
    { what: 'all of it to be there' },
  );
});

test("a chain's head that does not move: not ready with the reason, counted, told, and followed again when it moves", async () => {
  await eventually(async () => (await newest()) > 0, { what: 'something to be indexed' });
  const bitten = await bites(listener, 'head');
  const starts = () => log().match(/^listener .*"msg":"listening"/gm)?.length ?? 0;
  const started = starts();
  await admin(devnet, 'POST', 'pause');
  await saysNotReady(listener, "the chain's head does not move");
  await eventually(async () => (await bites(listener, 'head')) > bitten, { what: 'the watchdog to bite' });
  expect(log()).toMatch(/listener .*"watchdog":"head".*stuck: starting it again/);
  await eventually(async () => starts() > started, { what: 'the listener to start again' });
  const before = await newest();
  await admin(devnet, 'POST', 'resume');
  await eventually(async () => (await ready(listener)).status === 200, {
    what: 'the listener to be ready again',
  });
  await eventually(async () => (await newest()) > before, { what: 'new blocks to be indexed' });
});

test('a websocket that is silent: not ready with the reason, counted, told, opened again; blocks go on coming by polling', async () => {
  // A chain that stands still has none either.
  const bitten = await bites(listener, 'websocket');
  await admin(devnet, 'POST', 'faults', { kind: 'silent-websocket' });
  await saysNotReady(listener, 'the websocket says nothing');
  await eventually(async () => (await bites(listener, 'websocket')) > bitten, {
    what: 'the watchdog to bite',
  });
  expect(log()).toMatch(/listener .*"watchdog":"websocket".*stuck: starting it again/);
  const before = await newest();
  await eventually(async () => (await newest()) > before, { what: 'new blocks to be indexed meanwhile' });
  await admin(devnet, 'DELETE', 'faults');
  await eventually(async () => (await ready(listener)).status === 200, {
    what: 'the listener to be ready again',
  });
});

test('a job that is held too long: the worker says so, ends, is started again, and the job is done when it can be', async () => {
  await admin(devnet, 'POST', 'pause');
  await eventually(async () => (await jobs()) === 0, { what: 'the queue to be empty' });
  const before = await newest();
  const ended = workerEnds();
  const client = await pool.connect();
  try {
    // Whatever a batch would write waits for this. There are fewer jobs than the worker takes at once, so
    // that none waits in the queue.
    await client.query('BEGIN');
    await client.query('LOCK TABLE ledger_event IN EXCLUSIVE MODE');
    await admin(devnet, 'POST', 'advance', { blocks: 3 });
    await saysNotReady(worker, 'job: a job is held and not finished');
    await eventually(async () => (await bites(worker, 'job')) > 0, { what: 'the watchdog to bite' });
    await eventually(async () => workerEnds() > ended, { what: 'the worker to end by itself' });
    expect(log()).toMatch(/worker .*"watchdog":"job".*stuck: starting it again/);
  } finally {
    await client.query('ROLLBACK');
    client.release();
    await admin(devnet, 'POST', 'resume');
  }
  expectStuck();
  await eventually(async () => (await newest()) > before, { what: 'the jobs to be done' });
  await eventually(async () => (await ready(worker)).status === 200, {
    what: 'the worker to be ready again',
  });
});

test('a queue that grows while nothing completes: told and counted as that, the worker starts again, and all is done when it can be', async () => {
  const before = await newest();
  const ended = workerEnds();
  // Every job writes into one of them; listeners only read them, and no worker looks at its start.
  const tables = ['coverage_range', 'pending_block'];
  await pool.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$`);
  for (const table of tables)
    await pool.query(`CREATE TRIGGER refuse BEFORE INSERT ON ${table} EXECUTE FUNCTION refuse()`);
  try {
    await eventually(async () => log().includes('"watchdog":"queue solana"'), {
      what: 'the watchdog to bite',
    });
    await eventually(async () => workerEnds() > ended, { what: 'the worker to end by itself' });
  } finally {
    for (const table of tables) await pool.query(`DROP TRIGGER refuse ON ${table}`);
  }
  expect(log()).toMatch(
    /worker .*"watchdog":"queue solana","reason":"jobs wait and none is completed for 4 s".*stuck: starting it again/,
  );
  expectStuck();
  await eventually(async () => (await newest()) > before, { what: 'the jobs to be done' });
  await eventually(async () => (await ready(worker)).status === 200, {
    what: 'the worker to be ready again',
  });
});
