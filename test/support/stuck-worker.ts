/** A process that takes a job and never finishes it: to be killed. Prints a line when it has one. */
import type { QueueBackend } from '../../src/queue/backend.js';
import { createWorker } from '../../src/queue/worker.js';
import { silentLog } from './silent-log.js';

const backend = JSON.parse(process.argv[2] ?? '') as QueueBackend;

createWorker({
  backend,
  chain: 'solana',
  concurrency: 1,
  log: silentLog,
  stalledAfter: 1000,
  handle: (_, job) => {
    process.stdout.write(`${job}\n`);
    return new Promise(() => {});
  },
});
