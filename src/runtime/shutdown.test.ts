import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createShutdown } from './shutdown.js';

function setup(timeout = 1_000) {
  const signals = new EventEmitter();
  const exits: number[] = [];
  const reports: string[] = [];
  let time = 0;
  const shutdown = createShutdown({
    timeout,
    signals,
    exit: (code) => void exits.push(code),
    report: (text) => void reports.push(text),
    now: () => time,
  });
  const later = (milliseconds: number) => {
    time += milliseconds;
  };
  return { signals, exits, reports, shutdown, later };
}

describe('shutdown', () => {
  test('releases last in, first out, each after the one before has finished', async () => {
    const { shutdown } = setup();
    const order: string[] = [];
    for (const name of ['database', 'queue', 'api']) {
      shutdown.add(name, async () => {
        order.push(`${name} starts`);
        await wait(5);
        order.push(`${name} ends`);
      });
    }
    await shutdown.stop('done');
    expect(order).toEqual([
      'api starts',
      'api ends',
      'queue starts',
      'queue ends',
      'database starts',
      'database ends',
    ]);
    expect(shutdown.signal.aborted).toBe(true);
    expect(shutdown.interrupted).toBe(false);
  });

  test('goes on when a release fails, and says so', async () => {
    const { shutdown, reports } = setup();
    let released = false;
    shutdown.add('first', () => {
      released = true;
    });
    shutdown.add('second', () => Promise.reject(new Error('stuck')));
    await shutdown.stop('done');
    expect(released).toBe(true);
    expect(reports).toEqual(['releasing second failed: stuck']);
  });

  test('the first signal is graceful, the second forces exit code 130', async () => {
    const { shutdown, signals, exits, later } = setup();
    let finish = () => {};
    shutdown.add(
      'slow',
      () =>
        new Promise<void>((done) => {
          finish = done;
        }),
    );
    signals.emit('SIGTERM', 'SIGTERM');
    expect(shutdown.signal.aborted).toBe(true);
    expect(exits).toEqual([]);
    later(100);
    signals.emit('SIGTERM', 'SIGTERM');
    expect(exits, 'npm passed on the same signal').toEqual([]);
    later(1_000);
    signals.emit('SIGINT', 'SIGINT');
    expect(exits).toEqual([130]);
    await wait(1);
    finish();
    await shutdown.stop('again');
    expect(shutdown.interrupted).toBe(true);
  });

  test('a release that hangs does not keep the process', async () => {
    const { shutdown, exits, reports } = setup(20);
    let finish = () => {};
    shutdown.add(
      'hanging',
      () =>
        new Promise<void>((done) => {
          finish = done;
        }),
    );
    const stopped = shutdown.stop('done');
    await wait(60);
    expect(exits).toEqual([1]);
    expect(reports[0]).toContain('hanging');
    finish();
    await stopped;
  });

  test('takes its handlers off', () => {
    const { shutdown, signals } = setup();
    shutdown.dispose();
    expect(signals.listenerCount('SIGINT') + signals.listenerCount('SIGTERM')).toBe(0);
  });
});
