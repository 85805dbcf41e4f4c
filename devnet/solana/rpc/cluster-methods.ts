/** Methods about the cluster and its clock: health, version, slots, blockhashes, epochs. */
import { z } from 'zod';
import { BLOCKHASH_AGE } from '../chain/chain.js';
import type { BlockIndex } from '../chain/ledger.js';
import { RPC_CODES, RpcError, type RpcMethods } from './json-rpc.js';
import { NODE_VERSION, type RpcNode, withContext } from './node.js';
import { addressParam, config, contextSchema, param } from './params.js';

const SLOTS_PER_EPOCH = 432_000;
const FEATURE_SET = 3_640_012_085;

/** @throws RpcError -32005 when the node lags. */
export function checkHealth(node: RpcNode): void {
  const behind = node.lag();
  if (behind > 0) {
    throw new RpcError(RPC_CODES.nodeUnhealthy, `Node is behind by ${behind} slots`, {
      numSlotsBehind: behind,
    });
  }
}

export function clusterMethods(node: RpcNode): RpcMethods {
  const { chain } = node;
  const transactionsUpTo = (block: BlockIndex): number => {
    let count = chain.ledger.transactionCount();
    for (let height = chain.ledger.tip().height; height > block.height; height--)
      count -= chain.ledger.atHeight(height).transactionCount;
    return count;
  };
  return {
    getHealth() {
      checkHealth(node);
      return 'ok';
    },
    getVersion: () => ({ 'solana-core': NODE_VERSION, 'feature-set': FEATURE_SET }),
    getGenesisHash: () => chain.genesisHash,
    getIdentity: () => ({ identity: chain.identity }),
    getSlot: ([options]) => node.context(config(contextSchema, options)).slot,
    getBlockHeight: ([options]) => node.context(config(contextSchema, options)).height,
    getTransactionCount: ([options]) => transactionsUpTo(node.context(config(contextSchema, options))),
    getFirstAvailableBlock: () => node.firstAvailable(),
    minimumLedgerSlot: () => node.firstAvailable(),
    getLatestBlockhash([options]) {
      const block = node.context(config(contextSchema, options));
      return withContext(block, {
        blockhash: block.hash,
        lastValidBlockHeight: block.height + BLOCKHASH_AGE,
      });
    },
    isBlockhashValid([hash, options]) {
      const block = node.context(config(contextSchema, options));
      return withContext(
        block,
        chain.ledger.hasRecentHash(addressParam(hash, 'blockhash'), block.height, BLOCKHASH_AGE),
      );
    },
    getEpochInfo([options]) {
      const block = node.context(config(contextSchema, options));
      return {
        absoluteSlot: block.slot,
        blockHeight: block.height,
        epoch: Math.floor(block.slot / SLOTS_PER_EPOCH),
        slotIndex: block.slot % SLOTS_PER_EPOCH,
        slotsInEpoch: SLOTS_PER_EPOCH,
        transactionCount: transactionsUpTo(block),
      };
    },
    getEpochSchedule: () => ({
      slotsPerEpoch: SLOTS_PER_EPOCH,
      leaderScheduleSlotOffset: SLOTS_PER_EPOCH,
      warmup: false,
      firstNormalEpoch: 0,
      firstNormalSlot: 0,
    }),
    getMinimumBalanceForRentExemption: ([length]) =>
      Number(chain.vm.minimumBalance(param(z.number().int().nonnegative(), length, 'dataLength'))),
  };
}
