/** A machine that has other things to do. */
import { spawn } from 'node:child_process';

/** Ends by itself when its parent is gone, however that ended: its standard input closes then. */
const BUSY = `process.stdin.on('end', () => process.exit()).resume();
const spin = () => { for (const end = Date.now() + 100; Date.now() < end; ); setImmediate(spin); };
spin();`;

/** @param loops processes that each keep one core busy, for as long as this process lives */
export function startLoad(loops: number): void {
  for (let loop = 0; loop < loops; loop++) {
    const busy = spawn(process.execPath, ['-e', BUSY], { stdio: ['pipe', 'ignore', 'inherit'] });
    // Does not keep this process alive.
    busy.unref();
    (busy.stdin as unknown as { unref(): void }).unref();
  }
}
