/**
 * A whole deployment whose every part can be made to fail: PostgreSQL and Redis behind doors that cut and
 * stall, both devnets behind an honest and a lying endpoint each, two listeners a chain, two workers and the
 * API as processes of their own.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type pg from 'pg';
import devnetNetwork from '../../config/networks/devnet.json' with { type: 'json' };
import type { Chain } from '../../src/events/event.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import { freePorts } from '../../src/runtime/ports.js';
import { createPool } from '../../src/store/database.js';
import { startEmbeddedPostgres } from '../../src/store/embedded/postgres.js';
import { migrate } from '../../src/store/migrate/migrations.js';
import { eventually } from '../support/eventually.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { admin } from '../support/solana-devnet.js';
import type { LyingEndpoint } from './lying-endpoint.js';
import { type Lie, startLyingRpc } from './lying-rpc.js';
import { startLyingTon, type TonLie } from './lying-ton.js';
import { type Part, startPart } from './processes.js';
import type { Random } from './random.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

export type Backend = 'postgres' | 'redis';

export interface FleetOptions {
  readonly seed: string;
  readonly backend: Backend;
  /** Default: both. */
  readonly chains?: readonly Chain[];
  readonly commitment: 'confirmed' | 'finalized';
  readonly random: Random;
  readonly slotMilliseconds: number;
}

export interface Fleet {
  readonly directory: string;
  /** Chains that are followed; both devnets run always. */
  readonly chains: readonly Chain[];
  readonly devnet: string;
  readonly tonDevnet: string;
  readonly database: TcpProxy;
  readonly redisDoor: TcpProxy | null;
  readonly lying: LyingEndpoint<Lie>;
  readonly lyingTon: LyingEndpoint<TonLie>;
  readonly listeners: readonly Part[];
  readonly workers: readonly Part[];
  readonly services: readonly Part[];
  /** Not through the door. */
  readonly pool: pg.Pool;
  readonly redis: Redis | null;
  /** What a process needs to find all of it, past the doors. */
  readonly environment: Readonly<Record<string, string>>;
  /** The queue as the processes reach it: a door goes with its server when that is restarted elsewhere. */
  readonly queue: QueueBackend;
  api(): string;
  startListening(): void;
  restartPostgres(how: 'fast' | 'kill'): Promise<void>;
  restartRedis(): Promise<void>;
  setClock(part: Part, milliseconds: number): void;
  /** Ends every fault that still stands. */
  heal(): Promise<void>;
  /** Lines of the processes' logs. */
  log(): string;
  close(): Promise<void>;
}

const ROOT = join(import.meta.dirname, '../..');
const CLOCK = join(import.meta.dirname, 'clock-shift.mjs');

