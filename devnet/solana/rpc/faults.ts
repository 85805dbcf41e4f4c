/** The fault switches of one endpoint: what it shall do wrong, how often and for how long. Seeded, so that a run can be repeated. */
import { z } from 'zod';
import { seededFraction } from '../../shared/seeded.js';
import { RPC_CODES } from './json-rpc.js';

/** What goes wrong with an HTTP answer. */
const HTTP_KINDS = ['429', '500', '503', 'stall', 'cut', 'wrong-json', 'html'] as const;
/** What is wrong with the node as long as the fault stands. */
const NODE_KINDS = ['lag', 'missing-block', 'silent-websocket'] as const;
const KINDS = [...HTTP_KINDS, ...NODE_KINDS, 'drop-websocket'] as const;

export type HttpFaultKind = (typeof HTTP_KINDS)[number];

export const faultSchema = z
  .strictObject({
    kind: z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.enum(KINDS)),
    /** How many times; until cleared when neither this nor forMilliseconds is given. */
    count: z.number().int().positive().optional(),
    forMilliseconds: z.number().int().positive().optional(),
    /** Only requests that call one of these. */
    methods: z.array(z.string()).min(1).optional(),
    probability: z.number().gt(0).max(1).optional(),
    seed: z.string().optional(),
    /** lag: slots behind. */
    slots: z.number().int().positive().optional(),
    /** missing-block: the slot that is claimed not to be there. */
    slot: z.number().int().nonnegative().optional(),
    /** missing-block: the claim's error code. */
    code: z
      .union([
        z.literal(RPC_CODES.blockCleanedUp),
        z.literal(RPC_CODES.blockNotAvailable),
        z.literal(RPC_CODES.slotSkipped),
        z.literal(RPC_CODES.longTermStorageSlotSkipped),
        z.literal(RPC_CODES.blockStatusNotAvailableYet),
      ])
      .optional(),
    /** 429: the Retry-After header, in seconds. */
    retryAfter: z.number().int().nonnegative().optional(),
  })
  .superRefine((fault, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (fault.kind === 'lag' && fault.slots === undefined) wrong('slots', 'a lag needs the slots that the node is behind');
    if (fault.kind === 'missing-block' && fault.slot === undefined) wrong('slot', 'a missing block needs its slot');
    const isState = (NODE_KINDS as readonly string[]).includes(fault.kind);
    if (isState && fault.count !== undefined) wrong('count', `${fault.kind} is a state: use forMilliseconds or DELETE`);
    const isHttp = (HTTP_KINDS as readonly string[]).includes(fault.kind);
    if (!isHttp && fault.methods !== undefined) wrong('methods', `${fault.kind} knows no methods`);
    if (!isHttp && fault.probability !== undefined) wrong('probability', `${fault.kind} knows no probability`);
  });

export type FaultSpec = z.infer<typeof faultSchema>;

export interface ActiveFault extends FaultSpec {
  readonly id: number;
  /** How often it has struck. */
  readonly struck: number;
}

interface Entry {
  readonly id: number;
  readonly spec: FaultSpec;
  readonly until: number;
  seen: number;
  struck: number;
}

export function createFaults(now: () => number = Date.now) {
  let entries: Entry[] = [];
  let lastId = 0;
  const changeListeners: (() => void)[] = [];

  const active = (): Entry[] => {
    entries = entries.filter((entry) => entry.until > now() && entry.struck < (entry.spec.count ?? Number.POSITIVE_INFINITY));
    return entries;
  };
  const show = ({ id, spec, struck }: Entry): ActiveFault => ({ id, ...spec, struck });
  const applies = (entry: Entry, methods: readonly string[]): boolean => {
    const { methods: only, probability = 1, seed = 'faults' } = entry.spec;
    if (only !== undefined && !only.some((method) => methods.includes(method))) return false;
    entry.seen += 1;
    return probability >= 1 || seededFraction(seed, String(entry.seen)) < probability;
  };

  return {
    add(spec: FaultSpec): ActiveFault {
      lastId += 1;
      const until = spec.forMilliseconds === undefined ? Number.POSITIVE_INFINITY : now() + spec.forMilliseconds;
      const entry: Entry = { id: lastId, spec, until, seen: 0, struck: 0 };
      entries.push(entry);
      for (const listener of changeListeners) listener();
      return show(entry);
    },
    clear(): void {
      entries = [];
      for (const listener of changeListeners) listener();
    },
    list: (): ActiveFault[] => active().map(show),
    /** What goes wrong with a request that calls these methods; null = nothing. Counts the strike. */
    strike(methods: readonly string[]): { readonly kind: HttpFaultKind; readonly retryAfter: number } | null {
      for (const entry of active()) {
        const kind = HTTP_KINDS.find((name) => name === entry.spec.kind);
        if (kind === undefined || !applies(entry, methods)) continue;
        entry.struck += 1;
        return { kind, retryAfter: entry.spec.retryAfter ?? 1 };
      }
      return null;
    },
    /** Whether a websocket connection shall be cut now. Counts the strike. */
    strikeWebsocket(): boolean {
      const entry = active().find(({ spec }) => spec.kind === 'drop-websocket');
      if (entry !== undefined) entry.struck += 1;
      return entry !== undefined;
    },
    isSilent: () => active().some(({ spec }) => spec.kind === 'silent-websocket'),
    lag: () => active().reduce((most, { spec }) => (spec.kind === 'lag' ? Math.max(most, spec.slots ?? 0) : most), 0),
    missing(slot: number): number | null {
      const entry = active().find(({ spec }) => spec.kind === 'missing-block' && spec.slot === slot);
      return entry === undefined ? null : (entry.spec.code ?? RPC_CODES.slotSkipped);
    },
    /** Called after each addition and clearing. */
    onChange: (listener: () => void) => changeListeners.push(listener),
  };
}

export type Faults = ReturnType<typeof createFaults>;
