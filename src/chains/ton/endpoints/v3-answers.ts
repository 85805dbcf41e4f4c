/**
 * What toncenter v3 answers beside transactions, read by hand as those are (normalise/fields.ts). @throws
 * Error naming the field
 */
import {
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
import type { ShardBlockId } from '../shards.js';
import { blockIdOf } from './text.js';

export interface BlockItem extends ShardBlockId {
  readonly rootHash: string;
  readonly parents: readonly ShardBlockId[] | null;
  readonly transactionCount: number | null;
}

export interface StateItem {
  readonly status: string;
  readonly codeHash: string | null;
  /** A bag of cells in base64. */
  readonly data: string | null;
  readonly last: { readonly lt: bigint; readonly hash: string } | null;
}

export function readInfo(answer: unknown) {
  const { last, first } = asRecord(answer, 'it');
  const newest = asRecord(last, 'last');
  return {
    last: {
      seqno: asSeqno(newest.seqno, 'last.seqno'),
      time: optional(newest.gen_utime, 'last.gen_utime', asTime),
    },
    first: optional(optional(first, 'first', asRecord)?.seqno, 'first.seqno', asSeqno),
  };
}

export function readBlocks(answer: unknown): readonly BlockItem[] {
  return asList(asRecord(answer, 'it').blocks, 'blocks').map((block) => {
    const raw = asRecord(block, 'a block');
    return {
      ...blockIdOf(raw, asShard),
      rootHash: asHash(raw.root_hash, 'root_hash'),
      parents:
        optional(raw.prev_blocks, 'prev_blocks', asList)?.map((parent) =>
          blockIdOf(asRecord(parent, 'a block of prev_blocks'), asShard),
        ) ?? null,
      transactionCount: optional(raw.tx_count, 'tx_count', asWhole),
    };
  });
}

/** As they came: each is read by normaliseV3. */
export function readTransactions(answer: unknown): readonly unknown[] {
  return asList(asRecord(answer, 'it').transactions, 'transactions');
}

/** null: no such account. */
export function readState(answer: unknown): StateItem | null {
  const [first] = asList(asRecord(answer, 'it').accounts, 'accounts');
  if (first === undefined) return null;
  const raw = asRecord(first, 'an account');
  const hash = given(raw, 'last_transaction_hash', asHash);
  const lt = given(raw, 'last_transaction_lt', asInteger);
  return {
    status: asText(raw.status, 'status'),
    codeHash: given(raw, 'code_hash', asHash),
    data: given(raw, 'data_boc', asText),
    last: hash !== null && lt !== null && lt !== 0n ? { lt, hash } : null,
  };
}

export function readRun(answer: unknown): { readonly exitCode: number; readonly stack: readonly unknown[] } {
  const raw = asRecord(answer, 'it');
  return { exitCode: asWhole(raw.exit_code, 'exit_code'), stack: asList(raw.stack, 'stack') };
}

/** The transactions of every trace, by their hashes. */
export function readTraces(answer: unknown): readonly Raw[] {
  return asList(asRecord(answer, 'it').traces, 'traces').map((trace) =>
    asRecord(asRecord(trace, 'a trace').transactions, 'transactions'),
  );
}

function asShard(value: unknown, field: string): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{1,16}$/i.test(value))
    throw new Error(`${field}: must be the hex prefix of a shard`);
  return value.toLowerCase().padStart(16, '0');
}

/** Unix seconds; text in some versions. */
function asTime(value: unknown, field: string): number {
  return Number(asInteger(value, field));
}

/** What is not known is empty text at times. */
function given<T>(raw: Raw, field: string, read: (value: unknown, field: string) => T): T | null {
  return raw[field] === '' ? null : optional(raw[field], field, read);
}
