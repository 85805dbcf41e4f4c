/**
 * A process that takes a job and never finishes it: to be killed. Prints a line when it has one. With the
 * argument `until-told` it finishes the job when it reads something, and prints its log.
 */
import { once } from 'node:events';
import type { QueueBackend } from '../../src/queue/backend.js';
import { createWorker } from '../../src/queue/worker.js';
import { NOTHING } from '../../src/reconcile/counting.js';
import type { Log } from '../../src/runtime/log.js';
import { silentLog } from './silent-log.js';

const untilTold = process.argv[3] === 'until-told';
const say = (_: object, message: string) => void process.stdout.write(`log: ${message}\n`);
const log: Log = untilTold ? { ...silentLog, warn: say, error: say } : silentLog;
const backend = JSON.parse(process.argv[2] ?? '') as QueueBackend;

createWorker({
  backend,
  chain: 'solana',
  concurrency: 1,
  log,
  stalledAfter: 1000,
  handle: async (_, job) => {
    process.stdout.write(`${job}\n`);
    if (!untilTold) return new Promise(() => {});
    await once(process.stdin, 'data');
    process.stdout.write('done\n');
    return NOTHING;
  },
});
