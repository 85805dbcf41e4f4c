/**
 * The invocation stack as the runtime logs it. Only lines that the runtime itself writes open or close a
 * frame: what a program says comes as `Program log: …` or `Program data: …`, whole lines that can never begin
 * like an `invoke` line. Source: solana-log-collector and program-runtime's stable_log.rs of Agave.
 */
export interface LogFrame {
  readonly programId: string;
  /** 1 for an outer instruction. */
  readonly depth: number;
  /** Base64 fields of each `Program data:` line that this very frame wrote, in order. */
  readonly emitted: string[];
  /** JSON texts after `Program log: `, in which Magic Eden's programs state prices and royalties. */
  readonly said: string[];
  failed: boolean;
}

export interface LogFrames {
  /** In order of invocation. */
  readonly frames: readonly LogFrame[];
  /** The runtime dropped lines from some point on. Nothing after it is used, because calls may be missing. */
  readonly truncated: boolean;
  /** The lines do not form a stack. Nothing after the break is used. */
  readonly broken: boolean;
}

const PROGRAM = 'Program ';
const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;
const INVOKE = /^ invoke \[(\d+)\]$/;
const FAILED = /^ failed(?: to complete)?: /;
const DATA = 'Program data: ';
const LOG = 'Program log: ';

/** @param logs null when the node kept none */
export function readLogFrames(logs: readonly string[] | null): LogFrames {
  const frames: LogFrame[] = [];
  const stack: LogFrame[] = [];
  for (const line of logs ?? []) {
    if (line === 'Log truncated') return { frames, truncated: true, broken: false };
    if (!line.startsWith(PROGRAM)) continue;
    if (line.startsWith(LOG)) {
      if (line[LOG.length] === '{') stack.at(-1)?.said.push(line.slice(LOG.length));
      continue;
    }
    if (line.startsWith(DATA)) {
      stack.at(-1)?.emitted.push(line.slice(DATA.length));
      continue;
    }
    const space = line.indexOf(' ', PROGRAM.length);
    // Which of the runtime's lines it is stands behind the address; most are none of these.
    const rest = space < 0 ? '' : line.slice(space);
    const failed = FAILED.test(rest);
    const invoke = rest === ' success' || failed ? null : INVOKE.exec(rest);
    if (rest !== ' success' && !failed && invoke === null) continue;
    const programId = line.slice(PROGRAM.length, space);
    if (!ADDRESS.test(programId)) continue;
    if (invoke !== null) {
      const frame = { programId, depth: Number(invoke[1]), emitted: [], said: [], failed: false };
      if (frame.depth !== stack.length + 1) return { frames, truncated: false, broken: true };
      frames.push(frame);
      stack.push(frame);
      continue;
    }
    const top = stack.pop();
    if (top === undefined || top.programId !== programId) return { frames, truncated: false, broken: true };
    top.failed = failed;
  }
  return { frames, truncated: false, broken: false };
}
