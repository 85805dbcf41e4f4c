/**
 * What TonClient4's API answers, read by hand as transactions are (normalise/fields.ts). @throws Error naming
 * the field
 */
import {
  asAddress,
  asHash,
  asInteger,
  asList,
  asRecord,
  asSeqno,
  asText,
  asWhole,
  optional,
  type Raw,
} from '../normalise/fields.js';
import { type ShardBlockId, shardFromSigned } from '../shards.js';
import type { TransactionId } from './endpoint.js';
import { blockIdOf } from './text.js';

export interface ShardItem extends ShardBlockId {
  readonly rootHash: string;
  readonly transactions: readonly TransactionId[];
}

export interface AccountItem {
  /** `active`, `frozen`, `uninit`; null: not said. */
  readonly type: string | null;
  /** Bags of cells in base64, of an active account. */
  readonly code: string | null;
  readonly data: string | null;
  readonly last: { readonly lt: bigint; readonly hash: string } | null;
}

export function readLatest(answer: unknown): { readonly seqno: number; readonly time: number | null } {
  const { last, now } = asRecord(answer, 'it');
  return { seqno: asSeqno(asRecord(last, 'last').seqno, 'last.seqno'), time: optional(now, 'now', asWhole) };
}

/** null: no such block. */
export function readShards(answer: unknown): readonly ShardItem[] | null {
  const { exist, block } = asRecord(answer, 'it');
  if (exist === false) return null;
  if (exist !== true) throw new Error('exist: must be true or false');
  return asList(asRecord(block, 'block').shards, 'block.shards').map((shard) => {
    const raw = asRecord(shard, 'a shard');
    return {
      ...blockIdOf(raw, asShard),
      rootHash: asHash(raw.rootHash, 'rootHash'),
      transactions: asList(raw.transactions, 'transactions').map((transaction) => {
        const { account, lt, hash } = asRecord(transaction, 'a transaction');
        return {
          account: asAddress(account, 'account'),
          lt: asInteger(lt, 'lt'),
          hash: asHash(hash, 'hash'),
        };
      }),
    };
  });
}

export function readAccount(answer: unknown): AccountItem {
  const account = asRecord(asRecord(answer, 'it').account, 'account');
  const state = asRecord(account.state, 'account.state');
  const active = state.type === 'active';
  return {
    type: optional(state.type, 'account.state.type', asText),
    code: active ? optional(state.code, 'account.state.code', asText) : null,
    data: active ? optional(state.data, 'account.state.data', asText) : null,
    last: account.last === null ? null : readLast(asRecord(account.last, 'account.last')),
  };
}

/** `result`: the stack as a bag of cells in base64. */
export function readRun(answer: unknown): {
  readonly exitCode: number;
  readonly result: string | null;
  readonly shard: ShardBlockId;
} {
  const { exitCode, resultRaw, shardBlock } = asRecord(answer, 'it');
  return {
    exitCode: asWhole(exitCode, 'exitCode'),
    result: resultRaw === null ? null : asText(resultRaw, 'resultRaw'),
    shard: blockIdOf(asRecord(shardBlock, 'shardBlock'), asShard),
  };
}

/** A bag of cells in base64. */
export function readTransactions(answer: unknown): string {
  return asText(asRecord(answer, 'it').boc, 'boc');
}

function readLast({ lt, hash }: Raw): { readonly lt: bigint; readonly hash: string } {
  return { lt: asInteger(lt, 'account.last.lt'), hash: asHash(hash, 'account.last.hash') };
}

function asShard(value: unknown, field: string): string {
  if (typeof value !== 'string' || !/^-?\d+$/.test(value))
    throw new Error(`${field}: must be the signed number of a shard`);
  return shardFromSigned(value);
}
