/**
 * One document of the input as TON transactions: a trace as an indexer stores it, answers of toncenter v3
 * (`/transactions`, `/traces`) or v2 (`getTransactions`), of TonClient4, or transaction cells in base64 or
 * hex.
 */
import type { z } from 'zod';
import { normaliseBoc } from '../../../chains/ton/normalise/cell.js';
import { normaliseV3 } from '../../../chains/ton/normalise/v3.js';
import type { TonTransaction } from '../../../chains/ton/transaction.js';
import { messageOf, NdxError } from '../../../runtime/errors.js';
import { readAtDoor } from '../../../runtime/untrusted.js';
import { type Answers, factsSchema, interfacesSchema } from './answers.js';
import { asAnswered } from './stored.js';

export interface TonDocument {
  readonly transactions: readonly TonTransaction[];
  readonly answers: readonly Answers[];
  /** The transactions are complete: those of other documents do not belong to them. */
  readonly whole: boolean;
}

/** The three magic numbers of a serialised bag of cells, in base64 and in hex. */
const BAG_OF_CELLS = /^(te6c|aP9l|rMOn|b5ee9c72|68ff65f3|acc3a728)[\w+/=-]*$/i;

/** The line, when it is a bag of cells in base64 or hex; else undefined. */
export function readBocText(line: string): string | undefined {
  return BAG_OF_CELLS.test(line) ? line : undefined;
}

/** @throws NdxError INPUT_INVALID naming what is wrong */
export function readTonDocument(document: unknown): TonDocument {
  if (typeof document === 'string') return { transactions: cells(document), answers: [], whole: false };
  const outer = record(document);
  if (outer === null) throw invalid('neither an object nor a bag of cells');
  if (typeof outer.error === 'string') throw invalid(`the endpoint answered with an error: ${outer.error}`);
  const found = record(outer.result) ?? outer;
  const answers = answersOf(found);
  if (Array.isArray(outer.result))
    return { transactions: outer.result.flatMap(loose), answers, whole: false };
  if (Array.isArray(found.traces))
    return { transactions: found.traces.flatMap(inTrace), answers, whole: true };
  if ('transactions' in found)
    return { transactions: inTrace(found), answers, whole: 'trace' in found || 'trace_id' in found };
  if (answers.length > 0 && !('hash' in found) && !('data' in found) && !('boc' in found))
    return { transactions: [], answers, whole: false };
  return { transactions: loose(found), answers, whole: false };
}

/** `transactions` is a list, or (v3 traces) a record by hash. */
function inTrace(trace: unknown): TonTransaction[] {
  const transactions = record(trace)?.transactions;
  const list = Array.isArray(transactions)
    ? transactions
    : record(transactions)
      ? Object.values(transactions as object)
      : null;
  if (list === null) throw invalid('transactions: must be a list or a record of transactions');
  return list.flatMap(loose);
}

/** toncenter v2 and TonClient4 give cells, v3 gives objects. */
function loose(value: unknown): TonTransaction[] {
  if (typeof value === 'string') return cells(value);
  const transaction = record(value);
  if (transaction === null) throw invalid('a transaction must be an object or a bag of cells');
  if (typeof transaction.data === 'string') return cells(transaction.data);
  if (typeof transaction.boc === 'string') return cells(transaction.boc, blockOf(transaction));
  const refuse = (path: string, what: string) =>
    invalid(`no transaction of toncenter v3: ${path === '' ? 'it' : path}: ${what}`);
  const answered = readAtDoor(transaction, () => asAnswered(transaction), refuse);
  return [readAtDoor(answered, () => normaliseV3(answered), refuse)];
}

function blockOf({ mc_block_seqno: seqno }: Record<string, unknown>): number {
  return typeof seqno === 'number' ? seqno : 0;
}

function cells(text: string, block = 0): TonTransaction[] {
  const bytes = /^([0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  try {
    return normaliseBoc(bytes, { block, transactionIndex: 0 });
  } catch (error) {
    throw invalid(`no bag of cells with transactions: ${messageOf(error)}`);
  }
}

function answersOf({ interfaces, facts }: Record<string, unknown>): Answers[] {
  return [
    ...(interfaces === undefined || interfaces === null
      ? []
      : [parse('interfaces', interfacesSchema, interfaces)]),
    ...(facts === undefined || facts === null ? [] : [parse('facts', factsSchema, facts)]),
  ];
}

function parse<T>(name: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map((issue) => {
    const { message } = issue.code === 'invalid_key' ? (issue.issues[0] ?? issue) : issue;
    return `${[name, ...issue.path].join('.')}: ${message}`;
  });
  throw invalid(reasons.join('; '));
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function invalid(message: string): NdxError {
  return new NdxError('INPUT_INVALID', message);
}
