/** What a websocket client may subscribe to, and what each new block means for a subscription. */
import { z } from 'zod';
import { sameAccount } from '../chain/execute.js';
import type { BlockIndex, Commitment } from '../chain/ledger.js';
import type { ChainAccount } from '../chain/types.js';
import { accountConfigSchema, encodeAccount } from './encode-account.js';
import { confirmationOf } from './history-methods.js';
import { RPC_CODES, RpcError } from './json-rpc.js';
import { type RpcNode, withContext } from './node.js';
import { addressParam, commitmentSchema, config, param, signatureParam } from './params.js';

/** New blocks by commitment since the last look. */
export type NewBlocks = { readonly [C in Commitment]: readonly BlockIndex[] };

export interface Subscription {
  /** Name of the notification (`slotNotification`). */
  readonly notification: string;
  /** Results to send; `ends` when there will be no more. */
  look(fresh: NewBlocks): { readonly results: readonly unknown[]; readonly ends: boolean };
}

const commitmentConfig = z.object({ commitment: commitmentSchema.optional() });
const logsFilter = z.union([
  z.enum(['all', 'allWithVotes']),
  z.object({ mentions: z.array(z.string()).length(1) }),
]);

const RANK: Readonly<Record<Commitment, number>> = { processed: 0, confirmed: 1, finalized: 2 };

/** Logs of a block's transactions that name the address (or all). */
function logsOf(node: RpcNode, block: BlockIndex, mentions: string | null): unknown[] {
  const { ledger } = node.chain;
  if (block.transactionCount === 0) return [];
  const stored = ledger.readBody(block);
  return ledger.readHead(block).transactions.flatMap((transaction, index) => {
    if (mentions !== null && !transaction.accounts.includes(mentions)) return [];
    const rest = JSON.parse(`{${stored[index]?.metaRest.slice(1) ?? ''}}`) as { logMessages: string[] };
    return [
      withContext(block, {
        signature: transaction.signature,
        err: transaction.error,
        logs: rest.logMessages,
      }),
    ];
  });
}

export function createSubscription(node: RpcNode, method: string, params: readonly unknown[]): Subscription {
  const { chain } = node;
  switch (method) {
    case 'slotSubscribe':
      return {
        notification: 'slotNotification',
        look: ({ processed }) => ({
          results: processed.map(({ slot, parentSlot }) => ({
            slot,
            parent: parentSlot,
            root: node.head('finalized').slot,
          })),
          ends: false,
        }),
      };
    case 'rootSubscribe':
      return {
        notification: 'rootNotification',
        look: ({ finalized }) => ({ results: finalized.map(({ slot }) => slot), ends: false }),
      };
    case 'logsSubscribe': {
      const filter = param(logsFilter, params[0], 'filter');
      const { commitment = 'finalized' } = config(commitmentConfig, params[1]);
      const mentions = typeof filter === 'string' ? null : addressParam(filter.mentions[0], 'mentions');
      return {
        notification: 'logsNotification',
        look: (fresh) => ({
          results: fresh[commitment].flatMap((block) => logsOf(node, block, mentions)),
          ends: false,
        }),
      };
    }
    case 'signatureSubscribe': {
      const signature = signatureParam(params[0]);
      const { commitment = 'finalized' } = config(commitmentConfig, params[1]);
      return {
        notification: 'signatureNotification',
        look() {
          const landed = chain.status(signature);
          const reached = landed === null ? null : confirmationOf(node, landed.slot);
          if (landed === null || reached === null || RANK[reached] < RANK[commitment])
            return { results: [], ends: false };
          return { results: [withContext(node.head(commitment), { err: landed.error })], ends: true };
        },
      };
    }
    case 'accountSubscribe': {
      const address = addressParam(params[0]);
      const options = config(accountConfigSchema, params[1]);
      const commitment = options.commitment ?? 'finalized';
      const read = (height: number): ChainAccount | null => chain.state.accountAt(address, height);
      let last = read(node.head(commitment).height);
      return {
        notification: 'accountNotification',
        look() {
          const block = node.head(commitment);
          const account = read(block.height);
          if (sameAccount(last, account)) return { results: [], ends: false };
          last = account;
          const shown: ChainAccount = account ?? {
            lamports: 0n,
            owner: '11111111111111111111111111111111',
            data: new Uint8Array(0),
            executable: false,
          };
          const mintOf = (mint: string) => chain.state.accountAt(mint, block.height);
          return { results: [withContext(block, encodeAccount(shown, options, mintOf))], ends: false };
        },
      };
    }
    default:
      throw new RpcError(RPC_CODES.methodNotFound, 'Method not found');
  }
}
