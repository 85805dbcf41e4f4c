/**
 * Transactions as toncenter v3 gives them (`/transactions`, `/transactionsByMasterchainBlock`, `/traces`),
 * and as its indexer stores them.
 */
import { readCellText } from '../cells/boc.js';
import { loadStateInit, opcodeOf } from '../cells/message.js';
import { sliceOf } from '../cells/slice.js';
import type { TonMessage, TonTransaction } from '../transaction.js';
import type { TransactionPlace } from './cell.js';
import {
  asAddress,
  asBoolean,
  asHash,
  asInteger,
  asList,
  asOneOf,
  asOpcode,
  asRecord,
  asSeqno,
  asText,
  asWhole,
  optional,
  type Raw,
} from './fields.js';
import { createMessage, type MessageParts } from './message.js';

const asStatus = asOneOf(['uninit', 'active', 'frozen', 'nonexist']);
const NO_HASH = '0'.repeat(64);

/** @throws Error naming the field that is not as expected */
export function normaliseV3(value: unknown, place: Partial<TransactionPlace> = {}): TonTransaction {
  const raw = asRecord(value, 'the transaction');
  // As the indexer stores them: one list, each with its direction.
  const stored = optional(raw.messages, 'messages', asList) ?? [];
  const input = raw.in_msg ?? stored.find((message) => directionOf(message) === 'in');
  const output =
    optional(raw.out_msgs, 'out_msgs', asList) ?? stored.filter((message) => directionOf(message) === 'out');
  return {
    block: place.block ?? optional(raw.mc_block_seqno, 'mc_block_seqno', asSeqno) ?? 0,
    transactionIndex: place.transactionIndex ?? 0,
    account: asAddress(raw.account, 'account'),
    hash: asHash(raw.hash, 'hash'),
    lt: asInteger(raw.lt, 'lt'),
    previousHash: optional(raw.prev_trans_hash, 'prev_trans_hash', asHash) ?? NO_HASH,
    previousLt: optional(raw.prev_trans_lt, 'prev_trans_lt', asInteger) ?? 0n,
    now: asWhole(raw.now, 'now'),
    statusBefore: optional(raw.orig_status, 'orig_status', asStatus) ?? 'active',
    statusAfter: optional(raw.end_status, 'end_status', asStatus) ?? 'active',
    totalFees: optional(raw.total_fees, 'total_fees', asInteger) ?? 0n,
    ...phases(raw),
    inMessage: optional(input, 'in_msg', normaliseMessage),
    outMessages: output
      .map((message) => normaliseMessage(message, 'out_msgs'))
      .sort((a, b) => compare(a.createdLt ?? 0n, b.createdLt ?? 0n)),
  };
}

const asDirection = asOneOf(['in', 'out']);

function directionOf(message: unknown): 'in' | 'out' {
  return asDirection(asRecord(message, 'messages').direction, 'messages.direction');
}

function phases(raw: Raw): Pick<TonTransaction, 'type' | 'aborted' | 'destroyed' | 'compute' | 'action'> {
  const description = optional(raw.description, 'description', asRecord);
  const phase = (key: string) => optional(description?.[key], `description.${key}`, asRecord);
  const compute = phase('compute_ph');
  const action = phase('action');
  const type = optional(description?.type ?? raw.descr, 'description.type', asText) ?? 'ord';
  const exitCode = optional(compute?.exit_code ?? raw.compute_exit_code, 'compute_ph.exit_code', asWhole);
  const success = optional(compute?.success ?? raw.compute_success, 'compute_ph.success', asBoolean);
  const gasUsed = optional(compute?.gas_used ?? raw.compute_gas_used, 'compute_ph.gas_used', asInteger);
  const skipped = optional(compute?.skipped, 'compute_ph.skipped', asBoolean) ?? false;
  const aborted = optional(description?.aborted ?? raw.aborted, 'description.aborted', asBoolean) ?? false;
  const actionCode = optional(action?.result_code ?? raw.action_result_code, 'action.result_code', asWhole);
  const acted = optional(action?.success ?? raw.action_success, 'action.success', asBoolean);
  return {
    type: type.startsWith('ord') ? 'ordinary' : type.startsWith('tick') ? 'tick-tock' : 'other',
    aborted,
    destroyed: optional(description?.destroyed ?? raw.destroyed, 'description.destroyed', asBoolean) ?? false,
    compute:
      exitCode === null && success === null
        ? skipped || aborted
          ? { skipped: true, success: false, exitCode: 0, gasUsed: 0n }
          : null
        : {
            skipped: false,
            // Exit codes 0 and 1 are the successes of the TVM.
            success: success ?? (exitCode === 0 || exitCode === 1),
            exitCode: exitCode ?? 0,
            gasUsed: gasUsed ?? 0n,
          },
    action: actionCode === null ? null : { success: acted ?? actionCode === 0, resultCode: actionCode },
  };
}

function normaliseMessage(value: unknown, field: string): TonMessage {
  const raw = asRecord(value, field);
  const source = optional(raw.source, 'source of a message', asAddress);
  const destination = optional(raw.destination, 'destination of a message', asAddress);
  const content = bocIn(raw.message_content, 'message_content');
  const state = bocIn(raw.init_state, 'init_state');
  const norm = optional(raw.hash_norm, 'hash_norm of a message', asHash);
  const parts: MessageParts = {
    hash: optional(raw.hash ?? raw.msg_hash, 'hash of a message', asHash) ?? norm ?? '',
    kind: source === null ? 'external-in' : destination === null ? 'external-out' : 'internal',
    source,
    destination,
    value: optional(raw.value, 'value of a message', asInteger) ?? 0n,
    createdLt: optional(raw.created_lt, 'created_lt of a message', asInteger),
    bounce: optional(raw.bounce, 'bounce of a message', asBoolean) ?? false,
    bounced: optional(raw.bounced, 'bounced of a message', asBoolean) ?? false,
    opcode: optional(raw.opcode, 'opcode of a message', asOpcode),
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

function bocIn(value: unknown, field: string): string | null {
  const cells = optional(value, field, asRecord);
  return cells && asText(cells.body, `${field}.body`);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
