/**
 * One seeded run: a backfill of thousands of blocks and live traffic while faults strike, then peace, then
 * the comparison of every table with what the users truly did, and `ndx verify`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import devnetNetwork from '../../config/networks/devnet.json' with { type: 'json' };
import { until } from '../support/daemon.js';
import { ndx } from '../support/ndx.js';
import { differences } from '../support/oracle.js';
import { admin, coverSlot, pauseTraffic } from '../support/solana-devnet.js';
import { type Backend, type Fleet, startFleet } from './fleet.js';
import { drawFault } from './kinds.js';
import { createRandom } from './random.js';
import { createRedelivery } from './redelivery.js';

const NDT = devnetNetwork.solana.tokens.find((token) => token.symbol === 'NDT')?.mint ?? '';

export interface RunOptions {
  readonly seed: string;
  readonly backend: Backend;
  /** Milliseconds of faults. */
  readonly duration: number;
  /** Blocks that stand before the listeners start. */
  readonly backfill: number;
  readonly onFault?: (name: string) => void;
  /** Only faults that leave every process alive. */
  readonly gently?: boolean;
  /** Called every half minute while faults strike. */
  readonly onSample?: (processes: readonly ProcessMemory[]) => void;
}

export interface ProcessMemory {
  readonly name: string;
  readonly pid: number;
  /** Resident, in MiB. */
  readonly megabytes: number;
}

export interface RunResult {
  readonly seed: string;
  readonly backend: Backend;
  readonly commitment: 'confirmed' | 'finalized';
  readonly faults: Readonly<Record<string, number>>;
  readonly blocks: number;
  readonly transactions: number;
  /** Empty: the tables equal the oracle and `ndx verify` passed. */
  readonly differences: readonly string[];
  /** Processes that ended by themselves. */
  readonly fell: readonly string[];
  readonly seconds: number;
}

export async function simulate({
  seed,
  backend,
  duration,
  backfill,
  onFault,
  gently = false,
  onSample,
}: RunOptions): Promise<RunResult> {
  const started = Date.now();
  const random = createRandom(seed);
  const commitment = random.fraction() < 0.7 ? 'confirmed' : 'finalized';
  const fleet = await startFleet({
    seed,
    backend,
    commitment,
    random: createRandom(`${seed}/lies`),
    slotMilliseconds: 150,
  });
  const faults: Record<string, number> = {};
  let drawn = 0;
  const redelivery = createRedelivery(fleet);
  try {
    for (let made = 0; made < backfill; made += 250) {
      await admin(fleet.devnet, 'POST', 'advance', { blocks: Math.min(250, backfill - made) });
      await sleep(100);
    }
    fleet.startListening();
    const sampling = onSample && setInterval(() => onSample(memoryOf(fleet)), SAMPLE_MS);
    for (const end = Date.now() + duration; Date.now() < end; ) {
      await sleep(random.whole(50, 1_200));
      const fault = drawFault(random, backend, gently);
      onFault?.(fault.name);
      drawn += 1;
      // Of its own, so that what a fault meets does not change what comes after it.
      await fault.inject({ fleet, random: createRandom(`${seed}/${drawn}`), redelivery });
      faults[fault.name] = (faults[fault.name] ?? 0) + 1;
    }
    clearInterval(sampling);
    await redelivery.settled();
    await fleet.heal();
    await pauseTraffic(fleet.devnet, true);
    const found = await judge(fleet);
    if (found.length > 0) {
      const kept = join(tmpdir(), `ndx-faults-${seed}-${backend}-differences.log`);
      writeFileSync(kept, `${fleet.log()}\n${await stateOf(fleet)}\n${await missingOf(fleet, found)}\n`);
      found.push(`logs of all processes: ${kept}`);
    }
    const { rows } = await fleet.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM "Transaction"');
    const { slot } = await admin<{ slot: number }>(fleet.devnet, 'GET', 'heads');
    return {
      seed,
      backend,
      commitment,
      faults,
      blocks: slot,
      transactions: rows[0]?.n ?? 0,
      differences: found,
      fell: [...fleet.listeners, ...fleet.workers, ...fleet.services].flatMap(({ name, fell }) =>
        fell.map((how) => `${name} ${how}`),
      ),
      seconds: Math.round((Date.now() - started) / 1000),
    };
  } catch (error) {
    const kept = join(tmpdir(), `ndx-faults-${seed}-${backend}.log`);
    writeFileSync(kept, `${fleet.log()}\n${await stateOf(fleet)}\n`);
    throw new Error(`seed ${seed} on ${backend}: ${String(error)}; logs of all processes: ${kept}`, {
      cause: error,
    });
  } finally {
    await redelivery.close();
    await fleet.close();
  }
}

