/**
 * The HTTP API of TonClient4 (`@ton/ton`, ton-api-v4): lists every transaction id of a masterchain block,
 * knows old states.
 */

import { friendlyTonAddress } from '../../../events/ton-address.js';
import type { Endpoint } from '../../http/endpoint.js';
import { readCells } from '../cells/boc.js';
import type { Cell } from '../cells/cell.js';
import { sliceOf } from '../cells/slice.js';
import { readStack, writeStack } from '../cells/stack.js';
import { writeCells } from '../cells/write.js';
import { normaliseCell } from '../normalise/cell.js';
import { MASTERCHAIN, type ShardBlockId, shardRange } from '../shards.js';
import type { AccountState, CallOptions, RawTransaction, ShownBlock, TonEndpoint } from './endpoint.js';
import { createTonHttp, type TonHttpOptions } from './http.js';
import { createV4Sdk } from './sdk.js';
import { createCodeHashes } from './text.js';
import { readAccount, readLatest, readRun, readShards, readTransactions } from './v4-answers.js';

export function createV4Endpoint(
  endpoint: Endpoint,
  options: TonHttpOptions,
): TonEndpoint & { close(): Promise<void> } {
  const http = createTonHttp(endpoint, options);
  const codeHashOf = createCodeHashes();
  const sdk = createV4Sdk(http);

  async function shown(number: number, call: CallOptions) {
    const what = `/block/${number}`;
    const shards = await http.get({ what, path: what }, readShards, call);
    if (shards === null) throw http.missing(what, 'the endpoint has no such block');
    const master = shards.find(({ workchain }) => workchain === MASTERCHAIN);
    if (!master) throw http.badAnswer(what, 'a block without its masterchain block');
    return { shards, master };
  }

  const runPath = (account: string, method: string, number: number, tail = '') =>
    `/block/${number}/${encodeURIComponent(friendlyTonAddress(account))}/run/${encodeURIComponent(method)}${tail}`;

  const tip = (call: CallOptions) =>
    http.get({ what: '/block/latest', path: '/block/latest' }, readLatest, call);

  async function account(raw: string, number: number, call: CallOptions): Promise<AccountState> {
    const what = `/block/${number}/…`;
    const path = `/block/${number}/${encodeURIComponent(friendlyTonAddress(raw))}`;
    const { type, code, data, last } = await http.get({ what, path }, readAccount, call);
    return {
      active: type === 'active',
      frozen: type === 'frozen',
      codeHash: code ? codeHashOf(code, (boc) => http.cell(what, boc)) : null,
      data: data ? http.cell(what, data) : null,
      last,
    };
  }

  async function transactions(
    raw: string,
    from: { readonly lt: bigint; readonly hash: string } | null,
    call: CallOptions,
  ): Promise<readonly RawTransaction[]> {
    if (from === null) {
      const newest = await tip(call);
      const { last: start } = await account(raw, newest.seqno, call);
      return start === null ? [] : transactions(raw, start, call);
    }
    const id = Buffer.from(from.hash, 'hex').toString('base64url');
    const what = `/account/…/tx/${from.lt}`;
    const path = `/account/${encodeURIComponent(friendlyTonAddress(raw))}/tx/${from.lt}/${id}`;
    const boc = await http.get({ what, path }, readTransactions, call);
    try {
      return readCells(Buffer.from(boc, 'base64')).map((cell) => rawOf(raw, cell));
    } catch (cause) {
      throw http.badAnswer(what, 'transactions that cannot be read', cause);
    }
  }

  return {
    name: http.name,
    kind: 'v4',
    close: http.close,
    tip,
    // The API stands before an archive node: it has everything from the first block on.
    first: async () => 1,
    sdk,
    rootHash: sdk.rootHash,
    /**
     * The answer to any get-method names the shard block that it ran on. So one account of each shard is
     * asked, from the lowest address to the highest.
     */
    async tops(number, call) {
      const tops: ShardBlockId[] = [];
      for (let at = 0n; at < 1n << 64n; ) {
        const account = `0:${at.toString(16).padStart(16, '0')}${'0'.repeat(48)}`;
        const what = `/block/${number}/…/run`;
        const { shard } = await http.get({ what, path: runPath(account, 'seqno', number) }, readRun, call);
        const { from, to } = shardRange(shard.shard);
        if (shard.workchain !== 0 || from > at || to <= at)
          throw http.badAnswer(what, 'a shard that does not hold the account');
        tops.push(shard);
        at = to;
      }
      return tops;
    },
    async block(number, _, call): Promise<ShownBlock> {
      const { shards, master } = await shown(number, call);
      return {
        rootHash: master.rootHash,
        shardBlocks: shards.map(({ workchain, shard: prefix, seqno: at }) => ({
          workchain,
          shard: prefix,
          seqno: at,
        })),
        transactions: shards.flatMap((block) => block.transactions.map((id) => ({ ...id, raw: null }))),
      };
    },
    blockAt: async (time, call) => {
      const what = `/block/utime/${time}`;
      const shards = await http.get({ what, path: what }, readShards, call);
      const master = shards?.find(({ workchain }) => workchain === MASTERCHAIN);
      if (!master) throw http.missing(what, 'the endpoint has no block of that time');
      return master.seqno;
    },
    account,
    transactions,
    async run(raw, method, args, number, call) {
      const tail = args.length === 0 ? '' : `/${writeCells(writeStack(args)).toString('base64url')}`;
      const what = `/block/${number}/…/run/${method}`;
      const { exitCode, result } = await http.get(
        { what, path: runPath(raw, method, number, tail) },
        readRun,
        call,
      );
      return { exitCode, stack: result ? readStack(http.cell(what, result)) : [] };
    },
  };
}

function rawOf(account: string, cell: Cell): RawTransaction {
  const { lt, now } = headOf(cell);
  return {
    account,
    lt,
    hash: cell.hash(),
    now,
    block: null,
    codeHash: null,
    read: (place) => normaliseCell(cell, account, place),
  };
}

/**
 * transaction$0111 account_addr:bits256 lt:uint64 prev_trans_hash:bits256 prev_trans_lt:uint64 now:uint32 …
 * (block.tlb)
 */
function headOf(cell: Cell): { readonly lt: bigint; readonly now: number } {
  const slice = sliceOf(cell).skip(4 + 256);
  const lt = slice.loadUintBig(64);
  return { lt, now: slice.skip(256 + 64).loadUint(32) };
}
