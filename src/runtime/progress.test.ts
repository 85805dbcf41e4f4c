import { describe, expect, test } from 'vitest';
import { createProgress, duration } from './progress.js';

function setup(isTTY: boolean) {
  let text = '';
  let time = 0;
  const progress = createProgress({
    label: 'replay',
    total: 1_000,
    unit: 'blocks',
    stream: { write: (part) => (text += part), isTTY, columns: 200 },
    now: () => time,
  });
  return {
    progress,
    text: () => text,
    at: (milliseconds: number, done: number, note?: string) => {
      time = milliseconds;
      progress.update(done, note);
    },
  };
}

describe('progress', () => {
  test('writes a plain line every few seconds with rate and time left', () => {
    const run = setup(false);
    run.at(1_000, 10);
    expect(run.text()).toBe('');
    run.at(5_000, 100, '7 new');
    expect(run.text()).toBe('replay 10% 100/1000 blocks, 20.0/s, 45 s left, 7 new\n');
    run.at(6_000, 1_000);
    run.progress.end();
    expect(run.text().split('\n')[1]).toBe('replay 100% 1000/1000 blocks, 167/s, done');
  });

  test('moves one line on a terminal', () => {
    const run = setup(true);
    run.at(500, 250);
    run.at(510, 260);
    expect(run.text()).toBe(
      `\r\u001b[Kreplay ${'█'.repeat(6)}${'░'.repeat(18)} 25% 250/1000 blocks, 500/s, 2 s left`,
    );
    run.progress.end();
    expect(run.text().endsWith('\n')).toBe(true);
  });

  test('names durations', () => {
    expect([5, 200, 7_500, 273_600].map(duration)).toEqual(['5 s', '3 min 20 s', '2 h 5 min', '3 d 4 h']);
  });
});
