/** toncenter v2, as JSON-RPC (`/api/v2/jsonRPC`) and as GET with query parameters (`/api/v2/:method`). */
import { loadTransaction } from '@ton/core';
import { MessageRefused } from '../chain/chain.js';
import type { Located } from '../chain/ledger.js';
import { MASTERCHAIN_SHARD, parseShard, shardOf } from '../chain/shards.js';
import type { MasterBlock, ShardBlock } from '../chain/types.js';
import { base64, HttpProblem, parseAddress, parseHash, parseNumber, type TonNode } from './node.js';
import {
  blockIdExt,
  header,
  parseStackEntry,
  rawTransaction,
  shortTransaction,
  stackEntry,
} from './v2-shapes.js';

type Parameters = Readonly<Record<string, unknown>>;
type V2Method = (parameters: Parameters) => Promise<unknown> | unknown;

const BLOCK_PAGE = 40;
const MOST = 1024;
const ACTIVE = {
  active: 'active',
  uninit: 'uninitialized',
  nonexist: 'uninitialized',
  frozen: 'frozen',
} as const;

const text = (parameters: Parameters, name: string): string => {
  const value = parameters[name];
  if (typeof value !== 'string' || value === '') throw new HttpProblem(422, `${name}: text is needed`);
  return value;
};
const number = (parameters: Parameters, name: string): number => parseNumber(name, parameters[name]);
const has = (parameters: Parameters, name: string): boolean =>
  parameters[name] !== undefined && parameters[name] !== null && parameters[name] !== '';

