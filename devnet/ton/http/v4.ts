/**
 * TonClient4's routes (`@ton/ton`): blocks with their transaction ids, accounts, get-methods and transactions
 * of one account.
 */
import { Address, Cell, parseTuple } from '@ton/core';
import { MessageRefused } from '../chain/chain.js';
import { shardOf, signedShard } from '../chain/shards.js';
import type { BlockId, MasterBlock, TransactionEntry } from '../chain/types.js';
import { multiRootBoc } from './multi-root-boc.js';
import { base64, HttpProblem, parseAddress, parseHash, parseNumber, type TonNode } from './node.js';

/** Transactions of one answer to `/account/…/tx/…`. */
const PAGE = 20;
const NOT_ACTIVE = -256;

const friendly = (raw: string): string => Address.parseRaw(raw).toString();
const blockRef = ({ workchain, shard, seqno, rootHash, fileHash }: BlockId) => ({
  workchain,
  seqno,
  shard: signedShard(shard),
  rootHash: base64(rootHash),
  fileHash: base64(fileHash),
});

export interface V4Answer {
  /** The name by which faults know the route. */
  readonly method: string;
  readonly answer: () => Promise<unknown> | unknown;
}

function block(node: TonNode, master: MasterBlock | null) {
  if (master === null) return { exist: false };
  const transactions = (entries: readonly TransactionEntry[]) =>
    entries.map(({ account, hash, lt }) => ({
      account: friendly(account),
      hash: base64(hash),
      lt: String(lt),
    }));
  const shards = node
    .shardBlocks(master)
    .map((shard) => ({ ...blockRef(shard), transactions: transactions(shard.transactions) }));
  return { exist: true, block: { shards: [{ ...blockRef(master), transactions: [] }, ...shards] } };
}

function latest(node: TonNode) {
  const head = node.head();
  const init = { fileHash: base64(node.chain.genesisHash), rootHash: base64(node.chain.genesisHash) };
  return { last: blockRef(head), init, stateRootHash: base64(head.rootHash), now: head.time };
}

function account(node: TonNode, seqno: number, address: string, lite: boolean) {
  const master = existing(node, seqno);
  const { status, balance, code, data, codeHash, dataHash, lastLt, lastHash, lastPaid } = node.chain.account(
    address,
    seqno,
  );
  const active = lite
    ? { type: 'active', codeHash: codeHash && base64(codeHash), dataHash: dataHash && base64(dataHash) }
    : { type: 'active', code: code?.toString('base64') ?? null, data: data?.toString('base64') ?? null };
  const last = lastLt === 0n ? null : { lt: lastLt.toString(), hash: base64(lastHash) };
  const storageStat =
    status === 'nonexist' ? null : { lastPaid, duePayment: null, used: { bits: 0, cells: 0 } };
  return {
    account: {
      state: status === 'active' ? active : { type: 'uninit' },
      balance: { coins: balance.toString(), currencies: {} },
      last,
      storageStat,
    },
    ...(lite ? {} : { block: blockRef(master) }),
  };
}

function existing(node: TonNode, seqno: number): MasterBlock {
  const master = node.block(seqno);
  if (master === null) throw new HttpProblem(404, `LITE_SERVER_NOTREADY: block ${seqno} is not there (yet)`);
  return master;
}

async function run(node: TonNode, seqno: number, address: string, method: string, stack: string | undefined) {
  const master = existing(node, seqno);
  const parameters =
    stack === undefined ? [] : parseTuple(Cell.fromBoc(Buffer.from(stack, 'base64url'))[0] ?? Cell.EMPTY);
  const result = await node.chain.runMethod(address, method, parameters, seqno);
  const shardBlock = master.tops.find(({ shard }) => shard === shardOf(address)) ?? master;
  const where = { block: blockRef(master), shardBlock: blockRef(shardBlock) };
  return { exitCode: result?.exitCode ?? NOT_ACTIVE, resultRaw: result?.raw ?? null, ...where };
}

function changed(node: TonNode, seqno: number, address: string, lt: string) {
  const master = existing(node, seqno);
  return { changed: node.chain.account(address, seqno).lastLt.toString() !== lt, block: blockRef(master) };
}

/** The transaction and those before it, newest first. */
function transactions(node: TonNode, address: string, lt: number, hash: string) {
  const { ledger } = node.chain;
  const first = ledger.transactionByLt(address, lt);
  if (first?.entry.hash !== hash)
    throw new HttpProblem(
      500,
      'LITE_SERVER_UNKNOWN: cannot find the transaction: hash mismatch or not in db',
    );
  const found = ledger.transactionsOf(address, PAGE, lt, node.head().seqno);
  if (found.length === 0)
    throw new HttpProblem(500, 'LITE_SERVER_NOTREADY: the transaction is younger than the last block');
  const boc = multiRootBoc(found.map((located) => ledger.readTransaction(located))).toString('base64');
  return { blocks: found.map(({ shardBlock }) => blockRef(shardBlock)), boc };
}

async function send(node: TonNode, body: string) {
  const { boc } = JSON.parse(body) as { boc?: unknown };
  if (typeof boc !== 'string') throw new HttpProblem(400, 'boc: base64 text is needed');
  await node.chain.submit(Buffer.from(boc, 'base64')).catch((error: unknown) => {
    throw error instanceof MessageRefused ? new HttpProblem(500, error.message) : error;
  });
  return { status: 1 };
}

/** @returns null when the path is none of TonClient4's */
export function routeV4(node: TonNode, method: string, path: string, body: string): V4Answer | null {
  const [root, ...rest] = path.split('/').slice(1).map(decodeURIComponent);
  if (method === 'POST' && path === '/send') return { method: 'send', answer: () => send(node, body) };
  if (method !== 'GET') return null;
  if (root === 'account') {
    const [address = '', kind, lt, hash = ''] = rest;
    if (kind !== 'tx' || lt === 'parsed' || lt === undefined) return null;
    return {
      method: 'tx',
      answer: () => transactions(node, parseAddress(address), parseNumber('lt', lt), parseHash(hash)),
    };
  }
  if (root !== 'block') return null;
  const [which = '', second, third, fourth, fifth] = rest;
  if (which === 'latest') return { method: 'latest', answer: () => latest(node) };
  if (which === 'utime')
    return { method: 'utime', answer: () => block(node, byTime(node, parseNumber('utime', second))) };
  const seqno = () => parseNumber('seqno', which);
  if (second === undefined) return { method: 'block', answer: () => block(node, node.block(seqno())) };
  const address = () => parseAddress(second);
  if (third === undefined)
    return { method: 'account', answer: () => account(node, seqno(), address(), false) };
  if (third === 'lite') return { method: 'account', answer: () => account(node, seqno(), address(), true) };
  if (third === 'changed' && fourth !== undefined)
    return { method: 'changed', answer: () => changed(node, seqno(), address(), fourth) };
  if (third === 'run' && fourth !== undefined)
    return { method: 'run', answer: () => run(node, seqno(), address(), fourth, fifth) };
  return null;
}

function byTime(node: TonNode, time: number): MasterBlock | null {
  const found = node.chain.ledger.blockAt(time);
  return found && node.block(Math.min(found.seqno, node.head().seqno));
}
