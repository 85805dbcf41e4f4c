/** How a failed process ends: one line that says what went wrong, and the exit code. */
import { exitCodeOf, messageOf, NdxError } from '../runtime/errors.js';
import { redactText } from '../runtime/redact.js';
import { unreachableBecause } from '../store/faults/unreachable.js';
import type { Context } from './context.js';

/**
 * Prints `ndx: message [CODE]` on stderr; a supervisor reads the code from it (supervisor.ts). For an error
 * that is not an NdxError the stack is printed too.
 * @returns the exit code (docs/errors.md)
 */
export function report(error: unknown, context: Pick<Context, 'out'>): number {
  const because = error instanceof NdxError ? null : unreachableBecause(error);
  if (because) {
    const message = `${because}: ${messageOf(error)}`;
    return report(new NdxError('DATABASE_UNREACHABLE', message, { retryable: true, cause: error }), context);
  }
  const code = error instanceof NdxError ? error.code : 'INTERNAL';
  context.out.note(`ndx: ${redactText(messageOf(error)).replace(/\n+/g, ' ')} [${code}]`);
  if (!(error instanceof NdxError) && error instanceof Error && error.stack)
    context.out.note(redactText(error.stack));
  return exitCodeOf(error);
}
