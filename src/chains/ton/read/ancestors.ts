/**
 * What caused a transaction: its parent is the transaction whose out-message it answers, up to the trace's
 * root.
 */
import { NdxError } from '../../../runtime/errors.js';
import { NewestMap } from '../../../runtime/newest-map.js';
import { RpcError } from '../../http/errors.js';
import type { RawTransaction, TonEndpoint } from '../endpoints/endpoint.js';
import type { TonPool } from '../pool.js';
import type { TonMessage, TonTransaction } from '../transaction.js';
import type { TonBlocks } from './blocks.js';

export interface Ancestors {
  /**
   * Parent first, root last; empty for a root.
   * @throws RpcError BLOCK_UNAVAILABLE when no endpoint has a parent that must exist
   * @throws NdxError BLOCK_UNAVAILABLE when there are more than 512 ancestors
   */
  of(transaction: TonTransaction, signal: AbortSignal): Promise<readonly TonTransaction[]>;
}

const KEPT = 2_048;
/** Longer than any trace in use: one that goes on beyond this is refused. */
const DEEPEST = 512;
const PAGES = 64;

/** Keeps the newest 2,048 transactions that it found. */
export function createAncestors({
  pool,
  blocks,
}: {
  readonly pool: TonPool;
  readonly blocks: TonBlocks;
}): Ancestors {
  const known = new NewestMap<string, TonTransaction>(KEPT);

  async function parentOf(
    child: TonTransaction,
    message: TonMessage,
    sender: string,
    signal: AbortSignal,
  ): Promise<TonTransaction> {
    const { createdLt } = message;
    if (createdLt === null)
      throw new NdxError('INTERNAL', `TON: an internal message of ${child.hash} without a logical time`);
    const key = keyOf(sender, createdLt);
    const parent =
      (await inRecentBlocks(sender, createdLt, signal)) ??
      (await fromHistory(child, sender, createdLt, signal));
    known.set(key, parent);
    return parent;
  }

  async function inRecentBlocks(
    sender: string,
    createdLt: bigint,
    signal: AbortSignal,
  ): Promise<TonTransaction | null> {
    // An account's logical times grow from block to block.
    for (const block of blocks.recent()) {
      const id = block.lastBefore(sender, createdLt);
      if (id === null) continue;
      const found = await block.transaction(id.hash, signal);
      return found && sent(found, createdLt) ? found : null;
    }
    return null;
  }

  async function fromHistory(
    child: TonTransaction,
    sender: string,
    createdLt: bigint,
    signal: AbortSignal,
  ): Promise<TonTransaction> {
    const { value } = await pool.ask(
      'parent',
      async (endpoint) => {
        const raw = await lastBefore(endpoint, sender, createdLt, child.block, signal);
        const parent = raw?.read({ block: raw.block ?? child.block, transactionIndex: 0 });
        if (parent && sent(parent, createdLt)) return parent;
        throw new RpcError(
          'BLOCK_UNAVAILABLE',
          'skipped-or-missing',
          endpoint.name,
          `the transaction of ${sender} that caused ${child.hash} (block ${child.block}) is not there`,
          { retryable: true },
        );
      },
      { signal, block: child.block, prefer: pool.preferring('toncenter-v3', 'v4', 'toncenter-v2') },
    );
    return value;
  }

  return {
    async of(transaction, signal) {
      const ancestors: TonTransaction[] = [];
      let child = transaction;
      while (child.inMessage?.kind === 'internal' && child.inMessage.source !== null) {
        if (ancestors.length >= DEEPEST)
          throw new NdxError(
            'BLOCK_UNAVAILABLE',
            `TON: transaction ${transaction.hash} has more than ${DEEPEST} ancestors`,
          );
        const { source, createdLt } = child.inMessage;
        child =
          known.get(keyOf(source, createdLt)) ?? (await parentOf(child, child.inMessage, source, signal));
        ancestors.push(child);
      }
      return ancestors;
    },
  };
}

function keyOf(sender: string, createdLt: bigint | null): string {
  return `${sender}/${createdLt}`;
}

function sent(transaction: TonTransaction, createdLt: bigint): boolean {
  return transaction.outMessages.some((message) => message.createdLt === createdLt);
}

/** An account's newest transaction older than a logical time, by walking back from its state at the block. */
async function lastBefore(
  endpoint: TonEndpoint,
  account: string,
  lt: bigint,
  seqno: number,
  signal: AbortSignal,
): Promise<RawTransaction | null> {
  // The index finds the place by the logical time alone.
  let from =
    endpoint.kind === 'toncenter-v3'
      ? { lt: lt - 1n, hash: '' }
      : (await endpoint.account(account, seqno, { signal })).last;
  for (let page = 0; from !== null && page < PAGES; page += 1) {
    const items = await endpoint.transactions(account, from, { signal });
    const found = items.find((item) => item.lt < lt);
    if (found) return found;
    const last = items.at(-1);
    if (!last || last.lt === from.lt) return null;
    from = last;
  }
  return null;
}
