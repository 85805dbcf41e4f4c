/**
 * Jobs that come twice, late, in another order and cut into other batches: keeps what the fleet's own
 * processes enqueue, some of it of branches that were left since or of leaders that lead no more, and adds it
 * to the queue again behind their back.
 */
import type { Batch } from '../../src/events/batch.js';
import type { Chain } from '../../src/events/event.js';
import { openQueue } from '../../src/queue/backend.js';
import { decodeBatch } from '../../src/queue/codec.js';
import { createQueue } from '../../src/queue/queue.js';
import { silentLog } from '../support/silent-log.js';
import type { Fleet } from './fleet.js';
import type { Random } from './random.js';

export interface Redelivery {
  /** Adds a part of what was enqueued before; beside whatever else happens, one at a time. */
  deliver(random: Random): void;
  /** Resolves when nothing is being delivered. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Jobs remembered; backfill and live, old ones and new ones. */
const KEPT = 300;
/** Shorter than a job stays in the queue when several wait. */
const LOOK_MS = 100;

export function createRedelivery(fleet: Fleet, chain: Chain): Redelivery {
  const kept = new Map<string, Batch>();
  const looking = new AbortController();
  const looks = keepWhatIsEnqueued(fleet, chain, kept, looking.signal);

  const deliver = async (random: Random): Promise<void> => {
    const batches = [...kept.values()];
    const queue = createQueue({ backend: fleet.queue, chain, log: silentLog });
    try {
      const count = random.whole(1, 12);
      for (let at = 0; at < count && batches.length > 0; at++) {
        for (const batch of recut(random.pick(batches), batches, random))
          await queue.add(batch, { lane: random.pick(['live', 'backfill'] as const) });
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
      looking.abort();
      await looks;
    },
  };
}

async function keepWhatIsEnqueued(
  fleet: Fleet,
  chain: Chain,
  kept: Map<string, Batch>,
  signal: AbortSignal,
): Promise<void> {
  let opened: ReturnType<typeof openQueue> | null = null;
  while (!signal.aborted) {
    try {
      opened ??= openQueue(fleet.queue, chain, {}, () => undefined);
      for (const { id, data } of await opened.it.getJobs(
        ['waiting', 'prioritized', 'active', 'delayed'],
        0,
        100,
      )) {
        if (id !== undefined && !kept.has(id)) kept.set(id, decodeBatch(data));
      }
      for (const id of kept.keys()) if (kept.size > KEPT) kept.delete(id);
    } catch {
      // The queue is away: that fault was drawn.
      await opened?.close().catch(() => undefined);
      opened = null;
    }
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  await opened?.close().catch(() => undefined);
}

/** The batch as it is, in two parts, or together with the one after it. */
function recut(batch: Batch, others: readonly Batch[], random: Random): Batch[] {
  const how = random.fraction();
  if (batch.scope !== 'blocks' || how < 0.5) return [batch];
  if (how < 0.75) return split(batch, random.whole(batch.fromBlock, batch.toBlock));
  const next = others.find(
    (other) => other.scope === 'blocks' && other.fromBlock === batch.toBlock + 1 && isAlike(batch, other),
  );
  return [next ? joined(batch, next) : batch];
}

const isAlike = (a: Batch, b: Batch): boolean =>
  a.finality === b.finality && a.lease === b.lease && a.replay === b.replay;

function joined(a: Batch, b: Batch): Batch {
  const blocks = [...(a.blocks ?? []), ...(b.blocks ?? [])];
  return {
    ...a,
    toBlock: b.toBlock,
    transactions: [...a.transactions, ...b.transactions],
    ...(blocks.length > 0 ? { blocks } : {}),
    // What is read with less counts for both.
    ...(a.knowledge === undefined || b.knowledge === undefined
      ? {}
      : { knowledge: Math.min(a.knowledge, b.knowledge) }),
  };
}

/** After the block. */
function split(batch: Batch, block: number): Batch[] {
  if (block >= batch.toBlock) return [batch];
  const part = (fromBlock: number, toBlock: number): Batch => {
    const { blocks, ...rest } = batch;
    const within = (item: { readonly block: number }) => item.block >= fromBlock && item.block <= toBlock;
    const links = blocks?.filter(within) ?? [];
    return {
      ...rest,
      fromBlock,
      toBlock,
      transactions: batch.transactions.filter(within),
      ...(links.length > 0 ? { blocks: links } : {}),
    };
  };
  return [part(batch.fromBlock, block), part(block + 1, batch.toBlock)];
}
