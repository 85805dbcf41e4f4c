/** The newest confirmed and the newest final slot, their times, and whom to believe when endpoints differ. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../runtime/errors.js';
import type { Log } from '../../../runtime/log.js';
import { NewestMap } from '../../../runtime/newest-map.js';
import { sawHeads, unbelievable } from '../../heads.js';
import type { Asked } from '../../http/ask.js';
import { badResponse } from '../../http/errors.js';
import type { Tip } from '../../source.js';
import type { Commitment, SolanaRpc } from '../rpc/methods.js';
import type { RpcPool } from '../rpc/pool.js';

export interface Heads {
  tip(signal: AbortSignal): Promise<Tip>;
  /** Notes the time of a block that was read (Unix seconds), so that it need not be asked for. */
  sawTime(slot: number, time: number | null): void;
}

export interface HeadsDeps {
  readonly rpc: SolanaRpc;
  readonly pool: RpcPool;
  readonly log: Log;
  /** Milliseconds after which every endpoint is asked again for its newest slot, to know who is behind. */
  readonly everyMs: number;
}

/**
 * A slot takes the time of the newest known block that is at most this many slots older (about ten seconds)…
 */
const CLOSE_SLOTS = 25;
/** …so that getBlockTime, which costs as much as any request, is asked seldom. */
const TIMES_KEPT = 512;
const PATIENCE_MS = 1_000;

export function createHeads({ rpc, pool, log, everyMs }: HeadsDeps): Heads {
  const times = new NewestMap<number, number>(TIMES_KEPT);
  let askedAllAt = Number.NEGATIVE_INFINITY;

  function sawTime(slot: number, time: number | null): void {
    if (time === null) return;
    times.set(slot, time);
  }

  async function timeOf(slot: number, signal: AbortSignal): Promise<number | null> {
    for (let near = slot; near >= slot - CLOSE_SLOTS; near -= 1) {
      const time = times.get(near);
      if (time !== undefined) return time;
    }
    try {
      // Asked once and without waiting long: a head without its time is better than none.
      const { value } = await rpc.blockTime(slot, { signal, retries: 0 });
      sawTime(slot, value);
      return value;
    } catch (error) {
      if (signal.aborted) throw error;
      log.debug({ slot }, `time of slot ${slot} is unknown: ${messageOf(error)}`);
      return null;
    }
  }

  /**
   * Asks every endpoint, so that the pool knows who is behind before it chooses whom to ask. Those that do
   * not answer within a second are not waited for; the pool counts their failures.
   */
  async function askAll(signal: AbortSignal): Promise<void> {
    const heads: Asked<number>[] = [];
    const asked = Promise.allSettled(
      pool.names.map(async (name) => {
        heads.push(await rpc.slot('confirmed', { signal, only: [name], retries: 0 }));
      }),
    );
    await Promise.race([asked, sleep(PATIENCE_MS, undefined, { ref: false })]);
    signal.throwIfAborted();
    sawHeads(pool, heads);
  }

  /**
   * The newest slot that an endpoint names and the chain can have reached.
   * @throws RpcError RPC_BAD_RESPONSE when the answers are further than that
   */
  async function believed(commitment: Commitment, signal: AbortSignal): Promise<Asked<number>> {
    const first = await rpc.slot(commitment, { signal });
    if (pool.sawHead(first.endpoint, first.value)) return first;
    const only = pool.names.filter((name) => name !== first.endpoint);
    if (only.length > 0) {
      const second = await rpc.slot(commitment, { signal, only });
      if (pool.sawHead(second.endpoint, second.value)) return second;
    }
    throw badResponse(first.endpoint, unbelievable('getSlot: result', first.value));
  }

  return {
    sawTime,
    async tip(signal) {
      if (pool.names.length > 1 && performance.now() - askedAllAt >= everyMs) {
        askedAllAt = performance.now();
        await askAll(signal);
      }
      const [confirmed, final] = await Promise.all([
        believed('confirmed', signal),
        believed('finalized', signal),
      ]);
      const head = Math.max(confirmed.value, final.value);
      const [headTime, finalizedTime] = await Promise.all([
        timeOf(head, signal),
        timeOf(final.value, signal),
      ]);
      return { head, headTime, finalized: final.value, finalizedTime, source: confirmed.endpoint };
    },
  };
}
