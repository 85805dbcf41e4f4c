/** The newest masterchain block, and which endpoints are behind it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sawHeads, unbelievable } from '../../heads.js';
import type { Asked, AskOptions } from '../../http/ask.js';
import { badResponse } from '../../http/errors.js';
import type { Tip } from '../../source.js';
import type { TonPool } from '../pool.js';

const PATIENCE_MS = 1_000;

/** Masterchain blocks are final, so head and finalized are the same. */
export function createTonTip({
  pool,
  everyMs,
}: {
  readonly pool: TonPool;
  readonly everyMs: number;
}): (signal: AbortSignal) => Promise<Tip> {
  let askedAllAt = Number.NEGATIVE_INFINITY;
  const prefer = pool.preferring('v4', 'toncenter-v3', 'toncenter-v2');

  const ask = (signal: AbortSignal, how: Partial<AskOptions>) =>
    pool.ask('tip', (endpoint) => endpoint.tip({ signal }), { signal, ...how });

  /** The newest block that an endpoint names and the chain can have reached. */
  async function believed(signal: AbortSignal): ReturnType<typeof ask> {
    const first = await ask(signal, { prefer });
    if (pool.sawHead(first.endpoint, first.value.seqno)) return first;
    const only = pool.names.filter((name) => name !== first.endpoint);
    if (only.length > 0) {
      const second = await ask(signal, { prefer, only });
      if (pool.sawHead(second.endpoint, second.value.seqno)) return second;
    }
    throw badResponse(first.endpoint, unbelievable("the newest block's seqno", first.value.seqno));
  }

  async function askAll(signal: AbortSignal): Promise<void> {
    const heads: Asked<number>[] = [];
    const asked = Promise.allSettled(
      pool.names.map(async (name) => {
        const { value } = await ask(signal, { only: [name], retries: 0 });
        heads.push({ value: value.seqno, endpoint: name });
      }),
    );
    await Promise.race([asked, sleep(PATIENCE_MS, undefined, { ref: false })]);
    signal.throwIfAborted();
    sawHeads(pool, heads);
  }

  return async (signal) => {
    if (pool.names.length > 1 && performance.now() - askedAllAt >= everyMs) {
      askedAllAt = performance.now();
      await askAll(signal);
    }
    const { value, endpoint } = await believed(signal);
    return {
      head: value.seqno,
      headTime: value.time,
      finalized: value.seqno,
      finalizedTime: value.time,
      source: endpoint,
    };
  };
}
