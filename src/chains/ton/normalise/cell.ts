/** A transaction cell (block.tlb `transaction$0111`), as TonClient4 and toncenter v2 give it. */
import {
  type Cell,
  Dictionary,
  loadMessage,
  loadTransaction,
  type Message,
  type Transaction,
} from '@ton/core';
import { readCells } from '../cells/boc.js';
import type { TonAccountStatus, TonMessage, TonTransaction } from '../transaction.js';
import { createMessage, opcodeOf } from './message.js';

/** Where a transaction stands; the cell does not say it. */
export interface TransactionPlace {
  /** Masterchain seqno. */
  readonly block: number;
  readonly transactionIndex: number;
}

const STATUS: Record<Transaction['oldStatus'], TonAccountStatus> = {
  uninitialized: 'uninit',
  active: 'active',
  frozen: 'frozen',
  'non-existing': 'nonexist',
};

/**
 * @param account raw address; null: the workchain is taken from the messages (a transaction cell holds the hash part alone)
 * @throws Error when the cell is no transaction, or of another account
 */
export function normaliseCell(cell: Cell, account: string | null, place: TransactionPlace): TonTransaction {
  const parsed = loadTransaction(cell.beginParse());
  const own = parsed.address.toString(16).padStart(64, '0');
  const messages = readMessages(cell);
  const address = account ?? `${workchainOf(messages)}:${own}`;
  if (!address.endsWith(`:${own}`))
    throw new Error(`the transaction is of account ${own}, not of ${address}`);
  return {
    ...place,
    account: address,
    hash: hex(cell.hash()),
    lt: parsed.lt,
    previousHash: parsed.prevTransactionHash.toString(16).padStart(64, '0'),
    previousLt: parsed.prevTransactionLt,
    now: parsed.now,
    statusBefore: STATUS[parsed.oldStatus],
    statusAfter: STATUS[parsed.endStatus],
    totalFees: parsed.totalFees.coins,
    ...describe(parsed.description),
    ...messages,
  };
}

/** Every root of a bag of cells as a transaction. @throws Error naming what is wrong */
export function normaliseBoc(bytes: Uint8Array, place: TransactionPlace): TonTransaction[] {
  const roots = readCells(bytes);
  if (roots.length === 0) throw new Error('it holds no cell');
  return roots.map((cell) => normaliseCell(cell, null, place));
}

type Described = Pick<TonTransaction, 'type' | 'aborted' | 'destroyed' | 'compute' | 'action'>;

function describe(description: Transaction['description']): Described {
  if (description.type !== 'generic' && description.type !== 'tick-tock')
    return { type: 'other', aborted: false, destroyed: false, compute: null, action: null };
  const { computePhase: compute, actionPhase: action } = description;
  return {
    type: description.type === 'generic' ? 'ordinary' : 'tick-tock',
    aborted: description.aborted,
    destroyed: description.destroyed,
    compute:
      compute.type === 'skipped'
        ? { skipped: true, success: false, exitCode: 0, gasUsed: 0n }
        : { skipped: false, success: compute.success, exitCode: compute.exitCode, gasUsed: compute.gasUsed },
    action: action ? { success: action.success, resultCode: action.resultCode } : null,
  };
}

type Messages = Pick<TonTransaction, 'inMessage' | 'outMessages'>;

/** From the raw cells, not from what `loadTransaction` parsed: a message's hash is that of its own cell. */
function readMessages(cell: Cell): Messages {
  const slice = (cell.refs[0] as Cell).beginParse();
  const inMessage = slice.loadMaybeRef();
  const out = slice.loadDict(Dictionary.Keys.Uint(15), Dictionary.Values.Cell());
  return {
    inMessage: inMessage && normaliseMessage(inMessage),
    outMessages: [...out].sort(([a], [b]) => a - b).map(([, message]) => normaliseMessage(message)),
  };
}

/** @throws Error when the cell is no message */
function normaliseMessage(cell: Cell): TonMessage {
  const message = loadMessage(cell.beginParse());
  const { info } = message;
  const { body, init } = message;
  const common = {
    hash: hex(cell.hash()),
    opcode: opcodeOf(body),
    readBody: () => body,
    readInit: () => init ?? null,
  };
  if (info.type === 'internal')
    return createMessage({
      ...common,
      kind: 'internal',
      source: info.src.toRawString(),
      destination: info.dest.toRawString(),
      value: info.value.coins,
      createdLt: info.createdLt,
      bounce: info.bounce,
      bounced: info.bounced,
    });
  return createMessage({ ...common, ...externalEnds(info), value: 0n, bounce: false, bounced: false });
}

function externalEnds(info: Exclude<Message['info'], { type: 'internal' }>) {
  return info.type === 'external-in'
    ? ({ kind: 'external-in', source: null, destination: info.dest.toRawString(), createdLt: null } as const)
    : ({
        kind: 'external-out',
        source: info.src.toRawString(),
        destination: null,
        createdLt: info.createdLt,
      } as const);
}

function workchainOf({ inMessage, outMessages }: Messages): string {
  const address = inMessage?.destination ?? outMessages[0]?.source ?? '0:';
  return address.slice(0, address.indexOf(':'));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
