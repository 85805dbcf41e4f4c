import { expect, test } from 'vitest';
import { seldom } from './seldom.js';

function recorder() {
  const lines: { facts: object; message: string }[] = [];
  const write = (facts: object, message: string) => void lines.push({ facts, message });
  let time = 0;
  const log = seldom({ debug: write, info: write, warn: write, error: write }, () => time);
  return {
    lines,
    log,
    /** Milliseconds. */
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

test('17,728 failures in 28 seconds are a handful of lines, which say how many there were', () => {
  const { lines, log, pass } = recorder();
  for (let failure = 0; failure < 17_728; failure++) {
    log.warn({ error: `refused by 127.0.0.1:${failure}` }, 'connection failed');
    pass(28_000 / 17_728);
  }
  expect(lines).toHaveLength(5);
  expect(lines[0]?.facts).not.toHaveProperty('times');
  const told = lines.map(({ facts }) => ('times' in facts ? Number(facts.times) : 1));
  expect(told.reduce((sum, times) => sum + times)).toBeGreaterThan(17_728 / 3);
});

test('another message and another error are told at once, and so is the same after a quiet time', () => {
  const { lines, log, pass } = recorder();
  const fail = (error: string, message = 'failed') => log.error({ error }, message);
  fail('refused');
  fail('refused');
  fail('denied');
  fail('refused', 'lost');
  expect(lines).toHaveLength(3);
  pass(10 * 60_000);
  fail('refused');
  expect(lines).toHaveLength(4);
});

test('what is no warning is never held back', () => {
  const { lines, log } = recorder();
  for (let line = 0; line < 3; line++) log.info({}, 'again');
  expect(lines).toHaveLength(3);
});
