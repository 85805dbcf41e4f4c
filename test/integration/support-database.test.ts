/** What the tests themselves stand on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createPool } from '../../src/store/database.js';
import { createTestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';

test('a database dropped while the connections of an ended pool still close is no error of the process', async () => {
  const database = await createTestDatabase();
  const told: Error[] = [];
  const pool = createPool({ url: database.url, onIdleError: (error) => told.push(error) });
  const answers = await Promise.all(
    [0, 1].map(() => pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid, pg_sleep(0.1)')),
  );
  const backends = answers.map(({ rows }) => rows[0]?.pid ?? 0);
  // As on a machine that is too busy to let them read their goodbye.
  for (const pid of backends) process.kill(pid, 'SIGSTOP');
  await pool.end();
  const dropped = database.drop();
  await sleep(300);
  for (const pid of backends) process.kill(pid, 'SIGCONT');
  await dropped;
  await eventually(() => expect(told.length).toBe(2));
});
