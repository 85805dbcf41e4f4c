/**
 * Jobs that come twice, late, in another order and cut into other batches: reads stretches of the chain as the listener would,
 * some of them before a fork, keeps them for a while, and adds them to the queue behind its back.
 */

import { loadNetwork } from '../../config/networks.js';
import type { Batch } from '../../src/events/batch.js';
import { toBatches } from '../../src/ingest/batches.js';
import { createKnowledge, stamped } from '../../src/ingest/knowledge.js';
import { createSolanaReader } from '../../src/ingest/solana-reader.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import { createQueue } from '../../src/queue/queue.js';
import { gapsIn, listCoverage } from '../../src/store/coverage.js';
import { readLease } from '../../src/store/lease.js';
import type { Fleet } from './fleet.js';
import type { Random } from './random.js';

export interface Redelivery {
  /** Reads another stretch and adds a part of what was read before; beside whatever else happens, one at a time. */
  deliver(random: Random): void;
  /** Resolves when nothing is being delivered. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const KEPT = 60;
const NEAR = 300;

export function createRedelivery(fleet: Fleet): Redelivery {
  const network = loadNetwork(fleet.environment.NDX_NETWORK ?? '', '');
  if (!network.solana) throw new Error('the network does not follow Solana');
  const { follow } = network.solana;
  const reader = createSolanaReader({ endpoints: [{ url: fleet.devnet, wsUrl: null }], follow, log: quiet });
  let kept: Batch[] = [];

  const read = async (random: Random): Promise<void> => {
    const signal = AbortSignal.timeout(4_000);
    const { head, finalized } = await reader.tip(signal);
    // As a listener that starts now: it knows what the ledger knows, and nothing of branches that were left.
    const knowledge = createKnowledge(reader, fleet);
    knowledge.forgetFrom(finalized + 1);
    await knowledge.open();
    const newest = random.fraction() < 0.6;
    // Only the leader reads what is not final, and it has read everything before, or reads it again when it has not.
    const missing = gapsIn(await listCoverage(fleet, 'solana', reader.fingerprint), 0, finalized)[0]?.fromBlock ?? finalized + 1;
    const near = finalized - missing < NEAR;
    const finality = newest && near && head > finalized ? 'confirmed' : 'finalized';
    if (finality === 'confirmed' && missing <= finalized)
      for await (const _ of reader.read({ fromBlock: missing, toBlock: finalized }, { finality: 'finalized', concurrency: 4, signal }));
    const toBlock = newest ? head : random.whole(Math.max(1, finalized - 3_000), finalized);
    const fromBlock = finality === 'confirmed' ? finalized + 1 : Math.max(0, toBlock - random.whole(1, 200));
    if (fromBlock > toBlock) return;
    const token = (await readLease(fleet, 'solana'))?.token;
    const base = { finality, ...(token === undefined ? {} : { lease: token }) } as const;
    const limits = { maxEvents: random.whole(1, 40), maxBlocks: random.whole(1, 60) };
    const spans = stamped(reader.read({ fromBlock, toBlock }, { finality, concurrency: 4, signal }), knowledge);
    for await (const batch of toBatches(reader, spans, base, limits)) kept.push(batch);
    kept = kept.slice(-KEPT);
  };

  const deliver = async (random: Random): Promise<void> => {
    try {
      await read(random);
    } catch {
      // The endpoint may be failing just now: what was read before is delivered all the same.
    }
    const { DATABASE_URL: url = '', REDIS_URL: redis } = fleet.environment;
    const backend: QueueBackend = redis === undefined ? { kind: 'postgres', url } : { kind: 'redis', url: redis };
    const queue = createQueue({ backend, chain: 'solana', log: quiet });
    try {
      const count = random.whole(1, 12);
      for (let at = 0; at < count && kept.length > 0; at++) {
        await queue.add(random.pick(kept), { lane: random.pick(['live', 'backfill'] as const) });
      }
    } catch {
      // A queue that is away or full takes nothing: that fault was drawn before.
    } finally {
      await queue.close();
    }
  };
  let running = Promise.resolve();
  return {
    deliver: (random) => {
      running = running.then(() => deliver(random));
    },
    settled: () => running,
    close: async () => {
      await running;
      await reader.close();
    },
  };
}