export function createV2(node: TonNode): Readonly<Record<string, V2Method>> {
  const { chain } = node;
  const { ledger } = chain;

  const master = (seqno: number): MasterBlock => {
    const found = node.block(seqno);
    if (found === null)
      throw new HttpProblem(500, `LITE_SERVER_NOTREADY: block (-1,8000000000000000,${seqno}) is not applied`);
    return found;
  };
  const shardOfParameters = (parameters: Parameters): string => {
    const shard = parseShard(String(parameters.shard));
    if (shard === null) throw new HttpProblem(422, `shard: '${String(parameters.shard)}' is no shard`);
    return shard;
  };
  /** The block that workchain, shard and seqno name. */
  const named = (parameters: Parameters): { id: MasterBlock | ShardBlock; committedBy: MasterBlock } => {
    const seqno = number(parameters, 'seqno');
    if (number(parameters, 'workchain') === -1) return { id: master(seqno), committedBy: master(seqno) };
    const shard = shardOfParameters(parameters);
    const found = node.shardBlock(shard, seqno);
    if (found === null)
      throw new HttpProblem(500, `LITE_SERVER_UNKNOWN: block (0,${shard},${seqno}) is not in db`);
    return { id: found.shardBlock, committedBy: found.block };
  };
  const transactionsOf = (parameters: Parameters) => {
    const { id, committedBy } = named(parameters);
    const count = Math.min(has(parameters, 'count') ? number(parameters, 'count') : BLOCK_PAGE, MOST);
    const entries = 'transactions' in id ? id.transactions : [];
    const afterLt = has(parameters, 'after_lt') ? number(parameters, 'after_lt') : -1;
    const afterHash = has(parameters, 'after_hash') ? parseHash(text(parameters, 'after_hash')) : '';
    const from =
      afterLt < 0
        ? 0
        : entries.findIndex(({ lt, hash }) => lt === afterLt && (afterHash === '' || hash === afterHash)) + 1;
    const page = entries.slice(from, from + count);
    const located =
      'transactions' in id ? page.map((entry) => ({ block: committedBy, shardBlock: id, entry })) : [];
    return { id, count, incomplete: from + page.length < entries.length, located };
  };
  const full = (located: Located) => {
    const transaction = loadTransaction(ledger.readTransactionCell(located).beginParse());
    return rawTransaction(ledger.readTransaction(located), transaction, located);
  };
  const send = async (parameters: Parameters): Promise<string> => {
    const { hash } = await chain
      .submit(Buffer.from(text(parameters, 'boc'), 'base64'))
      .catch((error: unknown) => {
        throw error instanceof MessageRefused
          ? new HttpProblem(500, `LITE_SERVER_UNKNOWN: ${error.message}`)
          : error;
      });
    return hash;
  };

  return {
    getMasterchainInfo() {
      const head = node.head();
      const init = {
        workchain: -1,
        shard: MASTERCHAIN_SHARD,
        seqno: 0,
        rootHash: chain.genesisHash,
        fileHash: chain.genesisHash,
      };
      return {
        '@type': 'blocks.masterchainInfo',
        last: blockIdExt(head),
        state_root_hash: base64(head.rootHash),
        init: blockIdExt(init),
      };
    },
    shards: (parameters) => ({
      '@type': 'blocks.shards',
      shards: master(number(parameters, 'seqno')).tops.map(blockIdExt),
    }),
    getShards: (parameters) => ({
      '@type': 'blocks.shards',
      shards: master(number(parameters, 'seqno')).tops.map(blockIdExt),
    }),
    lookupBlock(parameters) {
      if (has(parameters, 'seqno')) return blockIdExt(named(parameters).id);
      if (!has(parameters, 'unixtime') || number(parameters, 'workchain') !== -1)
        throw new HttpProblem(422, 'lookupBlock: seqno, or the unixtime of a masterchain block, is needed');
      const found = ledger.blockAt(number(parameters, 'unixtime'));
      if (found === null)
        throw new HttpProblem(500, 'LITE_SERVER_UNKNOWN: there is no block so old: not in db');
      return blockIdExt(master(Math.min(found.seqno, node.head().seqno)));
    },
    getBlockHeader(parameters) {
      const { id, committedBy } = named(parameters);
      return header(id, committedBy);
    },
    getBlockTransactions(parameters) {
      const { id, count, incomplete, located } = transactionsOf(parameters);
      return {
        '@type': 'blocks.transactions',
        id: blockIdExt(id),
        req_count: count,
        incomplete,
        transactions: located.map(shortTransaction),
      };
    },
    getBlockTransactionsExt(parameters) {
      const { id, count, incomplete, located } = transactionsOf(parameters);
      return {
        '@type': 'blocks.transactionsExt',
        id: blockIdExt(id),
        req_count: count,
        incomplete,
        transactions: located.map(full),
      };
    },
    getTransactions(parameters) {
      const account = parseAddress(text(parameters, 'address'));
      const limit = Math.min(has(parameters, 'limit') ? number(parameters, 'limit') : 10, 100);
      const lt = has(parameters, 'lt') ? number(parameters, 'lt') : Number.MAX_SAFE_INTEGER;
      const toLt = has(parameters, 'to_lt') ? number(parameters, 'to_lt') : 0;
      if (has(parameters, 'lt') && has(parameters, 'hash')) {
        const first = node.visible(ledger.transactionByLt(account, lt));
        if (first?.entry.hash !== parseHash(text(parameters, 'hash')))
          throw new HttpProblem(
            500,
            'LITE_SERVER_UNKNOWN: cannot locate transaction in block with specified logical time',
          );
      }
      return ledger
        .transactionsOf(account, limit, lt, node.head().seqno)
        .filter((located) => located.entry.lt > toLt)
        .map(full);
    },
    getAddressInformation(parameters) {
      const account = parseAddress(text(parameters, 'address'));
      const block = has(parameters, 'seqno') ? master(number(parameters, 'seqno')) : node.head();
      const { status, balance, code, data, lastLt, lastHash } = chain.account(account, block.seqno);
      const shard = block.tops.find((top) => top.shard === shardOf(account)) ?? block;
      return {
        '@type': 'raw.fullAccountState',
        balance: balance.toString(),
        extra_currencies: [],
        code: code?.toString('base64') ?? '',
        data: data?.toString('base64') ?? '',
        last_transaction_id: {
          '@type': 'internal.transactionId',
          lt: lastLt.toString(),
          hash: base64(lastHash),
        },
        block_id: blockIdExt(shard),
        frozen_hash: '',
        sync_utime: block.time,
        state: ACTIVE[status],
      };
    },
    async runGetMethod(parameters) {
      const account = parseAddress(text(parameters, 'address'));
      const block = has(parameters, 'seqno') ? master(number(parameters, 'seqno')) : node.head();
      const stack = Array.isArray(parameters.stack) ? parameters.stack.map(parseStackEntry) : [];
      const method = parameters.method;
      if (typeof method !== 'string' && typeof method !== 'number')
        throw new HttpProblem(422, 'method: a name or a number is needed');
      const result = await chain.runMethod(account, method, stack, block.seqno);
      const { lastLt, lastHash } = chain.account(account, block.seqno);
      return {
        '@type': 'smc.runResult',
        gas_used: result?.gasUsed ?? 0,
        stack: result?.stack.map(stackEntry) ?? [],
        exit_code: result?.exitCode ?? -13,
        block_id: blockIdExt(block),
        last_transaction_id: {
          '@type': 'internal.transactionId',
          lt: lastLt.toString(),
          hash: base64(lastHash),
        },
      };
    },
    async sendBoc(parameters) {
      await send(parameters);
      return { '@type': 'ok' };
    },
    async sendBocReturnHash(parameters) {
      const hash = base64(await send(parameters));
      return { '@type': 'raw.extMessageInfo', hash };
    },
  };
}
