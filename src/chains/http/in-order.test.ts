import { expect, test } from 'vitest';
import { mapInOrder } from './in-order.js';

const signal = new AbortController().signal;
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

async function collect<T>(items: AsyncIterable<T>): Promise<{ readonly seen: T[]; readonly error: unknown }> {
  const seen: T[] = [];
  try {
    for await (const item of items) seen.push(item);
    return { seen, error: null };
  } catch (error) {
    return { seen, error };
  }
}

async function* upTo(last: number, failure?: Error): AsyncGenerator<number> {
  for (let number = 1; number <= last; number += 1) yield number;
  if (failure) throw failure;
}

test('results come in the order of the items, whichever is ready first, and no more than the limit are under way', async () => {
  let [running, most] = [0, 0];
  const work = async (number: number) => {
    running += 1;
    most = Math.max(most, running);
    await pause(number % 3 === 0 ? 1 : 6);
    running -= 1;
    return number * 10;
  };
  const { seen, error } = await collect(mapInOrder(upTo(10), 3, signal, work));
  expect([seen, error, most]).toEqual([[10, 20, 30, 40, 50, 60, 70, 80, 90, 100], null, 3]);
});

test('when the items end with an error, what was begun before is handed on first', async () => {
  const failure = new Error('no more blocks');
  const { seen, error } = await collect(mapInOrder(upTo(5, failure), 4, signal, async (number) => number));
  expect([seen, error]).toEqual([[1, 2, 3, 4, 5], failure]);
});

test('an item that fails ends it: what stands before it is handed on, what stands after it is aborted', async () => {
  const aborted: number[] = [];
  const work = async (number: number, limited: AbortSignal) => {
    if (number === 2) throw new Error('the second fails');
    if (number < 2) return number;
    await new Promise((done) => limited.addEventListener('abort', done, { once: true }));
    aborted.push(number);
    return number;
  };
  const { seen, error } = await collect(mapInOrder(upTo(4), 4, signal, work));
  expect([seen, String(error), aborted]).toEqual([[1], 'Error: the second fails', [3, 4]]);
});
