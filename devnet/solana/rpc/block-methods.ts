/** getBlock and its relatives. */
import { z } from 'zod';
import type { BlockHead, BlockIndex } from '../chain/ledger.js';
import type { StoredTransaction } from '../chain/stored-transaction.js';
import { accountsText, encodingSchema, transactionText } from './encode-transaction.js';
import { invalidParams, JsonText, RPC_CODES, RpcError, type RpcMethods } from './json-rpc.js';
import type { RpcNode } from './node.js';
import { commitmentSchema, config, contextSchema, param, slotSchema } from './params.js';

const MOST_SLOTS = 500_000;
const CACHED_CHARACTERS = 24_000_000;

const blockSchema = z.object({
  commitment: commitmentSchema.optional(),
  encoding: encodingSchema.optional(),
  transactionDetails: z.enum(['full', 'accounts', 'signatures', 'none']).optional(),
  rewards: z.boolean().optional(),
  maxSupportedTransactionVersion: z.number().int().min(0).max(255).optional(),
});

type BlockConfig = z.infer<typeof blockSchema>;

/** The node's error for a slot that holds no block. */
function slotError(code: number, slot: number, firstAvailable: number): RpcError {
  const text: Record<number, string> = {
    [RPC_CODES.blockCleanedUp]: `Block ${slot} cleaned up, does not exist on node. First available block: ${firstAvailable}`,
    [RPC_CODES.blockNotAvailable]: `Block not available for slot ${slot}`,
    [RPC_CODES.slotSkipped]: `Slot ${slot} was skipped, or missing due to ledger jump to recent snapshot`,
    [RPC_CODES.longTermStorageSlotSkipped]: `Slot ${slot} was skipped, or missing in long-term storage`,
    [RPC_CODES.blockStatusNotAvailableYet]: `Block status not yet available for slot ${slot}`,
  };
  return new RpcError(code, text[code] ?? `Block ${slot} is missing`);
}

/**
 * The block of a slot as the node sees it at a commitment. @throws RpcError -32001, -32004, -32007 or what a
 * missing-block fault names.
 */
export function findBlock(node: RpcNode, slot: number, commitment: 'confirmed' | 'finalized'): BlockIndex {
  const fail = (code: number) => slotError(code, slot, node.firstAvailable());
  if (slot < node.firstAvailable()) throw fail(RPC_CODES.blockCleanedUp);
  const claimed = node.missing(slot);
  if (claimed !== null) throw fail(claimed);
  if (slot > node.head(commitment).slot) throw fail(RPC_CODES.blockNotAvailable);
  const block = node.chain.ledger.block(slot);
  if (block === null) throw fail(RPC_CODES.slotSkipped);
  return block;
}

/** getBlock never answers at `processed`. */
export function historicalCommitment(
  commitment: 'processed' | 'confirmed' | 'finalized' | undefined,
): 'confirmed' | 'finalized' {
  if (commitment === 'processed') throw invalidParams('Method does not support commitment below `confirmed`');
  return commitment ?? 'finalized';
}

function blockText(head: BlockHead, stored: readonly StoredTransaction[], options: BlockConfig): string {
  const {
    transactionDetails = 'full',
    rewards = true,
    encoding = 'json',
    maxSupportedTransactionVersion,
  } = options;
  const parts = [
    `"blockHeight":${head.height}`,
    `"blockTime":${head.time}`,
    `"blockhash":"${head.hash}"`,
    `"parentSlot":${head.parentSlot}`,
    `"previousBlockhash":"${head.previousHash}"`,
  ];
  if (rewards) parts.push(`"rewards":${JSON.stringify(head.rewards)}`);
  if (transactionDetails === 'signatures')
    parts.push(`"signatures":${JSON.stringify(head.transactions.map((t) => t.signature))}`);
  else if (transactionDetails !== 'none') {
    const encode = transactionDetails === 'accounts' ? accountsText : transactionText;
    const texts = stored.map((transaction, index) =>
      encode(transaction, {
        encoding,
        maxVersion: maxSupportedTransactionVersion,
        accounts: head.transactions[index]?.accounts ?? [],
      }),
    );
    parts.push(`"transactions":[${texts.join(',')}]`);
  }
  return `{${parts.join(',')}}`;
}

export function blockMethods(node: RpcNode): RpcMethods {
  const { ledger } = node.chain;
  /** Ready answers by block hash and configuration: listeners ask for the same new block in the same way. */
  const answers = new Map<string, string>();
  let cachedCharacters = 0;
  const remember = (key: string, text: string): void => {
    answers.set(key, text);
    cachedCharacters += text.length;
    for (const [oldest, old] of answers) {
      if (cachedCharacters <= CACHED_CHARACTERS) break;
      answers.delete(oldest);
      cachedCharacters -= old.length;
    }
  };

  const slotsBetween = (first: number, last: number, most: number): number[] => {
    const slots: number[] = [];
    const start = ledger.blockAtOrBefore(first);
    for (let height = start?.height ?? 0; height <= ledger.tip().height && slots.length < most; height++) {
      const { slot } = ledger.atHeight(height);
      if (slot > last) break;
      if (slot >= first && slot >= node.firstAvailable() && node.missing(slot) === null) slots.push(slot);
    }
    return slots;
  };
  const rangeHead = (options: unknown): BlockIndex => {
    const parsed = config(contextSchema, options);
    return node.context({ ...parsed, commitment: historicalCommitment(parsed.commitment) });
  };

  return {
    getBlock([slotParam, options]) {
      const slot = param(slotSchema, slotParam, 'slot');
      const parsed = config(blockSchema, typeof options === 'string' ? { encoding: options } : options);
      const { commitment, ...shape } = parsed;
      const block = findBlock(node, slot, historicalCommitment(commitment));
      const key = `${block.hash}:${JSON.stringify(shape)}`;
      const known = answers.get(key);
      if (known !== undefined) return new JsonText(known);
      const needsBody =
        (shape.transactionDetails ?? 'full') === 'full' || shape.transactionDetails === 'accounts';
      const text = blockText(ledger.readHead(block), needsBody ? ledger.readBody(block) : [], shape);
      remember(key, text);
      return new JsonText(text);
    },
    getBlocks([first, second, third]) {
      const start = param(slotSchema, first, 'startSlot');
      const hasEnd = typeof second === 'number';
      const head = rangeHead(hasEnd ? third : (third ?? second));
      const end = Math.min(hasEnd ? param(slotSchema, second, 'endSlot') : head.slot, head.slot);
      if (end - start > MOST_SLOTS) throw invalidParams(`Slot range too large; max ${MOST_SLOTS}`);
      return slotsBetween(start, end, MOST_SLOTS);
    },
    getBlocksWithLimit([first, most, options]) {
      const start = param(slotSchema, first, 'startSlot');
      const limit = param(slotSchema, most, 'limit');
      if (limit > MOST_SLOTS) throw invalidParams(`Limit too large; max ${MOST_SLOTS}`);
      return slotsBetween(start, rangeHead(options).slot, limit);
    },
    getBlockTime: ([slot]) => findBlock(node, param(slotSchema, slot, 'slot'), 'confirmed').time,
  };
}
