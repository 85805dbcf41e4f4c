/** The queue's promises, the same over both backends: real PostgreSQL and real Redis. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Batch } from '../../src/events/batch.js';
import { openQueue, type QueueBackend } from '../../src/queue/backend.js';
import { type BatchQueue, createQueue } from '../../src/queue/queue.js';
import { type BatchWorker, createWorker, type WorkerDeps } from '../../src/queue/worker.js';
import { NOTHING } from '../../src/reconcile/counting.js';
import { NdxError } from '../../src/runtime/errors.js';
import { startTcpProxy } from '../faults/tcp-proxy.js';
import { BACKENDS } from '../support/backends.js';
import { createTestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { startRedis } from '../support/redis.js';
import { silentLog } from '../support/silent-log.js';

function batch(fromBlock: number, toBlock = fromBlock): Batch {
  return {
    chain: 'solana',
    fingerprint: 'abcdef0123456789',
    finality: 'finalized',
    fromBlock,
    toBlock,
    scope: 'blocks',
    transactions: [],
    source: 'test',
  };
}

interface Engine {
  readonly backend: QueueBackend;
  stop(): Promise<void>;
}

const engines: Record<QueueBackend['kind'], () => Promise<Engine>> = {
  postgres: async () => {
    const database = await createTestDatabase({ empty: true });
    return { backend: { kind: 'postgres', url: database.url }, stop: () => database.drop() };
  },
  redis: async () => {
    const server = await startRedis();
    return { backend: { kind: 'redis', url: server.url }, stop: () => server.stop() };
  },
};

for (const name of BACKENDS) {
  const start = engines[name];
  describe(`queue on ${name}`, () => {
    let engine: Engine;
    let queue: BatchQueue;
    const workers: BatchWorker[] = [];

    beforeAll(async () => {
      engine = await start();
      queue = createQueue({ backend: engine.backend, chain: 'solana', log: silentLog });
      await queue.ready();
    });

    afterEach(async () => {
      await Promise.all(workers.splice(0).map((worker) => worker.close()));
      for (const job of await queue.failed(100)) await queue.remove(job.id);
    });

    afterAll(async () => {
      await queue.close();
      await engine.stop();
    });

    const work = (handle: WorkerDeps['handle'], more: Partial<WorkerDeps> = {}) => {
      const worker = createWorker({
        backend: engine.backend,
        chain: 'solana',
        concurrency: 1,
        log: silentLog,
        handle,
        ...more,
      });
      workers.push(worker);
      return worker;
    };
    const empty = () =>
      eventually(async () =>
        expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, delayed: 0 }),
      );

    test('serves the live lane before the backfill lane, each in order', async () => {
      await queue.addMany([batch(1), batch(2), batch(3)], { lane: 'backfill' });
      await queue.add(batch(100), { lane: 'live' });
      await queue.add(batch(101), { lane: 'live' });
      expect((await queue.counts()).waiting).toBe(5);
      const order: number[] = [];
      work(async ({ fromBlock }) => {
        order.push(fromBlock);
        return NOTHING;
      });
      await empty();
      expect(order).toEqual([100, 101, 1, 2, 3]);
    });

    test('connections that break while a queue opens are an error of its calls, and never end the process', async () => {
      const door = await startTcpProxy(Number(new URL(engine.backend.url).port));
      const url = new URL(engine.backend.url);
      url.port = String(door.port);
      const uncaught: unknown[] = [];
      const note = (error: unknown) => uncaught.push(error);
      process.on('uncaughtExceptionMonitor', note);
      try {
        // The moments of the cuts reach from before the first answer to after the last one.
        for (let cut = 0; cut < 40; cut++) {
          const opening = createQueue({
            backend: { ...engine.backend, url: url.href },
            chain: 'solana',
            log: silentLog,
          });
          const ready = opening.ready().catch(() => undefined);
          await sleep(cut * 2);
          door.cut();
          await opening.close();
          await ready;
        }
      } finally {
        process.off('uncaughtExceptionMonitor', note);
        await door.close();
      }
      expect(uncaught).toEqual([]);
    });

    test('a batch that is queued already is not queued twice; one that is done can be queued again', async () => {
      const ids = [
        await queue.add(batch(7), { lane: 'live' }),
        await queue.add({ ...batch(7), source: 'another endpoint' }, { lane: 'live' }),
      ];
      expect(new Set(ids).size).toBe(1);
      expect((await queue.counts()).waiting).toBe(1);
      const seen: string[] = [];
      work(async (_, id) => {
        seen.push(id);
        return NOTHING;
      });
      await empty();
      expect(await queue.state(ids[0] ?? '')).toBe('missing');
      await queue.add(batch(7), { lane: 'live' });
      await empty();
      expect(seen).toEqual([ids[0], ids[0]]);
    });

    test('the batch arrives as it was added: amounts exact, odd characters kept', async () => {
      const sent: Batch = {
        ...batch(5, 9),
        replay: 'r',
        transactions: [
          {
            chain: 'solana',
            block: 6,
            blockTime: null,
            transactionIndex: 3,
            transactionHash: 'hash',
            outcome: 'ok',
            networkFee: 5000n,
            events: [
              {
                eventIndex: 4096,
                kind: 'transfer',
                outcome: 'ok',
                decoder: 'd',
                decoderVersion: 1,
                asset: { kind: 'token', address: 'mint' },
                amount: 2n ** 200n,
                decimals: 9,
                movements: [{ token: 'mint', account: 'a', owner: 'o', delta: -(2n ** 200n) }],
                nft: { name: 'nul \u0000 and half a pair \ud800' },
                details: { nested: [1, null, { deep: true }] },
              },
            ],
          },
        ],
      };
      const got: Batch[] = [];
      await queue.add(sent, { lane: 'live' });
      work(async (it) => {
        got.push(it);
        return NOTHING;
      });
      await empty();
      expect(got).toEqual([sent]);
    });

    test('what may succeed later is tried again', async () => {
      let tries = 0;
      await queue.add(batch(8), { lane: 'live' });
      work(async () => {
        tries += 1;
        if (tries < 2) throw new NdxError('DATABASE_UNREACHABLE', 'away', { retryable: true });
        return NOTHING;
      });
      await empty();
      expect(tries).toBe(2);
      expect((await queue.counts()).failed).toBe(0);
    });

    test('promise 8: a poison job becomes a dead letter at once, blocks nobody, and can be retried by hand', async () => {
      const done: number[] = [];
      let poisoned = true;
      for (const block of [20, 21, 22]) await queue.add(batch(block), { lane: 'live' });
      work(async ({ fromBlock }) => {
        if (fromBlock === 20 && poisoned) throw new NdxError('JOB_INVALID', 'amount of event 0 is no number');
        done.push(fromBlock);
        return NOTHING;
      });
      await empty();
      expect(done).toEqual([21, 22]);
      const [letter, ...more] = await queue.failed(10);
      expect(more).toEqual([]);
      expect(letter).toMatchObject({
        lane: 'live',
        attempts: 1,
        reason: 'JOB_INVALID: amount of event 0 is no number',
      });
      await queue.add(batch(20), { lane: 'live' });
      expect((await queue.counts()).failed).toBe(1);
      poisoned = false;
      await queue.add(batch(20), { lane: 'live', revive: true });
      await empty();
      expect(done).toEqual([21, 22, 20]);
    });

    test('acceptance 5: of jobs that are over, the queue keeps dead letters only, so many and for so long', async () => {
      const [done, dead] = [
        await queue.add(batch(25), { lane: 'live' }),
        await queue.add(batch(26), { lane: 'backfill' }),
      ];
      work(async ({ fromBlock }) => {
        if (fromBlock === 26) throw new NdxError('INTERNAL', 'no');
        return NOTHING;
      });
      await empty();
      const opened = openQueue(engine.backend, 'solana', {}, () => {});
      expect(await opened.it.getJob(dead)).toMatchObject({
        opts: { removeOnFail: { count: 20_000, age: 90 * 24 * 3600 } },
      });
      await opened.close();
      expect([await queue.state(done), await queue.state(dead)]).toEqual(['missing', 'failed']);
    });

    test('close waits for the job at hand', async () => {
      let finished = false;
      let started: () => void = () => {};
      const running = new Promise<void>((done) => {
        started = done;
      });
      await queue.add(batch(40), { lane: 'live' });
      const worker = work(async () => {
        started();
        await new Promise((done) => setTimeout(done, 500));
        finished = true;
        return NOTHING;
      });
      await running;
      await worker.close();
      expect(finished).toBe(true);
      expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, failed: 0 });
    });

    test('promise 3: the job of a process that was killed is taken by another', async () => {
      const id = await queue.add(batch(50), { lane: 'live' });
      const child = await stuckWorker(engine.backend);
      try {
        expect(await queue.state(id)).toBe('active');
        child.kill('SIGKILL');
        await once(child, 'exit');
        const seen: string[] = [];
        work(
          async (_, job) => {
            seen.push(job);
            return NOTHING;
          },
          { stalledAfter: 1000 },
        );
        await empty();
        expect(seen).toEqual([id]);
      } finally {
        child.kill('SIGKILL');
      }
    });

    test('promise 3: a process that stood still for longer than its lock lasts says so; the job is done by another, once', async () => {
      const id = await queue.add(batch(60), { lane: 'live' });
      const child = await stuckWorker(engine.backend, 'until-told');
      let said = '';
      child.stdout?.on('data', (text: Buffer) => {
        said += text;
      });
      try {
        child.kill('SIGSTOP');
        const seen: string[] = [];
        work(
          async (_, job) => {
            seen.push(job);
            return NOTHING;
          },
          { stalledAfter: 1000 },
        );
        await empty();
        expect(seen).toEqual([id]);
        child.kill('SIGCONT');
        child.stdin?.write('finish\n');
        await eventually(
          async () => said.includes('done\n') && said.includes('log: this process lost the lock'),
          {
            what: 'the stopped process to notice',
          },
        );
        expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, failed: 0 });
        expect(seen).toEqual([id]);
      } finally {
        child.kill('SIGKILL');
      }
    });

    test('an unreachable backend is a clear, retryable error', async () => {
      const url =
        engine.backend.kind === 'postgres' ? 'postgresql://ndx:x@127.0.0.1:1/ndx' : 'redis://127.0.0.1:1';
      const away = createQueue({
        backend: { kind: engine.backend.kind, url },
        chain: 'solana',
        log: silentLog,
        deadline: 2000,
      });
      await expect(away.add(batch(1), { lane: 'live' })).rejects.toMatchObject({
        code: 'QUEUE_UNREACHABLE',
        retryable: true,
      });
      await away.close();
    });
  });
}

/** Resolves when a process of its own holds a job: stuck-worker.ts says what its arguments do. */
async function stuckWorker(backend: QueueBackend, ...args: string[]): Promise<ChildProcess> {
  const script = join(import.meta.dirname, '../support/stuck-worker.ts');
  // Without tsx's own wrapper process, so that the signal reaches the worker.
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(backend), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise<void>((done, fail) => {
    child.stdout?.once('data', () => done());
    child.once('exit', (code) => fail(new Error(`worker process ended with ${code}`)));
  });
  child.removeAllListeners('exit');
  return child;
}
