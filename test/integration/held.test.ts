import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hold, isHeld } from '../../src/runtime/held.js';

const scratch = mkdtempSync(join(tmpdir(), 'ndx-held-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A process that listens at the path, as one that holds it does, until it is killed. */
async function otherHolder(path: string) {
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('held'))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    stop: () => void child.kill('SIGSTOP'),
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('a name that one living process holds', () => {
  test('is held by one, and free again when it is released', async () => {
    const path = join(scratch, 'one');
    const held = await hold(path);
    expect([held !== null, await isHeld(path), await hold(path)]).toEqual([true, true, null]);
    await held?.release();
    expect([await isHeld(path), readdirSync(scratch)]).toEqual([false, []]);
  });

  test('is free when its process was killed, and not while that is only stopped', async () => {
    const path = join(scratch, 'killed');
    const other = await otherHolder(path);
    other.stop();
    expect([await isHeld(path), await hold(path)]).toEqual([true, null]);
    await other.kill();
    expect(await isHeld(path)).toBe(false);
    const held = await hold(path);
    expect(held).not.toBeNull();
    await held?.release();
  });

  test('of many that come at once, also to a dead one, one gets it', async () => {
    const path = join(scratch, 'many');
    const other = await otherHolder(path);
    await other.kill();
    const tries = await Promise.all(Array.from({ length: 20 }, () => hold(path)));
    const holders = tries.filter((held) => held !== null);
    expect(holders).toHaveLength(1);
    await holders[0]?.release();
  });

  test('does not depend on a process number: a file that names a living process holds nothing', async () => {
    const path = join(scratch, 'number');
    writeFileSync(path, String(process.pid));
    const held = await hold(path);
    expect(held).not.toBeNull();
    await held?.release();
  });

  test.runIf(process.platform === 'linux')('may have a path that is too long for a socket', async () => {
    const folder = join(scratch, 'long'.repeat(40));
    mkdirSync(folder);
    const path = join(folder, 'name');
    const held = await hold(path);
    expect([held !== null, await isHeld(path), await hold(path)]).toEqual([true, true, null]);
    await held?.release();
    expect(readdirSync(folder)).toEqual([]);
  });
});
