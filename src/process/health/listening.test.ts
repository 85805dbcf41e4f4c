/** A listener is not ready while it cannot follow the tip, whatever its gap filler does beside. */
import { expect, test } from 'vitest';
import type { ListenerState } from '../../listener/state.js';
import type { ErrorCode } from '../../runtime/error-codes.js';
import { listeningProblems } from './listening.js';

const NOW = 1_000_000;
/** Filling gaps goes on: the newest progress is of this moment. */
const state = (followError: ListenerState['followError']) =>
  ({ silent: null, head: 5, lastProgressAt: NOW, lastError: followError, followError }) as ListenerState;
const failing = (code: ErrorCode, since: number) => ({ message: 'the reason', code, at: NOW, since });

test('a tip that is refused for longer than a moment is not ready, also while gaps are filled', () => {
  expect(listeningProblems(state(null), 60_000, NOW)).toEqual([]);
  const refused = (since: number) =>
    listeningProblems(state(failing('RPC_BAD_RESPONSE', since)), 60_000, NOW);
  expect(refused(NOW - 9_000)).toEqual([]);
  expect(refused(NOW - 10_000)).toEqual([
    'the tip is not followed since 1970-01-01T00:16:30.000Z: the reason',
  ]);
});

test('a tip about which endpoints contradict each other is not ready at once', () => {
  const problems = listeningProblems(state(failing('SOURCES_DISAGREE', NOW)), 60_000, NOW);
  expect(problems).toEqual([expect.stringContaining('the tip is not followed')]);
});

test('a standby is ready', () => {
  expect(listeningProblems(undefined, 60_000, NOW)).toEqual([]);
});
