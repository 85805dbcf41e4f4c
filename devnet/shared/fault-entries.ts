/**
 * The fault switches that stand on an endpoint, whatever its chain: how often each strikes and for how long.
 * Seeded, so that a run can be repeated.
 */
import { z } from 'zod';
import { seededFraction } from './seeded.js';

/** What goes wrong with an HTTP answer. */
export const HTTP_KINDS = ['429', '500', '503', 'stall', 'cut', 'wrong-json', 'html'] as const;
export type HttpFaultKind = (typeof HTTP_KINDS)[number];

/** 429 may be written as a number. */
export const faultKind = <K extends readonly [string, ...string[]]>(kinds: K) =>
  z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.enum(kinds));

/** What every fault has. */
export const COMMON_FIELDS = {
  /** How many times; until cleared when neither this nor forMilliseconds is given. */
  count: z.number().int().positive().optional(),
  forMilliseconds: z.number().int().positive().optional(),
  /** Only requests that call one of these. */
  methods: z.array(z.string()).min(1).optional(),
  probability: z.number().gt(0).max(1).optional(),
  seed: z.string().optional(),
  /** 429: the Retry-After header, in seconds. */
  retryAfter: z.number().int().nonnegative().optional(),
};

interface CommonSpec {
  readonly kind: string;
  readonly count?: number | undefined;
  readonly forMilliseconds?: number | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly probability?: number | undefined;
  readonly seed?: string | undefined;
  readonly retryAfter?: number | undefined;
}

/**
 * What is wrong with a combination of fields, by field. `states` stand as long as they are there and strike
 * nothing in particular.
 */
export function commonMistakes(
  fault: CommonSpec,
  states: readonly string[],
): readonly { readonly path: string; readonly message: string }[] {
  const isHttp = (HTTP_KINDS as readonly string[]).includes(fault.kind);
  const mistakes: { path: string; message: string }[] = [];
  if (states.includes(fault.kind) && fault.count !== undefined)
    mistakes.push({ path: 'count', message: `${fault.kind} is a state: use forMilliseconds or DELETE` });
  if (!isHttp && fault.methods !== undefined)
    mistakes.push({ path: 'methods', message: `${fault.kind} knows no methods` });
  if (!isHttp && fault.probability !== undefined)
    mistakes.push({ path: 'probability', message: `${fault.kind} knows no probability` });
  return mistakes;
}

interface Entry<S> {
  readonly id: number;
  readonly spec: S;
  readonly until: number;
  seen: number;
  struck: number;
}

export interface HttpFault {
  readonly kind: HttpFaultKind;
  /** Seconds. */
  readonly retryAfter: number;
}

export function createFaultEntries<S extends CommonSpec>(now: () => number) {
  let entries: Entry<S>[] = [];
  let lastId = 0;
  const changeListeners: (() => void)[] = [];
  const changed = (): void => {
    for (const listener of changeListeners) listener();
  };
  const active = (): Entry<S>[] => {
    entries = entries.filter(
      (entry) => entry.until > now() && entry.struck < (entry.spec.count ?? Number.POSITIVE_INFINITY),
    );
    return entries;
  };
  const show = ({ id, spec, struck }: Entry<S>) => ({ ...spec, id, struck });
  const applies = (entry: Entry<S>, methods: readonly string[]): boolean => {
    const { methods: only, probability = 1, seed = 'faults' } = entry.spec;
    if (only !== undefined && !only.some((method) => methods.includes(method))) return false;
    entry.seen += 1;
    return probability >= 1 || seededFraction(seed, String(entry.seen)) < probability;
  };
  return {
    add(spec: S) {
      lastId += 1;
      const until =
        spec.forMilliseconds === undefined ? Number.POSITIVE_INFINITY : now() + spec.forMilliseconds;
      const entry: Entry<S> = { id: lastId, spec, until, seen: 0, struck: 0 };
      entries.push(entry);
      changed();
      return show(entry);
    },
    clear(): void {
      entries = [];
      changed();
    },
    /** With their id and how often each has struck. */
    list: () => active().map(show),
    /** What goes wrong with a request that calls these methods; null = nothing. Counts the strike. */
    strike(methods: readonly string[]): HttpFault | null {
      for (const entry of active()) {
        const kind = HTTP_KINDS.find((name) => name === entry.spec.kind);
        if (kind === undefined || !applies(entry, methods)) continue;
        entry.struck += 1;
        return { kind, retryAfter: entry.spec.retryAfter ?? 1 };
      }
      return null;
    },
    /** Whether a fault of this kind strikes now. Counts the strike. */
    strikeKind(kind: string): boolean {
      const entry = active().find(({ spec }) => spec.kind === kind);
      if (entry !== undefined) entry.struck += 1;
      return entry !== undefined;
    },
    specs: (): readonly S[] => active().map(({ spec }) => spec),
    /** Called after each addition and clearing. */
    onChange: (listener: () => void) => changeListeners.push(listener),
  };
}
