/** The fault switches of one endpoint: what it shall do wrong, how often and for how long. */
import { z } from 'zod';
import {
  COMMON_FIELDS,
  commonMistakes,
  createFaultEntries,
  faultKind,
  HTTP_KINDS,
} from '../../shared/fault-entries.js';
import { RPC_CODES } from './json-rpc.js';

/** What is wrong with the node as long as the fault stands. */
const NODE_KINDS = ['lag', 'missing-block', 'silent-websocket'] as const;
const KINDS = [...HTTP_KINDS, ...NODE_KINDS, 'drop-websocket'] as const;

export const faultSchema = z
  .strictObject({
    ...COMMON_FIELDS,
    kind: faultKind(KINDS),
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
  })
  .superRefine((fault, context) => {
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (fault.kind === 'lag' && fault.slots === undefined)
      wrong('slots', 'a lag needs the slots that the node is behind');
    if (fault.kind === 'missing-block' && fault.slot === undefined)
      wrong('slot', 'a missing block needs its slot');
    for (const { path, message } of commonMistakes(fault, NODE_KINDS)) wrong(path, message);
  });

export type FaultSpec = z.infer<typeof faultSchema>;

export function createFaults(now: () => number = Date.now) {
  const { strikeKind, specs, ...entries } = createFaultEntries<FaultSpec>(now);
  return {
    ...entries,
    /** Whether a websocket connection shall be cut now. Counts the strike. */
    strikeWebsocket: () => strikeKind('drop-websocket'),
    isSilent: () => specs().some(({ kind }) => kind === 'silent-websocket'),
    lag: () =>
      specs().reduce((most, { kind, slots }) => (kind === 'lag' ? Math.max(most, slots ?? 0) : most), 0),
    missing(slot: number): number | null {
      const spec = specs().find((candidate) => candidate.kind === 'missing-block' && candidate.slot === slot);
      return spec === undefined ? null : (spec.code ?? RPC_CODES.slotSkipped);
    },
  };
}

export type Faults = ReturnType<typeof createFaults>;
