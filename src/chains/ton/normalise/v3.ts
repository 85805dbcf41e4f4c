/**
 * Transactions as toncenter v3 gives them (`/transactions`, `/transactionsByMasterchainBlock`, `/traces`),
 * and as its indexer stores them.
 */
import {
  asCount,
  asFlag,
  asInteger,
  asList,
  asObject,
  asOneOf,
  asText,
  asWhole,
  type Raw,
} from '../../../runtime/untrusted.js';
import { readCellText } from '../cells/boc.js';
import { loadStateInit, opcodeOf } from '../cells/message.js';
import { sliceOf } from '../cells/slice.js';
import type { TonAccountStatus, TonMessage, TonTransaction } from '../transaction.js';
import type { TransactionPlace } from './cell.js';
import { asAddress, asHash, asOpcode, given } from './fields.js';
import { createMessage, type MessageParts } from './message.js';

type Head = Pick<TonTransaction, 'account' | 'hash' | 'lt' | 'now'>;

const STATUSES: readonly TonAccountStatus[] = ['uninit', 'active', 'frozen', 'nonexist'];
const NO_HASH = '0'.repeat(64);

/** What names a transaction, which is asked for before the whole is. @throws WrongField */
export function readHead(raw: Raw): Head {
  return {
    account: asAddress(raw.account, raw, 'account'),
    hash: asHash(raw.hash, raw, 'hash'),
    lt: asInteger(raw.lt, raw, 'lt'),
    now: asWhole(raw.now, raw, 'now'),
  };
}

/**
 * @param head as it was read already
 * @throws WrongField naming the field that is not as expected
 */
export function normaliseV3(
  raw: Raw,
  place: Partial<TransactionPlace> = {},
  head: Head = readHead(raw),
): TonTransaction {
  // As the indexer stores them: one list, each with its direction.
  const stored =
    given(raw, 'messages', asList)?.map((message, at, list) => asObject(message, list, at)) ?? [];
  const input = given(raw, 'in_msg', asObject) ?? stored.find((message) => directionOf(message) === 'in');
  const output =
    given(raw, 'out_msgs', asList)?.map((message, at, list) => asObject(message, list, at)) ??
    stored.filter((message) => directionOf(message) === 'out');
  return {
    block: place.block ?? given(raw, 'mc_block_seqno', asCount) ?? 0,
    transactionIndex: place.transactionIndex ?? 0,
    account: head.account,
    hash: head.hash,
    lt: head.lt,
    previousHash: given(raw, 'prev_trans_hash', asHash) ?? NO_HASH,
    previousLt: given(raw, 'prev_trans_lt', asInteger) ?? 0n,
    now: head.now,
    statusBefore: given(raw, 'orig_status', asStatus) ?? 'active',
    statusAfter: given(raw, 'end_status', asStatus) ?? 'active',
    totalFees: given(raw, 'total_fees', asInteger) ?? 0n,
    ...phases(raw),
    inMessage: input === undefined ? null : normaliseMessage(input),
    outMessages: output.map(normaliseMessage).sort((a, b) => compare(a.createdLt ?? 0n, b.createdLt ?? 0n)),
  };
}

function asStatus(value: unknown, holder: object, key: PropertyKey): TonAccountStatus {
  return asOneOf(STATUSES, value, holder, key);
}

function directionOf(message: Raw): 'in' | 'out' {
  return asOneOf(['in', 'out'], message.direction, message, 'direction');
}

type Phases = Pick<TonTransaction, 'type' | 'aborted' | 'destroyed' | 'compute' | 'action'>;

const NONE: Raw = {};

/** The API has an object for each phase, the indexer's table a column for each fact. */
function phases(raw: Raw): Phases {
  const description = given(raw, 'description', asObject) ?? NONE;
  const ran = given(description, 'compute_ph', asObject) ?? NONE;
  const acted = given(description, 'action', asObject) ?? NONE;
  const type = given(description, 'type', asText) ?? given(raw, 'descr', asText) ?? 'ord';
  const aborted = given(description, 'aborted', asFlag) ?? given(raw, 'aborted', asFlag) ?? false;
  return {
    type: type.startsWith('ord') ? 'ordinary' : type.startsWith('tick') ? 'tick-tock' : 'other',
    aborted,
    destroyed: given(description, 'destroyed', asFlag) ?? given(raw, 'destroyed', asFlag) ?? false,
    compute: computeOf(raw, ran, aborted),
    action: actionOf(raw, acted),
  };
}

function computeOf(raw: Raw, ran: Raw, aborted: boolean): Phases['compute'] {
  const exitCode = given(ran, 'exit_code', asWhole) ?? given(raw, 'compute_exit_code', asWhole);
  const success = given(ran, 'success', asFlag) ?? given(raw, 'compute_success', asFlag);
  const skipped = given(ran, 'skipped', asFlag) ?? false;
  if (exitCode === null && success === null)
    return skipped || aborted ? { skipped: true, success: false, exitCode: 0, gasUsed: 0n } : null;
  return {
    skipped: false,
    // Exit codes 0 and 1 are the successes of the TVM.
    success: success ?? (exitCode === 0 || exitCode === 1),
    exitCode: exitCode ?? 0,
    gasUsed: given(ran, 'gas_used', asInteger) ?? given(raw, 'compute_gas_used', asInteger) ?? 0n,
  };
}

function actionOf(raw: Raw, acted: Raw): Phases['action'] {
  const resultCode = given(acted, 'result_code', asWhole) ?? given(raw, 'action_result_code', asWhole);
  const success = given(acted, 'success', asFlag) ?? given(raw, 'action_success', asFlag);
  return resultCode === null ? null : { success: success ?? resultCode === 0, resultCode };
}

function normaliseMessage(raw: Raw): TonMessage {
  const source = given(raw, 'source', asAddress);
  const destination = given(raw, 'destination', asAddress);
  const content = bocIn(raw, 'message_content');
  const state = bocIn(raw, 'init_state');
  const norm = given(raw, 'hash_norm', asHash);
  const parts: MessageParts = {
    hash: given(raw, 'hash', asHash) ?? given(raw, 'msg_hash', asHash) ?? norm ?? '',
    kind: source === null ? 'external-in' : destination === null ? 'external-out' : 'internal',
    source,
    destination,
    value: given(raw, 'value', asInteger) ?? 0n,
    createdLt: given(raw, 'created_lt', asInteger),
    bounce: given(raw, 'bounce', asFlag) ?? false,
    bounced: given(raw, 'bounced', asFlag) ?? false,
    opcode: given(raw, 'opcode', asOpcode),
    readBody: () => (content === null ? null : readCellText(content)),
    givenNormalisedHash: norm,
    readInit: () => (state === null ? null : loadStateInit(sliceOf(readCellText(state)))),
  };
  const message = createMessage(parts);
  if (message.opcode !== null || content === null) return message;
  // Some answers leave the op out although the body has one.
  const body = message.body();
  return body === null ? message : createMessage({ ...parts, opcode: opcodeOf(body), readBody: () => body });
}

function bocIn(raw: Raw, key: string): string | null {
  const cells = given(raw, key, asObject);
  return cells && asText(cells.body, cells, 'body');
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
