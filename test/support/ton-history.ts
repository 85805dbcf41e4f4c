/**
 * A database that holds what truly happened on a local TON: users play by real contracts, and a replay reads
 * it all.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNetwork, type Network } from '../../config/networks.js';
import { startTonDevnet, type TonDevnet } from '../../devnet/ton/server.js';
import { isOpening } from '../../devnet/ton/traffic/generator.js';
import { createTraffic } from '../../devnet/ton/traffic/traffic.js';
import { createUsers, everybody } from '../../devnet/ton/traffic/users.js';
import { projectionContextOf } from '../../src/process/parts.js';
import { createQueue } from '../../src/queue/queue.js';
import { createWorker } from '../../src/queue/worker.js';
import { createTonReader } from '../../src/readers/ton/reader.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { replayRange } from '../../src/replay/range.js';
import { writeChainState } from '../../src/store/chain-state.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase } from './database.js';
import { silentLog } from './silent-log.js';

const USERS = 8;

export interface TonHistory {
  readonly devnet: TonDevnet;
  readonly network: Network;
  readonly databaseUrl: string;
  readonly db: Database;
  /** Newest masterchain block; nothing is under way after it. */
  readonly head: number;
  close(): Promise<void>;
}

/** Every kind of action at least once. */
export async function createTonHistory(seed: string): Promise<TonHistory> {
  const dir = await mkdtemp(join(tmpdir(), 'ndx-ton-history-'));
  const network = loadNetwork('devnet', join(import.meta.dirname, '../../config/networks'));
  if (!network.ton) throw new Error('the devnet network follows no TON');
  let clock = 1_800_000_000_000;
  const now = () => clock;
  const genesis = everybody(createUsers(seed, USERS)).map((wallet) => wallet.genesis);
  const devnet = await startTonDevnet({
    dir,
    seed,
    blockMilliseconds: 3_600_000,
    genesis,
    host: '127.0.0.1',
    port: 0,
    now,
  });
  const traffic = createTraffic({
    chain: devnet.chain,
    seed,
    usersCount: USERS,
    actionsPerSecond: 5,
    dir,
    now,
  });
  const block = async (actions: number) => {
    for (let begun = 0; begun < actions; begun++) if (!(await traffic.step())) break;
    clock += 1_000;
    await devnet.chain.advance(1);
  };
  for (let blocks = 0; blocks < 90 && isOpening(traffic.oracle.world); blocks++) await block(6);
  for (let blocks = 0; blocks < 10; blocks++) await block(3);
  for (let blocks = 0; blocks < 60 && traffic.oracle.undecided().length > 0; blocks++) await block(0);
  await traffic.stop();

  const head = devnet.chain.head().seqno;
  const database = await createTestDatabase();
  const db = createDatabase({ url: database.url, poolSize: 6 });
  const backend = { kind: 'postgres', url: database.url } as const;
  const queue = createQueue({ backend, chain: 'ton', log: silentLog });
  await queue.ready();
  const projections = projectionContextOf(network);
  const handle = (batch: Parameters<typeof reconcile>[1], job: string) =>
    reconcile(db, batch, projections, { job });
  const worker = createWorker({ backend, chain: 'ton', concurrency: 2, log: silentLog, handle });
  // Old states are v4's alone to give: an auction's last bid, what a contract was before it destroyed itself.
  const endpoints = (['v4', 'toncenter-v3'] as const).map((kind) => ({ kind, url: devnet.url }));
  const reader = createTonReader({ endpoints, follow: network.ton.follow, log: silentLog });
  const signal = new AbortController().signal;
  await replayRange({
    reader,
    queue,
    db,
    log: silentLog,
    signal,
    range: { fromBlock: 1, toBlock: head },
    concurrency: 4,
  });
  const tip = { head, headTime: null, finalized: head, finalizedTime: null };
  const { fingerprint } = reader;
  await writeChainState(db, {
    chain: 'ton',
    genesis: await reader.genesis(signal),
    startBlock: 1,
    ...tip,
    fingerprint,
    source: 'test',
  });
  await reader.close();
  await worker.close();
  await queue.close();
  return {
    devnet,
    network,
    databaseUrl: database.url,
    db,
    head,
    close: async () => {
      await db.close();
      await database.drop();
      await devnet.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
