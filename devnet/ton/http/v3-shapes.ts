/**
 * toncenter v3's JSON: blocks, transactions with phases and messages, stacks. Accounts are raw in upper case,
 * hashes base64.
 */
import {
  type AccountStatus,
  beginCell,
  Cell,
  type Message,
  storeMessage,
  type Transaction,
  type TupleItem,
} from '@ton/core';
import type { Located } from '../chain/ledger.js';
import type { AccountState, BlockId, MasterBlock, ShardBlock } from '../chain/types.js';
import { base64, HttpProblem } from './node.js';

const STATUS: Readonly<Record<AccountStatus, string>> = {
  active: 'active',
  uninitialized: 'uninit',
  frozen: 'frozen',
  'non-existing': 'nonexist',
};

export const upper = (raw: string): string => raw.toUpperCase();
const shortRef = ({ workchain, shard, seqno }: BlockId) => ({ workchain, shard: shard.toUpperCase(), seqno });

export function block(id: MasterBlock | ShardBlock, master: MasterBlock) {
  return {
    ...shortRef(id),
    root_hash: base64(id.rootHash),
    file_hash: base64(id.fileHash),
    global_id: -239,
    version: 0,
    after_merge: false,
    before_split: false,
    after_split: false,
    want_merge: false,
    want_split: false,
    key_block: false,
    vert_seqno_incr: false,
    flags: 1,
    gen_utime: String(master.time),
    start_lt: String(id.startLt),
    end_lt: String(id.endLt),
    validator_list_hash_short: 0,
    gen_catchain_seqno: 0,
    min_ref_mc_seqno: Math.max(0, master.seqno - 1),
    prev_key_block_seqno: 0,
    vert_seqno: 0,
    master_ref_seqno: id.workchain === -1 ? null : Math.max(0, master.seqno - 1),
    rand_seed: base64(id.rootHash),
    created_by: base64('0'.repeat(64)),
    tx_count: 'transactions' in id ? id.transactions.length : 0,
    masterchain_block_ref: shortRef(master),
    prev_blocks: [shortRef(id.previous)],
  };
}

/** TEP-467: the hash of an external message without what its sender may choose freely. */
function normalizedHash({ info, body }: Message): string | null {
  if (info.type !== 'external-in') return null;
  const cell = beginCell()
    .storeUint(0b10, 2)
    .storeUint(0, 2)
    .storeAddress(info.dest)
    .storeCoins(0)
    .storeBit(false)
    .storeBit(true)
    .storeRef(body);
  return cell.endCell().hash().toString('base64');
}

function message(sent: Message, hash: string) {
  const { info, body, init } = sent;
  const internal = info.type === 'internal' ? info : null;
  const slice = body.beginParse();
  const opcode = slice.remainingBits >= 32 ? `0x${slice.loadUint(32).toString(16).padStart(8, '0')}` : null;
  const initCell = init
    ? beginCell().storeUint(0, 2).storeMaybeRef(init.code).storeMaybeRef(init.data).storeBit(false).endCell()
    : null;
  const norm = normalizedHash(sent);
  return {
    hash,
    ...(norm === null ? {} : { hash_norm: norm }),
    source: internal
      ? upper(internal.src.toRawString())
      : info.type === 'external-out'
        ? upper(info.src.toRawString())
        : null,
    destination: info.type === 'external-out' ? null : upper(info.dest.toRawString()),
    value: internal?.value.coins.toString() ?? null,
    value_extra_currencies: internal ? {} : null,
    fwd_fee: internal?.forwardFee.toString() ?? null,
    ihr_fee: internal?.ihrFee.toString() ?? null,
    created_lt: info.type === 'external-in' ? null : info.createdLt.toString(),
    created_at: info.type === 'external-in' ? null : String(info.createdAt),
    opcode,
    ihr_disabled: internal?.ihrDisabled ?? null,
    bounce: internal?.bounce ?? null,
    bounced: internal?.bounced ?? null,
    import_fee: info.type === 'external-in' ? info.importFee.toString() : null,
    message_content: {
      hash: body.hash().toString('base64'),
      body: body.toBoc().toString('base64'),
      decoded: null,
    },
    init_state: initCell
      ? { hash: initCell.hash().toString('base64'), body: initCell.toBoc().toString('base64') }
      : null,
  };
}