const SAMPLE_MS = 30_000;

function memoryOf({ listeners, workers, services }: Fleet): ProcessMemory[] {
  return [...listeners, ...workers, ...services].flatMap((part) => {
    const pid = part.pid();
    if (pid === null) return [];
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined
      ? []
      : [{ name: part.name, pid, megabytes: Math.round(Number(kilobytes) / 1024) }];
  });
}

/** What the tables say of where the listener is, for whoever looks for the reason. */
async function stateOf(fleet: Fleet): Promise<string> {
  const { rows } = await fleet.pool.query<{ state: unknown }>(
    `SELECT jsonb_build_object('chain', (SELECT jsonb_agg(c) FROM chain_state c), 'coverage', (SELECT jsonb_agg(c ORDER BY from_block) FROM coverage_range c),
                               'lease', (SELECT jsonb_agg(l) FROM leader_lease l), 'pending', (SELECT jsonb_agg(p) FROM pending_block p),
                               'dead', (SELECT jsonb_agg(to_jsonb(d) - 'payload') FROM dead_letter d),
                               'problems', (SELECT jsonb_agg(p) FROM decode_problem p)) AS state`,
  );
  return JSON.stringify(rows[0]?.state, null, 1);
}

/**
 * What the oracle, the chain and the ledger say of transactions that differ and of the blocks around them,
 * and what was discovered late.
 */
async function missingOf(fleet: Fleet, found: readonly string[]): Promise<string> {
  const hashes = new Set(found.flatMap((text) => /^transaction (\S+):/.exec(text)?.[1] ?? []));
  const entries = await admin<{ signature: string; slot?: number }[]>(fleet.devnet, 'GET', 'oracle/entries');
  const slots = entries.filter(({ signature }) => hashes.has(signature));
  const chain = await Promise.all(slots.map(({ signature }) => transactionOf(fleet.devnet, signature)));
  const { rows } = await fleet.pool.query(
    `SELECT block, transaction_index, kind, asset, finality, job, source FROM ledger_event
      WHERE block BETWEEN $1 AND $2 OR (kind = 'mint' AND asset_kind = 'nft') ORDER BY 1, 2`,
    [
      Math.min(...slots.map(({ slot = 0 }) => slot)) - 20,
      Math.max(...slots.map(({ slot = 0 }) => slot)) + 20,
    ],
  );
  const { rows: late } = await fleet.pool.query(`SELECT * FROM late_discovery ORDER BY chain, number`);
  return JSON.stringify({ slots, chain, late, ledger: rows }, null, 1);
}

async function transactionOf(url: string, signature: string): Promise<unknown> {
  const params = [signature, { maxSupportedTransactionVersion: 1, commitment: 'confirmed' }];
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'getTransaction', params });
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return reply.json();
}

/** Every difference in words, once everything is covered and settled. */
async function judge(fleet: Fleet): Promise<string[]> {
  await coverSlot({ api: fleet.api, devnet: () => fleet.devnet }, 240_000);
  await until('nothing to be pending', 30_000, async () => {
    const { rows } = await fleet.pool.query(
      `SELECT 1 FROM ledger_event WHERE finality = 'confirmed' LIMIT 1`,
    );
    return rows.length === 0;
  });
  const found = await differences(fleet.pool, fleet.devnet, NDT);
  const { code, stdout, stderr } = await ndx(
    ['verify', '--chain', 'solana', '--sample', '5'],
    fleet.environment,
  );
  if (code !== 0)
    found.push(`ndx verify ended with ${code}: ${stdout.slice(-2_000)} ${stderr.slice(-1_000)}`);
  return found;
}
