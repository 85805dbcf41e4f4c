/** Who may hold bytes, and that nobody waits for somebody who waits for him. */
import { expect, test } from 'vitest';
import { createByteBudget, NoRoom, withRoom } from './budget.js';

const { signal } = new AbortController();

test('the first of a line always goes on, those behind it within the budget', async () => {
  const budget = createByteBudget(100);
  const line = budget.line();
  const [first, second, third] = [line.join(), line.join(), line.join()];
  expect([second.hold(60), third.hold(60)]).toEqual([true, false]);
  expect([first.hold(500), budget.held()]).toEqual([true, 560]);
  let goesOn = false;
  const waits = third.room(60, signal).then(() => {
    goesOn = true;
  });
  // It makes way, and still holds what it holds: the second is the first now, the third is not.
  first.pass();
  await Promise.resolve();
  expect([second.hold(90), goesOn]).toEqual([true, false]);
  second.release();
  await waits;
  expect([third.hold(1_000), budget.held()]).toEqual([true, 1_500]);
  line.close();
  expect(budget.held()).toBe(0);
  expect(third.hold(1)).toBe(false);
});

test('a line goes on while others hold everything', async () => {
  const budget = createByteBudget(100);
  const other = budget.line().join();
  other.hold(1_000);
  const line = budget.line();
  const [first, second] = [line.join(), line.join()];
  await first.room(50, signal);
  expect([first.hold(50), second.hold(1)]).toEqual([true, false]);
  const waits = second.room(20, signal);
  other.release();
  await waits;
});

test('a transfer that finds no room is tried again when there is, and ends with the signal', async () => {
  const budget = createByteBudget(100);
  const line = budget.line();
  const [first, second] = [line.join(), line.join()];
  first.hold(90);
  const wanted: number[] = [];
  const read = withRoom(second, 5, signal, async () => {
    wanted.push(budget.held());
    if (!second.hold(5) || !second.hold(50)) throw new NoRoom(50);
    return 'read';
  });
  const stop = new AbortController();
  const stopped = line.join().room(50, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(stopped).rejects.toThrow('stopped');
  first.release();
  expect(await read).toBe('read');
  expect(wanted).toEqual([90, 0]);
  expect(budget.held()).toBe(50);
});
