/** Methods that look transactions up: by signature and by address. */
import { z } from 'zod';
import { BLOCKHASH_AGE } from '../chain/chain.js';
import type { BlockIndex } from '../chain/ledger.js';
import { findBlock, historicalCommitment } from './block-methods.js';
import { encodingSchema, transactionFields } from './encode-transaction.js';
import { invalidParams, JsonText, type RpcMethods } from './json-rpc.js';
import { type RpcNode, withContext } from './node.js';
import { addressParam, commitmentSchema, config, contextSchema, param, signatureParam } from './params.js';

const MOST_SIGNATURES = 1_000;
const MOST_STATUSES = 256;

const transactionSchema = z.object({
  commitment: commitmentSchema.optional(),
  encoding: encodingSchema.optional(),
  maxSupportedTransactionVersion: z.number().int().min(0).max(255).optional(),
});
const signaturesSchema = contextSchema.extend({
  before: z.string().nullish(),
  until: z.string().nullish(),
  limit: z.number().int().nullish(),
});
const statusesSchema = z.object({ searchTransactionHistory: z.boolean().optional() });

export type ConfirmationStatus = 'processed' | 'confirmed' | 'finalized';

/** How settled a block is as the node sees it; null when the node has not got there. */
export function confirmationOf(node: RpcNode, slot: number): ConfirmationStatus | null {
  if (slot <= node.head('finalized').slot) return 'finalized';
  if (slot <= node.head('confirmed').slot) return 'confirmed';
  return slot <= node.head('processed').slot ? 'processed' : null;
}

export function historyMethods(node: RpcNode): RpcMethods {
  const { ledger } = node.chain;
  const blockOf = (slot: number): BlockIndex => {
    const block = ledger.block(slot);
    if (block === null) throw new Error(`the index names slot ${slot}, which holds no block`);
    return block;
  };

  return {
    getTransaction([signature, options]) {
      const parsed = config(transactionSchema, typeof options === 'string' ? { encoding: options } : options);
      const commitment = historicalCommitment(parsed.commitment);
      const landed = ledger.landed(signatureParam(signature));
      if (landed === null || landed.slot > node.head(commitment).slot || landed.slot < node.firstAvailable())
        return null;
      const block = findBlock(node, landed.slot, commitment);
      const stored = ledger.readBody(block)[landed.transactionIndex];
      const head = ledger.readHead(block).transactions[landed.transactionIndex];
      if (stored === undefined || head === undefined)
        throw new Error(`block ${landed.slot} lacks transaction ${landed.transactionIndex}`);
      const fields = transactionFields(stored, {
        encoding: parsed.encoding ?? 'json',
        maxVersion: parsed.maxSupportedTransactionVersion,
        accounts: head.accounts,
      });
      return new JsonText(
        `{"slot":${block.slot},${fields},"blockTime":${block.time},"transactionIndex":${landed.transactionIndex}}`,
      );
    },

    getSignaturesForAddress([address, options]) {
      const parsed = config(signaturesSchema, options);
      const commitment = historicalCommitment(parsed.commitment);
      const head = node.context({ ...parsed, commitment });
      const limit = parsed.limit ?? MOST_SIGNATURES;
      if (limit < 1 || limit > MOST_SIGNATURES) throw invalidParams(`Invalid limit; max ${MOST_SIGNATURES}`);
      const places = ledger.placesOf(addressParam(address));
      let below = Number.POSITIVE_INFINITY;
      if (parsed.before) {
        const before = ledger.placeOf(signatureParam(parsed.before, 'before'));
        if (before === null) return [];
        below = before;
      }
      // An unknown `until` stops nothing: the newest page comes whole, as from a real node.
      const above = parsed.until ? (ledger.placeOf(signatureParam(parsed.until, 'until')) ?? -1) : -1;
      const found: object[] = [];
      for (let at = places.length - 1; at >= 0 && found.length < limit; at--) {
        const place = places[at] ?? -1;
        const { slot, transactionIndex } = ledger.unpack(place);
        if (place >= below || slot > head.slot) continue;
        if (place <= above || slot < node.firstAvailable()) break;
        const block = blockOf(slot);
        const transaction = ledger.readHead(block).transactions[transactionIndex];
        if (transaction === undefined) throw new Error(`block ${slot} lacks transaction ${transactionIndex}`);
        const { signature, error: err, memo } = transaction;
        found.push({
          signature,
          slot,
          err,
          memo,
          blockTime: block.time,
          confirmationStatus: confirmationOf(node, slot),
          transactionIndex,
        });
      }
      return found;
    },

    getSignatureStatuses([signatures, options]) {
      const { searchTransactionHistory = false } = config(statusesSchema, options);
      const list = param(z.array(z.string()), signatures, 'signatures');
      if (list.length > MOST_STATUSES) throw invalidParams(`Too many inputs provided; max ${MOST_STATUSES}`);
      const head = node.head('processed');
      const values = list.map((signature) => {
        const landed = ledger.landed(signatureParam(signature));
        const confirmationStatus = landed === null ? null : confirmationOf(node, landed.slot);
        if (landed === null || confirmationStatus === null) return null;
        const depth = head.height - blockOf(landed.slot).height;
        if (depth > BLOCKHASH_AGE && !searchTransactionHistory) return null;
        return {
          slot: landed.slot,
          confirmations: confirmationStatus === 'finalized' ? null : depth,
          err: landed.error,
          status: landed.error === null ? { Ok: null } : { Err: landed.error },
          confirmationStatus,
        };
      });
      return withContext(head, values);
    },
  };
}
