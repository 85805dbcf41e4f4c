/**
 * A node: the chain as one endpoint shows it. A lagging node's head is older, and faults take blocks out of
 * its sight.
 */
import { Address } from '@ton/core';
import type { TonChain } from '../chain/chain.js';
import type { Located } from '../chain/ledger.js';
import type { MasterBlock, ShardBlock } from '../chain/types.js';

/** An answer that is an error; each API dresses it in its own way. */
export class HttpProblem extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'HttpProblem';
  }
}

export interface NodeFaults {
  lag(): number;
  isMissing(seqno: number): boolean;
  isHidden(id: ShardBlock, committedBy: MasterBlock): boolean;
}

export interface TonNode {
  readonly chain: TonChain;
  lag(): number;
  head(): MasterBlock;
  /**
   * null: younger than the node's head, or never made. @throws HttpProblem when the node claims not to have
   * it
   */
  block(seqno: number): MasterBlock | null;
  /** The shard blocks that the node shows of a block. */
  shardBlocks(block: MasterBlock): readonly ShardBlock[];
  /** null: unknown to the node. */
  shardBlock(
    shard: string,
    seqno: number,
  ): { readonly block: MasterBlock; readonly shardBlock: ShardBlock } | null;
  /** Whether the node shows a transaction that the chain found; null stays null. */
  visible(located: Located | null): Located | null;
}

export function createNode(chain: TonChain, faults: NodeFaults): TonNode {
  const { ledger } = chain;
  const headSeqno = (): number => Math.max(1, ledger.lastSeqno() - faults.lag());
  const node: TonNode = {
    chain,
    lag: faults.lag,
    head: () => ledger.block(headSeqno()) ?? chain.head(),
    block(seqno) {
      if (seqno > headSeqno()) return null;
      if (faults.isMissing(seqno))
        throw new HttpProblem(500, `LITE_SERVER_UNKNOWN: block (-1,8000000000000000,${seqno}) is not in db`);
      return ledger.block(seqno);
    },
    shardBlocks: (block) => block.shardBlocks.filter((shardBlock) => !faults.isHidden(shardBlock, block)),
    shardBlock(shard, seqno) {
      const found = ledger.committing(shard, seqno);
      return found && found.block.seqno <= headSeqno() && !faults.isHidden(found.shardBlock, found.block)
        ? found
        : null;
    },
    visible: (located) =>
      located && located.block.seqno <= headSeqno() && !faults.isHidden(located.shardBlock, located.block)
        ? located
        : null,
  };
  return node;
}

/** Any spelling of an address → raw. @throws HttpProblem 422 */
export function parseAddress(text: string): string {
  try {
    return Address.parse(text).toRawString().toLowerCase();
  } catch (error) {
    throw new HttpProblem(
      422,
      `'${text}' is no address: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Hash in hex, base64 or base64url → lower-case hex. @throws HttpProblem 422 */
export function parseHash(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 32 || !/^[A-Za-z0-9+/_-]{43}=?$/.test(text))
    throw new HttpProblem(422, `'${text}' is no hash`);
  return bytes.toString('hex');
}

/** @throws HttpProblem 422 */
export function parseNumber(name: string, text: unknown): number {
  const value =
    typeof text === 'number'
      ? text
      : typeof text === 'string' && /^-?\d+$/.test(text)
        ? Number(text)
        : Number.NaN;
  if (!Number.isSafeInteger(value))
    throw new HttpProblem(422, `${name} must be a whole number, not '${String(text)}'`);
  return value;
}

export const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
