/**
 * The fault switches of one TON endpoint: those of every devnet endpoint, and what a TON node may be wrong
 * about.
 */
import { z } from 'zod';
import {
  COMMON_FIELDS,
  commonMistakes,
  createFaultEntries,
  faultKind,
  HTTP_KINDS,
} from '../../shared/fault-entries.js';
import type { BlockId, MasterBlock } from '../chain/types.js';

const NODE_KINDS = ['lag', 'missing-block', 'missing-shard-block'] as const;

export const faultSchema = z
  .strictObject({
    ...COMMON_FIELDS,
    kind: faultKind([...HTTP_KINDS, ...NODE_KINDS]),
    /** lag: masterchain blocks behind. */
    blocks: z.number().int().positive().optional(),
    /**
     * missing-block: the masterchain seqno that is "not in db". missing-shard-block: the masterchain block
     * whose intermediate shard blocks are left out.
     */
    block: z.number().int().positive().optional(),
    /** missing-shard-block: instead of `block`, one shard block by its shard (16 hex digits) and seqno. */
    shard: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .optional(),
    seqno: z.number().int().positive().optional(),
  })
  .superRefine((fault, context) => {
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (fault.kind === 'lag' && fault.blocks === undefined)
      wrong('blocks', 'a lag needs the blocks that the node is behind');
    if (fault.kind === 'missing-block' && fault.block === undefined)
      wrong('block', 'a missing block needs its seqno');
    if (
      fault.kind === 'missing-shard-block' &&
      fault.block === undefined &&
      (fault.shard === undefined || fault.seqno === undefined)
    )
      wrong('block', 'a missing shard block needs the masterchain block, or its own shard and seqno');
    for (const { path, message } of commonMistakes(fault, NODE_KINDS)) wrong(path, message);
  });

export type FaultSpec = z.infer<typeof faultSchema>;

export function createFaults(now: () => number = Date.now) {
  const { specs, strikeKind: _unused, ...entries } = createFaultEntries<FaultSpec>(now);
  return {
    ...entries,
    lag: () =>
      specs().reduce((most, { kind, blocks }) => (kind === 'lag' ? Math.max(most, blocks ?? 0) : most), 0),
    isMissing: (seqno: number) =>
      specs().some(({ kind, block }) => kind === 'missing-block' && block === seqno),
    /** Whether the endpoint leaves this shard block out of its answers. */
    isHidden(id: BlockId, committedBy: MasterBlock): boolean {
      const isTop = committedBy.tops.some((top) => top.shard === id.shard && top.seqno === id.seqno);
      return specs().some(
        ({ kind, block, shard, seqno }) =>
          kind === 'missing-shard-block' &&
          ((shard === id.shard && seqno === id.seqno) || (block === committedBy.seqno && !isTop)),
      );
    },
  };
}

export type Faults = ReturnType<typeof createFaults>;
