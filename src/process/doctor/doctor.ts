/**
 * `ndx doctor`: everything that can be wrong before a deployment runs, looked at one by one. Each finding
 * names the setting to change. It changes nothing and makes nothing.
 */
import type { ErrorCode } from '../../runtime/error-codes.js';
import { messageOf, NdxError } from '../../runtime/errors.js';
import { redactText } from '../../runtime/redact.js';

export interface Check {
  /** What is looked at, for people: `PORT`, `database`, `solana endpoints`. */
  readonly name: string;
  /**
   * @returns what was found @throws what is wrong, and how to mend it; {@link Skipped} when it cannot be
   * looked at
   */
  look(signal: AbortSignal): Promise<string>;
}

export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'wrong' | 'skipped';
  readonly message: string;
  /** Code of the error; null where there is none. */
  readonly code: ErrorCode | null;
  readonly milliseconds: number;
}

/** Thrown by a check that something else has to be right for first. */
export class Skipped extends Error {}

/** Longer than any answer that is of use: what takes longer is wrong. */
const TIMEOUT_MS = 15_000;

/** All checks at once, each for at most 15 seconds; findings in the order of the checks. */
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
