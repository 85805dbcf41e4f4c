/**
 * A node: the chain as one endpoint shows it. A lagging node's heads are older, and it may claim that a block
 * is not there.
 */
import type { SolanaNodeChain } from '../chain/chain.js';
import type { BlockIndex, Commitment } from '../chain/ledger.js';
import { RPC_CODES, RpcError } from './json-rpc.js';
import type { ContextConfig } from './params.js';

export interface RpcNode {
  readonly chain: SolanaNodeChain;
  /** The newest block that this node has at a commitment. */
  head(commitment: Commitment): BlockIndex;
  /**
   * The head that a request with this configuration is answered at. @throws RpcError -32016 when it is older
   * than the request wants.
   */
  context(config: ContextConfig): BlockIndex;
  /** Slots that the node is behind. */
  lag(): number;
  /** The lowest slot that is still there. */
  firstAvailable(): number;
  setFirstAvailable(slot: number): void;
  /** The error code that the node gives for a slot that it claims not to have; null = it has it. */
  missing(slot: number): number | null;
}

export interface NodeFaults {
  lag(): number;
  missing(slot: number): number | null;
}

export function createNode(chain: SolanaNodeChain, faults: NodeFaults): RpcNode {
  let firstAvailable = 0;
  const head = (commitment: Commitment): BlockIndex => {
    const block = chain.ledger.head(commitment);
    const lag = faults.lag();
    if (lag === 0) return block;
    const seen = chain.ledger.blockAtOrBefore(chain.ledger.tip().slot - lag) ?? chain.ledger.atHeight(0);
    return seen.height < block.height ? seen : block;
  };
  return {
    chain,
    head,
    context(config) {
      const block = head(config.commitment ?? 'finalized');
      if (config.minContextSlot !== undefined && block.slot < config.minContextSlot) {
        throw new RpcError(RPC_CODES.minContextSlotNotReached, 'Minimum context slot has not been reached', {
          contextSlot: block.slot,
        });
      }
      return block;
    },
    lag: faults.lag,
    firstAvailable: () => firstAvailable,
    setFirstAvailable: (slot) => {
      firstAvailable = slot;
    },
    missing: faults.missing,
  };
}

/** An answer with the slot that it was given at. */
export function withContext(block: BlockIndex, value: unknown) {
  return { context: { apiVersion: NODE_VERSION, slot: block.slot }, value };
}

export const NODE_VERSION = '4.0.0';
