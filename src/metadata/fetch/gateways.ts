/**
 * Several gateways to the same content, raced: the one that was quickest lately is asked first, and the next
 * one as soon as it takes longer than usual or fails. The first answer that is believed wins, and the others
 * are let go. Which gateway is quick is remembered; one that fails rests.
 */
import { messageOf, NdxError } from '../../runtime/errors.js';
import { pause } from '../../runtime/pause.js';
import type { Hosts } from './hosts.js';

export interface GatewayRace {
  /**
   * Asks the gateways until one gives an answer.
   * @param ask asks one gateway; rejects when its answer is not believed
   * @throws NdxError OUTBOUND_UNREACHABLE (retryable) naming why each failed; the signal's reason
   * @returns the answer, or milliseconds after which a gateway may have a place, when none has one now
   */
  run<T>(ask: (gateway: string, signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T | Busy>;
}

export interface Busy {
  readonly busyFor: number;
}

/** Whether no gateway has a place now: an answer of {@link GatewayRace.run} that is no answer. */
export function isBusy(value: unknown): value is Busy {
  return typeof value === 'object' && value !== null && 'busyFor' in value;
}

/**
 * A gateway is given twice its usual time before the next one is asked, within these bounds (milliseconds).
 */
const SOONEST = 150;
const LATEST = 2_000;
/** Usual time of a gateway that was never asked. */
const UNKNOWN = 400;
/** Weight of the newest answer in the usual time. */
const NEWEST = 0.2;

/** @param gateways URLs, the preferred one first while nothing is known of how quick they are */
export function createGatewayRace(gateways: readonly string[], hosts: Hosts): GatewayRace {
  const usual = new Map<string, number>(gateways.map((gateway) => [gateway, UNKNOWN]));
  const note = (gateway: string, milliseconds: number): void => {
    const before = usual.get(gateway) ?? UNKNOWN;
    usual.set(gateway, before + NEWEST * (milliseconds - before));
  };
  const time = (gateway: string) => usual.get(gateway) ?? UNKNOWN;

  return {
    run: async (ask, signal) => {
      const order = [...gateways].sort((a, b) => time(a) - time(b));
      const ending = new AbortController();
      const both = AbortSignal.any([signal, ending.signal]);
      const failures: string[] = [];
      let busyFor = Number.POSITIVE_INFINITY;
      let asked = 0;

      const one = async (gateway: string, leave: () => void) => {
        const host = new URL(gateway).host;
        const started = performance.now();
        try {
          const answer = await ask(gateway, both);
          note(gateway, performance.now() - started);
          hosts.answered(host);
          return { answer };
        } catch (error) {
          // One that was let go because another was quicker is at least as slow as it was until now.
          if (both.aborted) note(gateway, Math.max(time(gateway), performance.now() - started));
          else {
            note(gateway, Math.max(LATEST, time(gateway)));
            if (isOfHost(error)) hosts.failed(host);
            failures.push(`${host}: ${messageOf(error)}`);
          }
          return null;
        } finally {
          leave();
        }
      };

      const running = new Set<Promise<unknown>>();
      try {
        for (const gateway of order) {
          const place = hosts.enter(new URL(gateway).host);
          if (typeof place === 'number') {
            busyFor = Math.min(busyFor, place);
            continue;
          }
          asked += 1;
          const work = one(gateway, place);
          running.add(work);
          void work.then(() => running.delete(work));
          const patience = Math.min(LATEST, Math.max(SOONEST, 2 * time(gateway)));
          const won = await firstAnswer(running, patience, both);
          if (won !== null) return won.answer as never;
        }
        while (running.size > 0) {
          const won = await firstAnswer(running, null, both);
          if (won !== null) return won.answer as never;
        }
      } finally {
        ending.abort();
      }
      signal.throwIfAborted();
      if (asked === 0) return { busyFor: Number.isFinite(busyFor) ? busyFor : LATEST };
      throw new NdxError('OUTBOUND_UNREACHABLE', `no gateway has it: ${failures.join('; ')}`, {
        retryable: true,
      });
    },
  };
}

/** Whether the host itself failed; that a gateway does not have a content says nothing against it. */
function isOfHost(error: unknown): boolean {
  return error instanceof NdxError && error.code !== 'OUTBOUND_BAD_RESPONSE';
}

interface Answer {
  readonly answer: unknown;
}

/**
 * The first answer of those who run: null when one of them fails, or when `patience` milliseconds are over.
 */
async function firstAnswer(
  running: ReadonlySet<Promise<unknown>>,
  patience: number | null,
  signal: AbortSignal,
): Promise<Answer | null> {
  const timer = new AbortController();
  const waits =
    patience === null ? [] : [pause(patience, AbortSignal.any([signal, timer.signal])).then(() => null)];
  try {
    return (await Promise.race([...running, ...waits])) as Answer | null;
  } finally {
    timer.abort();
    for (const wait of waits) wait.catch(() => undefined);
  }
}