function description({ description: phases }: Transaction) {
  if (phases.type !== 'generic') throw new Error(`v3: the devnet makes no ${phases.type} transactions`);
  const {
    computePhase: compute,
    actionPhase: action,
    storagePhase: storage,
    creditPhase: credit,
    bouncePhase: bounce,
  } = phases;
  return {
    type: 'ord',
    aborted: phases.aborted,
    destroyed: phases.destroyed,
    credit_first: phases.creditFirst,
    ...(storage
      ? {
          storage_ph: {
            storage_fees_collected: storage.storageFeesCollected.toString(),
            status_change: storage.statusChange,
          },
        }
      : {}),
    ...(credit ? { credit_ph: { credit: credit.credit.coins.toString() } } : {}),
    compute_ph:
      compute.type === 'skipped'
        ? { skipped: true, reason: compute.reason.replace('-', '_') }
        : {
            skipped: false,
            success: compute.success,
            msg_state_used: compute.messageStateUsed,
            account_activated: compute.accountActivated,
            gas_fees: compute.gasFees.toString(),
            gas_used: compute.gasUsed.toString(),
            gas_limit: compute.gasLimit.toString(),
            ...(compute.gasCredit ? { gas_credit: String(compute.gasCredit) } : {}),
            mode: compute.mode,
            exit_code: compute.exitCode,
            vm_steps: compute.vmSteps,
            vm_init_state_hash: Buffer.from(
              compute.vmInitStateHash.toString(16).padStart(64, '0'),
              'hex',
            ).toString('base64'),
            vm_final_state_hash: Buffer.from(
              compute.vmFinalStateHash.toString(16).padStart(64, '0'),
              'hex',
            ).toString('base64'),
          },
    ...(action
      ? {
          action: {
            success: action.success,
            valid: action.valid,
            no_funds: action.noFunds,
            status_change: action.statusChange,
            ...(action.totalFwdFees ? { total_fwd_fees: action.totalFwdFees.toString() } : {}),
            ...(action.totalActionFees ? { total_action_fees: action.totalActionFees.toString() } : {}),
            result_code: action.resultCode,
            tot_actions: action.totalActions,
            spec_actions: action.specActions,
            skipped_actions: action.skippedActions,
            msgs_created: action.messagesCreated,
            action_list_hash: Buffer.from(
              action.actionListHash.toString(16).padStart(64, '0'),
              'hex',
            ).toString('base64'),
            tot_msg_size: {
              cells: action.totalMessageSize.cells.toString(),
              bits: action.totalMessageSize.bits.toString(),
            },
          },
        }
      : {}),
    ...(bounce
      ? {
          bounce: {
            type: bounce.type === 'ok' ? 'ok' : bounce.type === 'negative-funds' ? 'negfunds' : 'nofunds',
          },
        }
      : {}),
  };
}

/**
 * @param outHashes hex, in the order of the out messages
 * @param after the state that the transaction leaves; null: not kept, because another one followed in its
 * block
 */
export function transaction(
  parsed: Transaction,
  { block: master, shardBlock, entry }: Located,
  outHashes: readonly string[],
  after: AccountState | null,
) {
  const hashOf = (value: bigint): string =>
    Buffer.from(value.toString(16).padStart(64, '0'), 'hex').toString('base64');
  const out = parsed.outMessages.keys().sort((a, b) => a - b);
  return {
    account: upper(entry.account),
    hash: base64(entry.hash),
    lt: String(entry.lt),
    now: parsed.now,
    mc_block_seqno: master.seqno,
    trace_id: base64(entry.trace),
    trace_external_hash: base64(entry.external),
    prev_trans_hash: hashOf(parsed.prevTransactionHash),
    prev_trans_lt: parsed.prevTransactionLt.toString(),
    orig_status: STATUS[parsed.oldStatus],
    end_status: STATUS[parsed.endStatus],
    total_fees: parsed.totalFees.coins.toString(),
    total_fees_extra_currencies: {},
    description: description(parsed),
    block_ref: shortRef(shardBlock),
    in_msg: parsed.inMessage ? message(parsed.inMessage, base64(entry.inMessage)) : null,
    out_msgs: out.flatMap((key, index) => {
      const sent = parsed.outMessages.get(key);
      return sent
        ? [
            message(
              sent,
              base64(
                outHashes[index] ?? beginCell().store(storeMessage(sent)).endCell().hash().toString('hex'),
              ),
            ),
          ]
        : [];
    }),
    account_state_before: accountState(parsed.stateUpdate.oldHash, null),
    account_state_after: accountState(parsed.stateUpdate.newHash, after),
    emulated: false,
  };
}

/** An index that does not have the state knows its hash alone. */
function accountState(hash: Buffer, state: AccountState | null) {
  return {
    hash: hash.toString('base64'),
    balance: state?.balance.toString() ?? null,
    extra_currencies: state ? {} : null,
    account_status: state?.status ?? null,
    frozen_hash: null,
    data_hash: state?.dataHash ? base64(state.dataHash) : null,
    code_hash: state?.codeHash ? base64(state.codeHash) : null,
  };
}

export function stackEntry(item: TupleItem): unknown {
  switch (item.type) {
    case 'int':
      return {
        type: 'num',
        value: item.value < 0n ? `-0x${(-item.value).toString(16)}` : `0x${item.value.toString(16)}`,
      };
    case 'cell':
    case 'slice':
    case 'builder':
      return { type: item.type === 'slice' ? 'slice' : 'cell', value: item.cell.toBoc().toString('base64') };
    case 'tuple':
      return { type: 'tuple', value: item.items.map(stackEntry) };
    case 'nan':
      return { type: 'num', value: 'NaN' };
    default:
      return { type: 'null' };
  }
}

/** @throws HttpProblem 422 */
export function parseStackEntry(entry: unknown): TupleItem {
  const { type, value } = (typeof entry === 'object' && entry !== null ? entry : {}) as {
    type?: unknown;
    value?: unknown;
  };
  if (typeof value !== 'string')
    throw new HttpProblem(422, 'stack: every entry must be {type, value}, value as text');
  if (type === 'num')
    return { type: 'int', value: value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value) };
  if (type === 'cell' || type === 'slice') return { type, cell: Cell.fromBase64(value) };
  throw new HttpProblem(422, `stack: '${String(type)}' is not known; there are num, cell, slice`);
}
