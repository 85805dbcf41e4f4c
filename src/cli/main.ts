#!/usr/bin/env node
/** The executable of `ndx`: runs the program and ends with its exit code. */
import { createContext } from '../process/context.js';
import { report } from '../process/report.js';
import { run } from './program.js';

// In `ndx decode … | head` the reader closes the pipe early; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const context = createContext();
// Errors that no code can catch: a library's connection that breaks before it has a listener (BullMQ's, while
// PostgreSQL restarts).
process.on('uncaughtException', (error) => process.exit(report(error, context)));

const code = await run(process.argv.slice(2), context);
// Exit only after all output is written: a pipe may be slower than this process.
process.stdout.write('', () => process.exit(code));
