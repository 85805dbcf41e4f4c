/** The newest masterchain block, and who lags behind it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tip } from '../../source.js';
import type { TonPool } from '../pool.js';

const PATIENCE_MS = 1_000;

/** What a masterchain block commits is final, so head and finalized are one. */
export function createTonTip({
  pool,
  everyMs,
}: {
  readonly pool: TonPool;
  readonly everyMs: number;
}): (signal: AbortSignal) => Promise<Tip> {
  let askedAllAt = Number.NEGATIVE_INFINITY;
  const prefer = pool.preferring('v4', 'toncenter-v3', 'toncenter-v2');

  async function askAll(signal: AbortSignal): Promise<void> {
    const asked = Promise.allSettled(
      pool.names.map(async (name) => {
        const { value } = await pool.ask('tip', (endpoint) => endpoint.tip({ signal }), {
          signal,
          only: [name],
          retries: 0,
        });
        pool.sawHead(name, value.seqno);
      }),
    );
    await Promise.race([asked, sleep(PATIENCE_MS, undefined, { ref: false })]);
    signal.throwIfAborted();
  }

  return async (signal) => {
    if (pool.names.length > 1 && performance.now() - askedAllAt >= everyMs) {
      askedAllAt = performance.now();
      await askAll(signal);
    }
    const { value, endpoint } = await pool.ask('tip', (asked) => asked.tip({ signal }), { signal, prefer });
    pool.sawHead(endpoint, value.seqno);
    return {
      head: value.seqno,
      headTime: value.time,
      finalized: value.seqno,
      finalizedTime: value.time,
      source: endpoint,
    };
  };
}
