/** toncenter v2's JSON: blocks, transactions with their messages, accounts, get-method stacks. */
import { Address, beginCell, Cell, type Message, type Transaction, type TupleItem } from '@ton/core';
import type { Located } from '../chain/ledger.js';
import { signedShard } from '../chain/shards.js';
import type { BlockId, MasterBlock, ShardBlock } from '../chain/types.js';
import { base64, HttpProblem } from './node.js';

export const blockIdExt = ({ workchain, shard, seqno, rootHash, fileHash }: BlockId) => ({
  '@type': 'ton.blockIdExt',
  workchain,
  shard: signedShard(shard),
  seqno,
  root_hash: base64(rootHash),
  file_hash: base64(fileHash),
});

export function header(id: MasterBlock | ShardBlock, master: MasterBlock) {
  return {
    '@type': 'blocks.header',
    id: blockIdExt(id),
    global_id: -239,
    version: 0,
    flags: 1,
    after_merge: false,
    after_split: false,
    before_split: false,
    want_merge: false,
    want_split: false,
    validator_list_hash_short: 0,
    catchain_seqno: 0,
    min_ref_mc_seqno: Math.max(0, master.seqno - 1),
    is_key_block: false,
    prev_key_block_seqno: 0,
    start_lt: String(id.startLt),
    end_lt: String(id.endLt),
    gen_utime: master.time,
    vert_seqno: 0,
    prev_blocks: [blockIdExt(id.previous)],
  };
}

export const shortTransaction = ({ entry }: Located) => ({
  '@type': 'blocks.shortTxId',
  mode: 135,
  account: entry.account,
  lt: String(entry.lt),
  hash: base64(entry.hash),
});

function message(sent: Message) {
  const { info, body, init } = sent;
  const initState = init
    ? beginCell().storeMaybeRef(init.code).storeMaybeRef(init.data).endCell().toBoc().toString('base64')
    : '';
  const common = {
    '@type': 'raw.message',
    body_hash: body.hash().toString('base64'),
    msg_data: { '@type': 'msg.dataRaw', body: body.toBoc().toString('base64'), init_state: initState },
    message: body.toBoc().toString('base64'),
  };
  if (info.type !== 'internal') {
    const none = { value: '0', fwd_fee: '0', ihr_fee: '0', created_lt: '0' };
    return info.type === 'external-in'
      ? { ...common, ...none, source: '', destination: info.dest.toString() }
      : { ...common, ...none, source: info.src.toString(), destination: '' };
  }
  return {
    ...common,
    source: info.src.toString(),
    destination: info.dest.toString(),
    value: info.value.coins.toString(),
    fwd_fee: info.forwardFee.toString(),
    ihr_fee: info.ihrFee.toString(),
    created_lt: info.createdLt.toString(),
  };
}

export function rawTransaction(boc: Buffer, transaction: Transaction, { entry }: Located) {
  const { description, inMessage, outMessages, totalFees } = transaction;
  const storage =
    description.type === 'generic' ? (description.storagePhase?.storageFeesCollected ?? 0n) : 0n;
  return {
    '@type': 'raw.transaction',
    address: { '@type': 'accountAddress', account_address: Address.parseRaw(entry.account).toString() },
    account: entry.account,
    utime: transaction.now,
    data: boc.toString('base64'),
    transaction_id: { '@type': 'internal.transactionId', lt: String(entry.lt), hash: base64(entry.hash) },
    fee: totalFees.coins.toString(),
    storage_fee: storage.toString(),
    other_fee: (totalFees.coins - storage).toString(),
    ...(inMessage ? { in_msg: message(inMessage) } : {}),
    out_msgs: outMessages.values().map(message),
  };
}

const cellBytes = (cell: Cell): string => cell.toBoc().toString('base64');

function element(item: TupleItem): unknown {
  switch (item.type) {
    case 'int':
      return {
        '@type': 'tvm.stackEntryNumber',
        number: { '@type': 'tvm.numberDecimal', number: item.value.toString() },
      };
    case 'cell':
      return { '@type': 'tvm.stackEntryCell', cell: { '@type': 'tvm.cell', bytes: cellBytes(item.cell) } };
    case 'slice':
    case 'builder':
      return { '@type': 'tvm.stackEntrySlice', slice: { '@type': 'tvm.slice', bytes: cellBytes(item.cell) } };
    case 'tuple':
      return {
        '@type': 'tvm.stackEntryTuple',
        tuple: { '@type': 'tvm.tuple', elements: item.items.map(element) },
      };
    default:
      return { '@type': 'tvm.stackEntryList', list: { '@type': 'tvm.list', elements: [] } };
  }
}

/** A get-method's result; slices are shown as cells, as toncenter does. */
export function stackEntry(item: TupleItem): unknown {
  switch (item.type) {
    case 'int':
      return ['num', item.value < 0n ? `-0x${(-item.value).toString(16)}` : `0x${item.value.toString(16)}`];
    case 'cell':
    case 'slice':
    case 'builder':
      return ['cell', { bytes: cellBytes(item.cell) }];
    case 'tuple':
      return ['tuple', { '@type': 'tvm.tuple', elements: item.items.map(element) }];
    default:
      return ['list', { '@type': 'tvm.list', elements: [] }];
  }
}

/** A get-method's parameter. @throws HttpProblem 422 */
export function parseStackEntry(entry: unknown): TupleItem {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string' || typeof entry[1] !== 'string')
    throw new HttpProblem(422, 'stack: every entry must be [type, value]');
  const [type, value] = entry as [string, string];
  const cell = (): Cell => Cell.fromBase64(value);
  if (type === 'num' || type === 'int')
    return { type: 'int', value: value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value) };
  if (type === 'tvm.Cell' || type === 'cell') return { type: 'cell', cell: cell() };
  if (type === 'tvm.Slice' || type === 'slice') return { type: 'slice', cell: cell() };
  throw new HttpProblem(422, `stack: '${type}' is not known; there are num, tvm.Cell, tvm.Slice`);
}
