/**
 * JSON → Batch, in place: what JSON.parse made is the batch, once every field is checked and every amount is turned from decimal text to
 * bigint; objects have the type that they are to be of from the start. A loop with a switch for each kind of object, because nothing that
 * goes by a table is as quick. The compiler asks for a case for every field of the type, with a check that fits it.
 */
import type { Batch, BlockHash } from '../events/batch.js';
import type { Building } from '../events/building.js';
import { CHAINS, type DecodedTransaction, type DecodeProblem } from '../events/event.js';
import {
  asObject,
  asUnits,
  choices,
  expectCount,
  expectList,
  expectName,
  expectOneOf,
  expectText,
  expectTime,
  missing,
  required,
  unknown,
  WrongField,
} from './fields.js';
import { OUTCOMES, readEvent } from './read-event.js';

const PROBLEM_CODES = choices<DecodeProblem['code']>({
  undecodable: true,
  'logs-truncated': true,
  unbalanced: true,
});
const FINALITIES = choices<Batch['finality']>({ confirmed: true, finalized: true });
const SCOPES = choices<Batch['scope']>({ blocks: true, transactions: true, settle: true });

const BATCH = required<Batch>({
  chain: true,
  fingerprint: true,
  finality: true,
  fromBlock: true,
  toBlock: true,
  scope: true,
  transactions: true,
  source: true,
});
const BLOCK = required<BlockHash>({ block: true, hash: true });
const TRANSACTION = required<DecodedTransaction>({
  chain: true,
  block: true,
  blockTime: true,
  transactionIndex: true,
  transactionHash: true,
  outcome: true,
  events: true,
});
const PROBLEM = required<DecodeProblem>({ code: true, message: true });

/** @throws WrongField for the first field that is not as it must be */
export function readBatch(json: object): Batch {
  const batch = json as Batch;
  let found = 0;
  for (const name in batch) {
    const key = name as keyof Batch;
    const value: unknown = batch[key];
    switch (key) {
      case 'chain':
        found++;
        expectOneOf(CHAINS, value, batch, key);
        break;
      case 'fingerprint':
        found++;
        expectName(value, batch, key);
        break;
      case 'finality':
        found++;
        expectOneOf(FINALITIES, value, batch, key);
        break;
      case 'fromBlock':
      case 'toBlock':
        found++;
        expectCount(value, batch, key);
        break;
      case 'scope':
        found++;
        expectOneOf(SCOPES, value, batch, key);
        break;
      case 'transactions':
        found++;
        expectList(value, batch, key, readTransaction);
        break;
      case 'source':
        found++;
        expectText(value, batch, key);
        break;
      case 'blocks':
        expectList(value, batch, key, readBlock);
        break;
      case 'lease':
      case 'knowledge':
        expectCount(value, batch, key);
        break;
      case 'replay':
        expectName(value, batch, key);
        break;
      default:
        throw unknown(batch, key);
    }
  }
  if (found !== BATCH.length) throw missing(batch, BATCH);
  checkBlocks(batch);
  return batch;
}

/** A block outside the range would be reconciled without being covered, or withdrawn by its neighbour. */
function checkBlocks(batch: Batch): void {
  const { chain, fromBlock, toBlock, transactions, blocks = [] } = batch;
  if (fromBlock > toBlock) throw new WrongField(batch, 'toBlock', 'before fromBlock');
  for (const transaction of transactions) {
    if (transaction.block < fromBlock || transaction.block > toBlock)
      throw new WrongField(transaction, 'block', `outside ${fromBlock}..${toBlock}`);
    if (transaction.chain !== chain) throw new WrongField(transaction, 'chain', `not ${chain}`);
  }
  let before = fromBlock - 1;
  for (const block of blocks) {
    if (block.block <= before || block.block > toBlock)
      throw new WrongField(block, 'block', 'out of order or range');
    before = block.block;
  }
  if (batch.scope === 'settle' && (before !== toBlock || transactions.length > 0))
    throw new WrongField(batch, 'blocks', 'a settle batch ends with a block and holds no transactions');
}

function readBlock(value: unknown, list: readonly unknown[], at: number): BlockHash {
  const block = asObject(value, list, at) as BlockHash;
  let found = 0;
  for (const name in block) {
    const key = name as keyof BlockHash;
    const value: unknown = block[key];
    switch (key) {
      case 'block':
        found++;
        expectCount(value, block, key);
        break;
      case 'hash':
        found++;
        expectName(value, block, key);
        break;
      default:
        throw unknown(block, key);
    }
  }
  if (found !== BLOCK.length) throw missing(block, BLOCK);
  return block;
}

function readTransaction(value: unknown, list: readonly unknown[], at: number): DecodedTransaction {
  const transaction = asObject(value, list, at) as Building<DecodedTransaction>;
  let found = 0;
  for (const name in transaction) {
    const key = name as keyof DecodedTransaction;
    const value: unknown = transaction[key];
    switch (key) {
      case 'chain':
        found++;
        expectOneOf(CHAINS, value, transaction, key);
        break;
      case 'block':
      case 'transactionIndex':
        found++;
        expectCount(value, transaction, key);
        break;
      case 'blockTime':
        found++;
        expectTime(value, transaction, key);
        break;
      case 'transactionHash':
        found++;
        expectName(value, transaction, key);
        break;
      case 'outcome':
        found++;
        expectOneOf(OUTCOMES, value, transaction, key);
        break;
      case 'error':
      case 'signer':
        expectText(value, transaction, key);
        break;
      case 'networkFee':
        transaction.networkFee = asUnits(value, transaction, key);
        break;
      case 'gasUsed':
        transaction.gasUsed = asUnits(value, transaction, key);
        break;
      case 'aliases':
        expectList(value, transaction, key, readText);
        break;
      case 'events':
        found++;
        expectList(value, transaction, key, readEvent);
        break;
      case 'problems':
        expectList(value, transaction, key, readProblem);
        break;
      default:
        throw unknown(transaction, key);
    }
  }
  if (found !== TRANSACTION.length) throw missing(transaction, TRANSACTION);
  return transaction;
}

function readProblem(value: unknown, list: readonly unknown[], at: number): DecodeProblem {
  const problem = asObject(value, list, at) as DecodeProblem;
  let found = 0;
  for (const name in problem) {
    const key = name as keyof DecodeProblem;
    const value: unknown = problem[key];
    switch (key) {
      case 'code':
        found++;
        expectOneOf(PROBLEM_CODES, value, problem, key);
        break;
      case 'message':
        found++;
        expectText(value, problem, key);
        break;
      default:
        throw unknown(problem, key);
    }
  }
  if (found !== PROBLEM.length) throw missing(problem, PROBLEM);
  return problem;
}

function readText(value: unknown, list: readonly unknown[], at: number): string {
  expectText(value, list, at);
  return value as string;
}
