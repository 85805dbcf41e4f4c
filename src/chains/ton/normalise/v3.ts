/**
 * Transactions as toncenter v3 gives them (`/transactions`, `/transactionsByMasterchainBlock`, `/traces`).
 */
import {
  asCount,
  asFlag,
  asInteger,
  asList,
  asObject,
  asOneOf,
  asOptional,
  asText,
  asWhole,
  type Raw,
} from '../../../runtime/untrusted.js';
import { readCellText } from '../cells/boc.js';
import { loadStateInit, opcodeOf } from '../cells/message.js';
import { sliceOf } from '../cells/slice.js';
import type { TonAccountStatus, TonMessage, TonTransaction } from '../transaction.js';
import type { TransactionPlace } from './cell.js';
import { asAddress, asBlockTime, asHash, asOpcode } from './fields.js';
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
    now: asBlockTime(raw.now, raw, 'now'),
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
  const input = asOptional(raw.in_msg, raw, 'in_msg', asObject);
  const output =
    asOptional(raw.out_msgs, raw, 'out_msgs', asList)?.map((message, at, list) =>
      asObject(message, list, at),
    ) ?? [];
  return {
    block: place.block ?? asOptional(raw.mc_block_seqno, raw, 'mc_block_seqno', asCount) ?? 0,
    transactionIndex: place.transactionIndex ?? 0,
    account: head.account,
    hash: head.hash,
    lt: head.lt,
    previousHash: asOptional(raw.prev_trans_hash, raw, 'prev_trans_hash', asHash) ?? NO_HASH,
    previousLt: asOptional(raw.prev_trans_lt, raw, 'prev_trans_lt', asInteger) ?? 0n,
    now: head.now,
    statusBefore: asOptional(raw.orig_status, raw, 'orig_status', asStatus) ?? 'active',
    statusAfter: asOptional(raw.end_status, raw, 'end_status', asStatus) ?? 'active',
    totalFees: asOptional(raw.total_fees, raw, 'total_fees', asInteger) ?? 0n,
    ...phases(raw),
    inMessage: input === null ? null : normaliseMessage(input),
    outMessages: output.map(normaliseMessage).sort((a, b) => compare(a.createdLt ?? 0n, b.createdLt ?? 0n)),
  };
}

function asStatus(value: unknown, holder: object, key: PropertyKey): TonAccountStatus {
  return asOneOf(STATUSES, value, holder, key);
}

type Phases = Pick<TonTransaction, 'type' | 'aborted' | 'destroyed' | 'compute' | 'action'>;

const NONE: Raw = {};

function phases(raw: Raw): Phases {
  const description = asOptional(raw.description, raw, 'description', asObject) ?? NONE;
  const type = asOptional(description.type, description, 'type', asText) ?? 'ord';
  const aborted = asOptional(description.aborted, description, 'aborted', asFlag) ?? false;
  return {
    type: type.startsWith('ord') ? 'ordinary' : type.startsWith('tick') ? 'tick-tock' : 'other',
    aborted,
    destroyed: asOptional(description.destroyed, description, 'destroyed', asFlag) ?? false,
    compute: computeOf(
      asOptional(description.compute_ph, description, 'compute_ph', asObject) ?? NONE,
      aborted,
    ),
    action: actionOf(asOptional(description.action, description, 'action', asObject) ?? NONE),
  };
}

function computeOf(ran: Raw, aborted: boolean): Phases['compute'] {
  const exitCode = asOptional(ran.exit_code, ran, 'exit_code', asWhole);
  const success = asOptional(ran.success, ran, 'success', asFlag);
  const skipped = asOptional(ran.skipped, ran, 'skipped', asFlag) ?? false;
  if (exitCode === null && success === null)
    return skipped || aborted ? { skipped: true, success: false, exitCode: 0, gasUsed: 0n } : null;
  return {
    skipped: false,
    // Exit codes 0 and 1 are the successes of the TVM.
    success: success ?? (exitCode === 0 || exitCode === 1),
    exitCode: exitCode ?? 0,
    gasUsed: asOptional(ran.gas_used, ran, 'gas_used', asInteger) ?? 0n,
  };
}

function actionOf(acted: Raw): Phases['action'] {
  const resultCode = asOptional(acted.result_code, acted, 'result_code', asWhole);
  const success = asOptional(acted.success, acted, 'success', asFlag);
  return resultCode === null ? null : { success: success ?? resultCode === 0, resultCode };
}

function normaliseMessage(raw: Raw): TonMessage {
  const source = asOptional(raw.source, raw, 'source', asAddress);
  const destination = asOptional(raw.destination, raw, 'destination', asAddress);
  const content = bocIn(raw, 'message_content');
  const state = bocIn(raw, 'init_state');
  const norm = asOptional(raw.hash_norm, raw, 'hash_norm', asHash);
  const parts: MessageParts = {
    hash: asOptional(raw.hash, raw, 'hash', asHash) ?? norm ?? '',
    kind: source === null ? 'external-in' : destination === null ? 'external-out' : 'internal',
    source,
    destination,
    value: asOptional(raw.value, raw, 'value', asInteger) ?? 0n,
    createdLt: asOptional(raw.created_lt, raw, 'created_lt', asInteger),
    bounce: asOptional(raw.bounce, raw, 'bounce', asFlag) ?? false,
    bounced: asOptional(raw.bounced, raw, 'bounced', asFlag) ?? false,
    opcode: asOptional(raw.opcode, raw, 'opcode', asOpcode),
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

function bocIn(raw: Raw, key: 'message_content' | 'init_state'): string | null {
  const cells = asOptional(raw[key], raw, key, asObject);
  return cells && asText(cells.body, cells, 'body');
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
