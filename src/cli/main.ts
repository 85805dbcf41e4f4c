#!/usr/bin/env node
/** The executable of `ndx`: runs the program and ends with its exit code. */
import { createContext } from '../process/context.js';
import { report } from '../process/report.js';
import { run } from './program.js';

// `ndx decode … | head`: the reader has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const context = createContext();
// Nobody could catch it: a library's connection that breaks before anything listens to it (BullMQ's, while
// PostgreSQL restarts).
process.on('uncaughtException', (error) => process.exit(report(error, context)));

const code = await run(process.argv.slice(2), context);
// Once what was printed is out: a pipe may be slower than we are.
process.stdout.write('', () => process.exit(code));
