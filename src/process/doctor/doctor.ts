/**
 * `ndx doctor`: checks everything that can be wrong before a deployment runs. Each finding names the setting
 * to change. The checks change nothing and make nothing.
 */
import type { ErrorCode } from '../../runtime/error-codes.js';
import { messageOf, NdxError } from '../../runtime/errors.js';
import { redactText } from '../../runtime/redact.js';

export interface Check {
  /** What is checked, for people: `PORT`, `database`, `solana endpoints`. */
  readonly name: string;
  /**
   * Runs the check.
   * @returns what was found
   * @throws an error that says what is wrong and how to fix it; {@link Skipped} when something else has to be
   * fixed first
   */
  look(signal: AbortSignal): Promise<string>;
}

export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'wrong' | 'skipped';
  readonly message: string;
  /** Code of the NdxError; null when there is none. */
  readonly code: ErrorCode | null;
  readonly milliseconds: number;
}

/** Thrown by a check that cannot run before something else is fixed. */
export class Skipped extends Error {}

/** A check that takes longer than any useful answer counts as failed. */
const TIMEOUT_MS = 15_000;

/**
 * Runs all checks at once, each for at most 15 seconds.
 * @returns findings in the order of the checks
 */
export async function examine(checks: readonly Check[], signal: AbortSignal): Promise<Finding[]> {
  return Promise.all(checks.map((check) => examineOne(check, signal)));
}

async function examineOne({ name, look }: Check, signal: AbortSignal): Promise<Finding> {
  const started = performance.now();
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const finding = (state: Finding['state'], message: string, code: ErrorCode | null = null): Finding => ({
    check: name,
    state,
    message: redactText(message),
    code,
    milliseconds: Math.round(performance.now() - started),
  });
  try {
    return finding('ok', await look(limited));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Skipped) return finding('skipped', error.message);
    if (limited.aborted) return finding('wrong', `no answer within ${TIMEOUT_MS / 1000} s`, 'RPC_TIMEOUT');
    return finding('wrong', messageOf(error), error instanceof NdxError ? error.code : null);
  }
}
