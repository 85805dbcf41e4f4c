import { expect, test } from 'vitest';
import { silentLog } from '../../../test/support/silent-log.js';
import { keepServer } from './keep.js';

test('a server that does not start again is tried on and on, and said seldom', async () => {
  const said: string[] = [];
  const log = { ...silentLog, error: (_: object, message: string) => void said.push(message) };
  let tries = 0;
  let enough: () => void = () => {};
  const tried = new Promise<void>((done) => {
    enough = done;
  });
  const stop = keepServer(
    {
      revive: async () => {
        tries += 1;
        if (tries === 50) enough();
        throw new Error('no space left on device');
      },
    },
    log,
    1,
  );
  await tried;
  await stop();
  expect(said.length).toBeLessThan(5);
  expect(said[0]).toContain('does not start again');
});

test('a server that had ended is started again, and that is said each time', async () => {
  const said: string[] = [];
  const log = { ...silentLog, error: (_: object, message: string) => void said.push(message) };
  let looks = 0;
  let enough: () => void = () => {};
  const looked = new Promise<void>((done) => {
    enough = done;
  });
  const stop = keepServer(
    {
      revive: async () => {
        looks += 1;
        if (looks === 4) enough();
        return looks % 2 === 0;
      },
    },
    log,
    1,
  );
  await looked;
  await stop();
  expect(said.filter((message) => message.includes('it was started again')).length).toBeGreaterThan(1);
});
