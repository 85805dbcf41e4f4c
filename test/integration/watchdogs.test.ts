/** Watchdogs bite in processes of their own: readiness, metric and log say why, the part starts again, and work goes on when it can. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT } from '../../src/runtime/errors.js';
import { freePorts } from '../../src/runtime/ports.js';
import { type Part, startPart } from '../faults/processes.js';
import { until } from '../support/daemon.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
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
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
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
  part('devnet', ['devnet', '--port', String(port), '--ton-port', '0']);
  await until('the devnet to answer', 60_000, async () => (await admin(devnet, 'GET', 'heads')) !== null);
  const ports = [await freePorts(), await freePorts()];
  [listener, worker] = ports.map((number) => `http://127.0.0.1:${number}`) as [string, string];
  part('listener', ['listen', '--chain', 'solana'], { NDX_HEALTH_PORT: String(ports[0]) });
  part('worker', ['work', '--chain', 'solana'], { NDX_HEALTH_PORT: String(ports[1]) });
  await until('both to be ready', 60_000, async () => (await ready(listener)).status === 200 && (await ready(worker)).status === 200);
}, 120_000);

afterAll(async () => {
  for (const part of parts) await part.stop();
  await pool?.end();
  await database?.drop();
  rmSync(directory, { recursive: true, force: true });
});

const ready = async (url: string) => {
  const reply = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(5_000) });
  return { status: reply.status, text: await reply.text() };
};
const bites = async (url: string, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((item) => item.startsWith('ndx_watchdog_total{') && item.includes(`watchdog="${name}"`));
  return Number(line?.split(' ').at(-1) ?? 0);
};
const log = () => readFileSync(logFile, 'utf8');
const newest = async () =>
  Number((await pool.query(`SELECT max(block) AS block FROM ledger_event WHERE chain = 'solana'`)).rows[0]?.block ?? 0);

test("a chain's head that does not move: not ready with the reason, counted, told, and followed again when it moves", async () => {
  await until('something to be indexed', 30_000, async () => (await newest()) > 0);
  await admin(devnet, 'POST', 'pause');
  await until('the watchdog to bite', 20_000, async () => (await bites(listener, 'head')) > 0);
  const { status, text } = await ready(listener);
  expect(status).toBe(503);
  expect(text).toContain("the chain's head does not move");
  expect(log()).toMatch(/listener .*"watchdog":"head".*stuck: starting it again/);
  const before = await newest();
  await admin(devnet, 'POST', 'resume');
  await until('the listener to be ready again', 30_000, async () => (await ready(listener)).status === 200);
  await until('new blocks to be indexed', 30_000, async () => (await newest()) > before);
}, 120_000);

test('a websocket that is silent: not ready with the reason, counted, told, opened again; blocks go on coming by polling', async () => {
  // A chain that stands still has none either.
  const bitten = await bites(listener, 'websocket');
  await admin(devnet, 'POST', 'faults', { kind: 'silent-websocket' });
  await until('the watchdog to bite', 20_000, async () => (await bites(listener, 'websocket')) > bitten);
  const { status, text } = await ready(listener);
  expect(status).toBe(503);
  expect(text).toContain('the websocket says nothing');
  expect(log()).toMatch(/listener .*"watchdog":"websocket".*stuck: starting it again/);
  const before = await newest();
  await until('new blocks to be indexed meanwhile', 30_000, async () => (await newest()) > before);
  await admin(devnet, 'DELETE', 'faults');
  await until('the listener to be ready again', 30_000, async () => (await ready(listener)).status === 200);
}, 120_000);

test('a job that is held too long: the worker says so, ends, is started again, and the job is done when it can be', async () => {
  const client = await pool.connect();
  let before: number;
  try {
    // Whatever a batch would write waits for this.
    await client.query('BEGIN');
    await client.query('LOCK TABLE ledger_event IN EXCLUSIVE MODE');
    before = Number((await client.query('SELECT max(block) AS block FROM ledger_event')).rows[0]?.block);
    await until('the watchdog to bite', 60_000, async () => (await bites(worker, 'job')) + (await bites(worker, 'queue solana')) > 0);
    const { status, text } = await ready(worker);
    expect(status).toBe(503);
    expect(text).toMatch(/job: a job is held and not finished|queue solana: jobs wait and none is completed/);
    const part = parts.find(({ name }) => name === 'worker');
    await until('the worker to end by itself', 60_000, async () => (part?.fell.length ?? 0) > 0);
    expect(part?.fell[0]).toBe(`code ${EXIT.unavailable}`);
    expect(log()).toMatch(/worker .*"watchdog":"(job|queue solana)".*stuck: starting it again/);
    expect(log()).toMatch(/worker ndx: .*: ending, so that this process is started again \[STUCK\]/);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
  await until('the jobs to be done', 60_000, async () => (await newest()) > before);
  await until('the worker to be ready again', 30_000, async () => (await ready(worker)).status === 200);
}, 180_000);
