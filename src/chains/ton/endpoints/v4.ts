/** The HTTP API of TonClient4 (`@ton/ton`, ton-api-v4): lists every transaction id of a masterchain block, knows old states. */
import { type Cell, parseTuple, serializeTuple } from '@ton/core';
import { z } from 'zod';
import type { Endpoint } from '../../http/client.js';
import { readCells } from '../cells/boc.js';
import { normaliseCell } from '../normalise/cell.js';
import { MASTERCHAIN, type ShardBlockId, shardFromSigned, shardRange } from '../shards.js';
import type { AccountState, CallOptions, RawTransaction, ShownBlock, TonEndpoint } from './endpoint.js';
import { createTonHttp, type TonHttpOptions } from './http.js';
import { address, big, codeHashOf, friendly, hash, seqno } from './text.js';

const shard = z
  .string()
  .regex(/^-?\d+$/)
  .transform(shardFromSigned);
const blockId = z.object({ workchain: z.int(), seqno, shard });
const latestSchema = z.object({ last: z.object({ seqno }), now: z.int().optional() });
const blockSchema = z.union([
  z.object({ exist: z.literal(false) }),
  z.object({
    exist: z.literal(true),
    block: z.object({
      shards: z.array(z.object({ ...blockId.shape, rootHash: hash, transactions: z.array(z.object({ account: address, lt: big, hash })) })),
    }),
  }),
]);
const last = z.object({ lt: big, hash }).nullable();
const accountSchema = z.object({
  account: z.object({
    state: z.union([z.object({ type: z.literal('active'), code: z.string().nullable(), data: z.string().nullable() }), z.looseObject({})]),
    last,
  }),
});
const runSchema = z.object({ exitCode: z.int(), resultRaw: z.string().nullable(), shardBlock: blockId });
const transactionsSchema = z.object({ boc: z.string() });

export function createV4Endpoint(endpoint: Endpoint, options: TonHttpOptions): TonEndpoint & { close(): Promise<void> } {
  const http = createTonHttp(endpoint, options);

  async function shown(number: number, call: CallOptions) {
    const what = `/block/${number}`;
    const answer = await http.get({ what, path: what }, blockSchema, call);
    if (!answer.exist) throw http.missing(what, 'the endpoint has no such block');
    const shards = answer.block.shards;
    const master = shards.find(({ workchain }) => workchain === MASTERCHAIN);
    if (!master) throw http.badAnswer(what, 'a block without its masterchain block');
    return { shards, master };
  }

  const runPath = (account: string, method: string, number: number, tail = '') =>
    `/block/${number}/${encodeURIComponent(friendly(account))}/run/${encodeURIComponent(method)}${tail}`;

  async function tip(call: CallOptions) {
    const { last: newest, now } = await http.get({ what: '/block/latest', path: '/block/latest' }, latestSchema, call);
    return { seqno: newest.seqno, time: now ?? null };
  }

  async function account(raw: string, number: number, call: CallOptions): Promise<AccountState> {
    const what = `/block/${number}/…`;
    const { account: found } = await http.get({ what, path: `/block/${number}/${encodeURIComponent(friendly(raw))}` }, accountSchema, call);
    const { state } = found;
    if (!('type' in state) || state.type !== 'active')
      return { active: false, frozen: 'type' in state && state.type === 'frozen', codeHash: null, data: null, last: found.last };
    const { code, data } = state as { code: string | null; data: string | null };
    return {
      active: true,
      frozen: false,
      codeHash: code ? codeHashOf(code, (boc) => http.cell(what, boc)) : null,
      data: data ? http.cell(what, data) : null,
      last: found.last,
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
    const path = `/account/${encodeURIComponent(friendly(raw))}/tx/${from.lt}/${id}`;
    const { boc } = await http.get({ what, path }, transactionsSchema, call);
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
    // It asks an archive: everything from the first block on.
    first: async () => 1,
    rootHash: async (number, call) => (await shown(number, call)).master.rootHash,
    /** An answer to any get-method names the shard block that it ran on; one account a shard is asked, from the first to the last. */
    async tops(number, call) {
      const tops: ShardBlockId[] = [];
      for (let at = 0n; at < 1n << 64n; ) {
        const account = `0:${at.toString(16).padStart(16, '0')}${'0'.repeat(48)}`;
        const what = `/block/${number}/…/run`;
        const { shardBlock } = await http.get({ what, path: runPath(account, 'seqno', number) }, runSchema, call);
        const { from, to } = shardRange(shardBlock.shard);
        if (shardBlock.workchain !== 0 || from > at || to <= at) throw http.badAnswer(what, 'a shard that does not hold the account');
        tops.push(shardBlock);
        at = to;
      }
      return tops;
    },
    async block(number, _, call): Promise<ShownBlock> {
      const { shards, master } = await shown(number, call);
      return {
        rootHash: master.rootHash,
        shardBlocks: shards.map(({ workchain, shard: prefix, seqno: at }) => ({ workchain, shard: prefix, seqno: at })),
        transactions: shards.flatMap((block) => block.transactions.map((id) => ({ ...id, raw: null }))),
      };
    },
    blockAt: async (time, call) => {
      const what = `/block/utime/${time}`;
      const answer = await http.get({ what, path: what }, blockSchema, call);
      const master = answer.exist ? answer.block.shards.find(({ workchain }) => workchain === MASTERCHAIN) : undefined;
      if (!master) throw http.missing(what, 'the endpoint has no block of that time');
      return master.seqno;
    },
    account,
    transactions,
    async run(raw, method, args, number, call) {
      const tail =
        args.length === 0
          ? ''
          : `/${serializeTuple([...args])
              .toBoc({ idx: false, crc32: false })
              .toString('base64url')}`;
      const what = `/block/${number}/…/run/${method}`;
      const { exitCode, resultRaw } = await http.get({ what, path: runPath(raw, method, number, tail) }, runSchema, call);
      return { exitCode, stack: resultRaw ? parseTuple(http.cell(what, resultRaw)) : [] };
    },
  };
}

function rawOf(account: string, cell: Cell): RawTransaction {
  const { lt, now } = headOf(cell);
  return {
    account,
    lt,
    hash: cell.hash().toString('hex'),
    now,
    block: null,
    codeHash: null,
    read: (place) => normaliseCell(cell, account, place),
  };
}

/** transaction$0111 account_addr:bits256 lt:uint64 prev_trans_hash:bits256 prev_trans_lt:uint64 now:uint32 … (block.tlb) */
function headOf(cell: Cell): { readonly lt: bigint; readonly now: number } {
  const slice = cell.beginParse().skip(4 + 256);
  const lt = slice.loadUintBig(64);
  return { lt, now: slice.skip(256 + 64).loadUint(32) };
}
