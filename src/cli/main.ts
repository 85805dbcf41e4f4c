#!/usr/bin/env node
/** The executable of `ndx`: runs the program and ends with its exit code. */
import { createContext } from './context.js';
import { run } from './program.js';

// `ndx decode … | head`: the reader has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const code = await run(process.argv.slice(2), createContext());
// Once what was printed is out: a pipe may be slower than we are.
process.stdout.write('', () => process.exit(code));
