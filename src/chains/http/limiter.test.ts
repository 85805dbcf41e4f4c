import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createLimiter } from './limiter.js';

const never = new AbortController().signal;

async function runFor(limiter: ReturnType<typeof createLimiter>, milliseconds: number): Promise<number> {
  const until = performance.now() + milliseconds;
  let sent = 0;
  while (performance.now() < until) {
    const release = await limiter.acquire(never);
    if (performance.now() < until) sent += 1;
    release();
    await sleep(1);
  }
  return sent;
}

describe('limiter', () => {
  test('never goes over its ceiling', async () => {
    const sent = await runFor(createLimiter({ requestsPerSecond: 50, concurrency: 8 }), 600);
    expect(sent).toBeGreaterThan(15);
    expect(sent).toBeLessThanOrEqual(36);
  });

  test('keeps to its concurrency, first come first served', async () => {
    const limiter = createLimiter({ concurrency: 2 });
    const order: number[] = [];
    const releases: (() => void)[] = [];
    const all = [0, 1, 2, 3].map((n) =>
      limiter.acquire(never).then((release) => {
        order.push(n);
        releases.push(release);
      }),
    );
    await sleep(5);
    expect(limiter.state()).toMatchObject({ inFlight: 2, waiting: 2 });
    releases[0]?.();
    await sleep(5);
    expect(order).toEqual([0, 1, 2]);
    releases[1]?.();
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  test('halves once for a burst of refusals, honours Retry-After, and creeps up again', async () => {
    const limiter = createLimiter({ requestsPerSecond: 40, concurrency: 8 });
    (await limiter.acquire(never))();
    for (let i = 0; i < 5; i += 1) limiter.limited(150);
    expect(limiter.state().rate).toBe(20);
    const before = performance.now();
    (await limiter.acquire(never))();
    expect(performance.now() - before).toBeGreaterThan(130);
    for (let i = 0; i < 20; i += 1) limiter.succeeded();
    const rate = limiter.state().rate ?? 0;
    expect(rate).toBeGreaterThan(20.5);
    expect(rate).toBeLessThan(25);
    for (let i = 0; i < 2_000; i += 1) limiter.succeeded();
    expect(limiter.state().rate).toBe(40);
  });

  test('finds a rate for an endpoint whose limit nobody configured', async () => {
    const limiter = createLimiter({ concurrency: 64 });
    for (let i = 0; i < 60; i += 1) (await limiter.acquire(never))();
    limiter.limited(0);
    expect(limiter.state().rate).toBe(30);
  });

  test('lets a waiting caller give up without losing the turn of the next', async () => {
    const limiter = createLimiter({ concurrency: 1 });
    const release = await limiter.acquire(never);
    const gone = new AbortController();
    const aborted = limiter.acquire(gone.signal);
    const next = limiter.acquire(never);
    gone.abort(new Error('changed my mind'));
    await expect(aborted).rejects.toThrow('changed my mind');
    release();
    (await next)();
    expect(limiter.state()).toMatchObject({ inFlight: 0, waiting: 0 });
  });
});