export async function startFleet({
  seed,
  backend,
  chains = ['solana', 'ton'],
  commitment,
  random,
  slotMilliseconds,
}: FleetOptions): Promise<Fleet> {
  const directory = mkdtempSync(join(tmpdir(), 'ndx-faults-'));
  const logFile = join(directory, 'log');
  writeFileSync(logFile, '');
  const home = join(directory, 'postgres');
  const closers: (() => Promise<unknown> | undefined)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    let server = await startEmbeddedPostgres(home);
    closers.push(() => server.stop());
    await migrate(server.url, join(ROOT, 'prisma'));
    const portOf = (url: string) => Number(new URL(url).port);
    const database = await startTcpProxy(portOf(server.url));
    closers.push(() => database.close());
    const through = (url: string, door: TcpProxy) => {
      const changed = new URL(url);
      changed.port = String(door.port);
      return changed.href;
    };
    // Asks for the server's port at every connection: it may be another after a restart.
    let pool = createPool({ url: server.url, poolSize: 2 });
    closers.push(() => pool.end());

    let redisServer: TestRedis | null = null;
    let redisDoor: TcpProxy | null = null;
    let redis: Redis | null = null;
    if (backend === 'redis') {
      redisServer = await startRedis();
      closers.push(() => redisServer?.stop());
      redisDoor = await startTcpProxy(redisServer.port);
      const door = redisDoor;
      closers.push(() => door.close());
      redis = openRedis(redisServer.url);
      closers.push(async () => redis?.disconnect());
    }

    const devnetPort = await freePorts(2);
    const devnet = `http://127.0.0.1:${devnetPort}`;
    const tonPort = await freePorts();
    const tonDevnet = `http://127.0.0.1:${tonPort}`;
    const network = join(directory, 'network.json');
    writeFileSync(network, JSON.stringify(everythingCompared()));
    const base = { NDX_NETWORK: network, NDX_DATA_DIR: join(directory, 'data'), NDX_LOG_LEVEL: 'info' };
    mkdirSync(base.NDX_DATA_DIR);
    const chain = startPart({
      name: 'devnet',
      args: [
        'devnet',
        '--port',
        String(devnetPort),
        '--ton-port',
        String(tonPort),
        '--documents-port',
        '0',
        '--seed',
        seed,
        '--slot-ms',
        String(slotMilliseconds),
      ],
      env: { ...base, NDX_DEVNET_RATE: '12' },
      logFile,
    });
    closers.push(() => chain.stop());
    await eventually(async () => (await admin(devnet, 'GET', 'traffic')) !== null, {
      what: 'the devnet to answer',
    });
    const lying = await startLyingRpc(devnet, random.fraction);
    closers.push(() => lying.close());
    const lyingTon = await startLyingTon(tonDevnet, random.fraction);
    closers.push(() => lyingTon.close());

    const environment = {
      ...base,
      DATABASE_URL: server.url,
      ...(redisServer ? { REDIS_URL: redisServer.url } : {}),
      SOLANA_RPC_URL: devnet,
      ...tonUrls(tonDevnet),
      NDX_COMMITMENT: commitment,
    };
    const behindDoors = {
      ...environment,
      DATABASE_URL: through(server.url, database),
      ...(redisServer && redisDoor ? { REDIS_URL: through(redisServer.url, redisDoor) } : {}),
      SOLANA_RPC_URL: `${devnet},${lying.url}`,
      ...tonUrls(tonDevnet, lyingTon.url),
    };
    const apiPort = await freePorts();
    const part = (name: string, args: readonly string[], more: Record<string, string> = {}) => {
      const started = startPart({
        name,
        args,
        env: { ...behindDoors, ...more, CLOCK_SHIFT_FILE: join(directory, `clock-${name}`) },
        logFile,
        imports: [CLOCK],
      });
      closers.push(() => started.stop());
      return started;
    };
    const listeners: Part[] = [];
    const workers = [1, 2].map((number) => part(`worker${number}`, ['work']));
    const services = [part('api', ['serve'], { PORT: String(apiPort) })];
    const all = () => [...listeners, ...workers, ...services];

    const fleet: Fleet = {
      directory,
      chains,
      devnet,
      tonDevnet,
      database,
      get redisDoor() {
        return redisDoor;
      },
      lying,
      lyingTon,
      listeners,
      workers,
      services,
      get pool() {
        return pool;
      },
      get redis() {
        return redis;
      },
      get environment() {
        return {
          ...environment,
          DATABASE_URL: server.url,
          ...(redisServer ? { REDIS_URL: redisServer.url } : {}),
        };
      },
      queue: redisDoor
        ? { kind: 'redis', url: `redis://127.0.0.1:${redisDoor.port}` }
        : { kind: 'postgres', url: through(server.url, database) },
      api: () => `http://127.0.0.1:${apiPort}`,
      startListening: () => {
        for (const chain of chains)
          for (const number of [1, 2])
            listeners.push(part(`${chain}-listener${number}`, ['listen', '--chain', chain]));
      },
      restartPostgres: async (how) => {
        await pool.end();
        if (how === 'kill') {
          const postmaster = Number(readFileSync(join(home, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
          process.kill(postmaster, 'SIGKILL');
          database.cut();
          await sleep(300);
        } else await server.stop();
        // A killed server's own processes need a moment to notice, and no other may begin until then.
        server = await eventually(() => startEmbeddedPostgres(home), { what: 'PostgreSQL to start again' });
        database.target(portOf(server.url));
        database.cut();
        pool = createPool({ url: server.url, poolSize: 2 });
      },
      restartRedis: async () => {
        redis?.disconnect();
        await redisServer?.stop();
        redisServer = await startRedis();
        redisDoor?.target(redisServer.port);
        redisDoor?.cut();
        redis = openRedis(redisServer.url);
      },
      setClock: ({ name }, milliseconds) =>
        writeFileSync(join(directory, `clock-${name}`), String(milliseconds)),
      heal: async () => {
        for (const item of all()) {
          item.signal('SIGCONT');
          fleet.setClock(item, 0);
        }
        lying.honest();
        lyingTon.honest();
        await admin(devnet, 'DELETE', 'faults');
        await admin(tonDevnet, 'DELETE', 'faults');
        await redis?.config('SET', 'maxmemory', '0');
      },
      log: () => readFileSync(logFile, 'utf8'),
      close,
    };
    return fleet;
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Each endpoint serves all three APIs; the lying one all but the last, so that somebody honest is asked too.
 */
function tonUrls(...urls: readonly string[]): Record<string, string> {
  const all = urls.join(',');
  return { TON_V4_URL: all, TONCENTER_V3_URL: all, TONCENTER_V2_URL: urls[0] ?? '' };
}

/** The devnet's network file, by which every block is compared: a lie is of any block. */
function everythingCompared() {
  const crossCheck = { ours: 1, others: 1 };
  const { solana, ton, ...rest } = devnetNetwork;
  const programs = solana.programs.map((program) => ({ ...program, idl: join(ROOT, 'config', program.idl) }));
  return { ...rest, solana: { ...solana, programs, crossCheck }, ton: { ...ton, crossCheck } };
}

function openRedis(url: string): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: 3 });
  redis.on('error', () => undefined);
  return redis;
}
