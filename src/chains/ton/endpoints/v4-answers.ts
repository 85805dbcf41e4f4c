/**
 * What TonClient4's API answers, read by hand as transactions are. Each is for `readAtDoor`. @throws
 * WrongField
 */
import {
  asCount,
  asFlag,
  asInteger,
  asList,
  asObject,
  asOptional,
  asText,
  asWhole,
  type Raw,
  wrongType,
} from '../../../runtime/untrusted.js';
import { asAddress, asBlockTime, asHash } from '../normalise/fields.js';
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

/** The newest masterchain block. `time` is Unix seconds; null: the endpoint does not say. */
export function readLatest(
  answer: unknown,
  holder: object,
  key: PropertyKey,
): { readonly seqno: number; readonly time: number | null } {
  const whole = asObject(answer, holder, key);
  const last = asObject(whole.last, whole, 'last');
  return {
    seqno: asCount(last.seqno, last, 'seqno'),
    time: asOptional(whole.now, whole, 'now', asBlockTime),
  };
}

/** null: no such block. */
export function readShards(answer: unknown, holder: object, key: PropertyKey): readonly ShardItem[] | null {
  const whole = asObject(answer, holder, key);
  if (!asFlag(whole.exist, whole, 'exist')) return null;
  const block = asObject(whole.block, whole, 'block');
  return asList(block.shards, block, 'shards').map((shard, at, list) => readShard(asObject(shard, list, at)));
}

function readShard(raw: Raw): ShardItem {
  return {
    ...blockIdOf(raw, asShard),
    rootHash: asHash(raw.rootHash, raw, 'rootHash'),
    transactions: asList(raw.transactions, raw, 'transactions').map((transaction, at, list) => {
      const id = asObject(transaction, list, at);
      return {
        account: asAddress(id.account, id, 'account'),
        lt: asInteger(id.lt, id, 'lt'),
        hash: asHash(id.hash, id, 'hash'),
      };
    }),
  };
}

/** Code and data are null where the account is not active. */
export function readAccount(answer: unknown, holder: object, key: PropertyKey): AccountItem {
  const whole = asObject(answer, holder, key);
  const account = asObject(whole.account, whole, 'account');
  const state = asObject(account.state, account, 'state');
  const active = state.type === 'active';
  return {
    type: asOptional(state.type, state, 'type', asText),
    code: active ? asOptional(state.code, state, 'code', asText) : null,
    data: active ? asOptional(state.data, state, 'data', asText) : null,
    last: account.last === null ? null : readLast(asObject(account.last, account, 'last')),
  };
}

/** `result`: the stack as a bag of cells in base64. */
export function readRun(
  answer: unknown,
  holder: object,
  key: PropertyKey,
): {
  readonly exitCode: number;
  readonly result: string | null;
  readonly shard: ShardBlockId;
} {
  const whole = asObject(answer, holder, key);
  return {
    exitCode: asWhole(whole.exitCode, whole, 'exitCode'),
    result: whole.resultRaw === null ? null : asText(whole.resultRaw, whole, 'resultRaw'),
    shard: blockIdOf(asObject(whole.shardBlock, whole, 'shardBlock'), asShard),
  };
}

/** A bag of cells in base64. */
export function readTransactions(answer: unknown, holder: object, key: PropertyKey): string {
  const whole = asObject(answer, holder, key);
  return asText(whole.boc, whole, 'boc');
}

function readLast(last: Raw): { readonly lt: bigint; readonly hash: string } {
  return { lt: asInteger(last.lt, last, 'lt'), hash: asHash(last.hash, last, 'hash') };
}

function asShard(value: unknown, holder: object, key: PropertyKey): string {
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value))
    throw wrongType(value, holder, key, 'the signed number of a shard');
  return shardFromSigned(value);
}
