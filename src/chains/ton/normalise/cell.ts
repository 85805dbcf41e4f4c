/** A transaction cell (`transaction$0111` of block.tlb), as TonClient4 and toncenter v2 give it. */
import { readCells } from '../cells/boc.js';
import type { Cell } from '../cells/cell.js';
import { loadDictionary } from '../cells/dictionary.js';
import { loadCurrencies, opcodeOf, readMessage } from '../cells/message.js';
import { type Slice, sliceOf } from '../cells/slice.js';
import type { TonAccountStatus, TonMessage, TonTransaction } from '../transaction.js';
import { readDescription } from './description.js';
import { createMessage } from './message.js';

/** Where a transaction stands; the cell does not say it. */
export interface TransactionPlace {
  /** Masterchain seqno. */
  readonly block: number;
  readonly transactionIndex: number;
}

/** By the two bits of AccountStatus. */
const STATUS: readonly TonAccountStatus[] = ['uninit', 'frozen', 'active', 'nonexist'];

/**
 * transaction$0111 account_addr:bits256 lt:uint64 prev_trans_hash:bits256 prev_trans_lt:uint64 now:uint32
 * outmsg_cnt:uint15 orig_status:AccountStatus end_status:AccountStatus ^[ in_msg:(Maybe ^(Message Any))
 * out_msgs:(HashmapE 15 ^(Message Any)) ] total_fees:CurrencyCollection state_update:^(HASH_UPDATE Account)
 * description:^TransactionDescr
 * @param account raw address; null: the workchain is taken from the messages (a transaction cell holds the
 * hash part alone)
 * @throws Error when the cell is no transaction, or of another account
 */
export function normaliseCell(cell: Cell, account: string | null, place: TransactionPlace): TonTransaction {
  const slice = sliceOf(cell);
  if (slice.loadUint(4) !== 0b0111) throw new Error('the cell is no transaction');
  const own = slice.loadBuffer(32).toString('hex');
  const lt = slice.loadUintBig(64);
  const previousHash = slice.loadBuffer(32).toString('hex');
  const previousLt = slice.loadUintBig(64);
  const now = slice.loadUint(32);
  slice.skip(15);
  const [statusBefore, statusAfter] = [loadStatus(slice), loadStatus(slice)];
  const messages = readMessages(slice.loadRef());
  const totalFees = loadCurrencies(slice);
  slice.loadRef();
  const description = readDescription(slice.loadRef());
  const address = account ?? `${workchainOf(messages)}:${own}`;
  if (!address.endsWith(`:${own}`))
    throw new Error(`the transaction is of account ${own}, not of ${address}`);
  return {
    block: place.block,
    transactionIndex: place.transactionIndex,
    account: address,
    hash: cell.hash(),
    lt,
    previousHash,
    previousLt,
    now,
    statusBefore,
    statusAfter,
    totalFees,
    ...description,
    ...messages,
  };
}

/** Every root of a bag of cells as a transaction. @throws Error naming what is wrong */
export function normaliseBoc(bytes: Uint8Array, place: TransactionPlace): TonTransaction[] {
  const roots = readCells(bytes);
  if (roots.length === 0) throw new Error('it holds no cell');
  return roots.map((cell) => normaliseCell(cell, null, place));
}

function loadStatus(slice: Slice): TonAccountStatus {
  return STATUS[slice.loadUint(2)] as TonAccountStatus;
}

type Messages = Pick<TonTransaction, 'inMessage' | 'outMessages'>;

function readMessages(cell: Cell): Messages {
  const slice = sliceOf(cell);
  const inMessage = slice.loadMaybeRef();
  const out = loadDictionary(slice, 15, (value) => normaliseMessage(value.loadRef()));
  return {
    inMessage: inMessage && normaliseMessage(inMessage),
    outMessages: out.map(([, message]) => message),
  };
}

/** @throws Error when the cell is no message */
function normaliseMessage(cell: Cell): TonMessage {
  const { init, body, kind, source, destination, value, createdLt, bounce, bounced } = readMessage(cell);
  return createMessage({
    hash: cell.hash(),
    kind,
    source,
    destination,
    value,
    createdLt,
    bounce,
    bounced,
    opcode: opcodeOf(body),
    readBody: () => body,
    readInit: () => init,
  });
}

function workchainOf({ inMessage, outMessages }: Messages): string {
  const address = inMessage?.destination ?? outMessages[0]?.source ?? '0:';
  return address.slice(0, address.indexOf(':'));
}
