/**
 * One seeded run: a backfill of thousands of blocks and live traffic while faults strike, then peace, then
 * the comparison of every table with what the users truly did, and `ndx verify`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import devnetNetwork from '../../config/networks/devnet.json' with { type: 'json' };
import { CHAINS, type Chain } from '../../src/events/event.js';
import { eventually } from '../support/eventually.js';
import { ndx } from '../support/ndx.js';
import { differences, tonDifferences } from '../support/oracle.js';
import { admin, coverSlot } from '../support/solana-devnet.js';
import { coverBlock, pauseUsers } from '../support/ton-devnet.js';
import { type Backend, type Fleet, startFleet } from './fleet.js';
import { drawFault } from './kinds.js';
import { createRandom } from './random.js';
import { createRedelivery, type Redelivery } from './redelivery.js';
import { reportOf } from './report.js';

const NDT = devnetNetwork.solana.tokens.find((token) => token.symbol === 'NDT')?.mint ?? '';
const NDT_TON = devnetNetwork.ton.follow.jettons.find(({ symbol }) => symbol === 'NDT')?.master ?? '';
/** A masterchain block for so many slots of the backfill: those of TON are dearer to make. */
const TON_EVERY = 20;

export interface RunOptions {
  readonly seed: string;
  readonly backend: Backend;
  /** How many faults: a seed draws the same ones on every machine, however long they take there. */
  readonly faults: number;
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
  faults: wanted,
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
  const redelivery = Object.fromEntries(
    CHAINS.map((chain) => [chain, createRedelivery(fleet, chain)]),
  ) as Record<Chain, Redelivery>;
  try {
    for (let made = 0; made < backfill; made += 250) {
      const blocks = Math.min(250, backfill - made);
      await admin(fleet.devnet, 'POST', 'advance', { blocks });
      await admin(fleet.tonDevnet, 'POST', 'advance', { blocks: Math.ceil(blocks / TON_EVERY) });
      await sleep(100);
    }
    fleet.startListening();
    const sampling = onSample && setInterval(() => onSample(memoryOf(fleet)), SAMPLE_MS);
    while (drawn < wanted) {
      await sleep(random.whole(...PAUSE_MS));
      const fault = drawFault(random, backend, gently);
      onFault?.(fault.name);
      drawn += 1;
      // Of its own, so that what a fault meets does not change what comes after it.
      await fault.inject({ fleet, random: createRandom(`${seed}/${drawn}`), redelivery });
      faults[fault.name] = (faults[fault.name] ?? 0) + 1;
    }
    clearInterval(sampling);
    for (const each of Object.values(redelivery)) await each.settled();
    await fleet.heal();
    await pauseUsers({ devnet: () => fleet.devnet, tonDevnet: () => fleet.tonDevnet }, true);
    const found = await judge(fleet);
    if (found.length > 0) {
      const kept = join(tmpdir(), `ndx-faults-${seed}-${backend}-differences.log`);
      writeFileSync(kept, await reportOf(fleet, found));
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
    writeFileSync(kept, await reportOf(fleet, [String(error)]));
    throw new Error(`seed ${seed} on ${backend}: ${String(error)}; logs of all processes: ${kept}`, {
      cause: error,
    });
  } finally {
    for (const each of Object.values(redelivery)) await each.close();
    await fleet.close();
  }
}

const SAMPLE_MS = 30_000;
/** Before each fault, from and to. */
const PAUSE_MS = [50, 1_200] as const;
/** Faults a minute, where injecting them takes no time. */
export const FAULTS_A_MINUTE = Math.round((2 * 60_000) / (PAUSE_MS[0] + PAUSE_MS[1]));

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

/** Every difference in words, once everything is covered and settled. */
async function judge(fleet: Fleet): Promise<string[]> {
  await coverSlot({ api: fleet.api, devnet: () => fleet.devnet });
  await coverBlock({ api: fleet.api, tonDevnet: () => fleet.tonDevnet });
  await eventually(
    async () => {
      const { rows } = await fleet.pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM ledger_event WHERE finality = 'confirmed'`,
      );
      if (rows[0]?.n !== 0) throw new Error(`${rows[0]?.n} events are pending`);
    },
    { what: 'nothing to be pending' },
  );
  const found = [
    ...(await differences(fleet.pool, fleet.devnet, NDT)),
    ...(await tonDifferences(fleet.pool, fleet.tonDevnet, NDT_TON)),
  ];
  for (const chain of fleet.chains) {
    const { code, stdout, stderr } = await ndx(
      ['verify', '--chain', chain, '--sample', '5'],
      fleet.environment,
    );
    if (code !== 0)
      found.push(
        `ndx verify --chain ${chain} ended with ${code}: ${stdout.slice(-2_000)} ${stderr.slice(-1_000)}`,
      );
  }
  return found;
}
