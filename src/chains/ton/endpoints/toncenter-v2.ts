/**
 * toncenter API v2, a thin layer over a liteserver: it gives shard blocks one by one, so they are walked by
 * their parents.
 */

import { z } from 'zod';
import { isBlockTime, NO_BLOCK_TIME } from '../../block-time.js';
import type { Endpoint } from '../../http/endpoint.js';
import { RpcError } from '../../http/errors.js';
import { readCellText } from '../cells/boc.js';
import type { StackItem } from '../cells/stack.js';
import { normaliseCell } from '../normalise/cell.js';
import type { ShardBlock } from '../prove.js';
import {
  blockName,
  MASTERCHAIN,
  type ShardBlockId,
  shardFromSigned,
  shardToSigned,
  WHOLE_SHARD,
} from '../shards.js';
import type { CallOptions, RawTransaction, ShownBlock, TonEndpoint } from './endpoint.js';
import { createTonHttp, type TonHttpOptions } from './http.js';
import { createV2Sdk } from './sdk.js';
import { stackFromJson, stackToJson } from './stack-json.js';
import { address, big, createCodeHashes, hash, seqno } from './text.js';

const shard = z
  .string()
  .regex(/^-?\d+$/)
  .transform(shardFromSigned);
const blockId = z.object({ workchain: z.int(), shard, seqno, root_hash: hash });
const envelope = z.union([
  z.looseObject({ ok: z.literal(true), result: z.unknown() }),
  z.looseObject({ ok: z.literal(false), error: z.unknown(), code: z.unknown().optional() }),
]);
const infoSchema = z.object({ last: blockId });
const shardsSchema = z.object({ shards: z.array(blockId) });
const time = z.custom<number>(isBlockTime, NO_BLOCK_TIME);
const headerSchema = z.object({ id: blockId, gen_utime: time.optional(), prev_blocks: z.array(blockId) });
const transactionItem = z.looseObject({
  utime: time,
  data: z.string(),
  transaction_id: z.object({ lt: big, hash }),
});
const blockTransactions = z.object({
  incomplete: z.boolean().optional(),
  transactions: z.array(
    z.looseObject({
      ...transactionItem.shape,
      account: z.string().optional(),
      address: z.object({ account_address: z.string() }).optional(),
    }),
  ),
});
const accountSchema = z.object({
  state: z.string(),
  code: z.string().nullish(),
  data: z.string().nullish(),
  last_transaction_id: z.object({ lt: big, hash: z.string() }).nullish(),
});
const runSchema = z.object({ exit_code: z.int(), stack: z.array(z.unknown()) });

const PAGE = 256;
/**
 * Most blocks of one shard that a masterchain block commits at once: an endpoint that shows more is wrong.
 */
const LONGEST_WALK = 256;

export function createToncenterV2(
  endpoint: Endpoint,
  options: TonHttpOptions,
): TonEndpoint & { close(): Promise<void> } {
  const http = createTonHttp(endpoint, options);
  const codeHashOf = createCodeHashes();

  async function call<T>(
    method: string,
    params: Readonly<Record<string, string | number>>,
    schema: z.ZodType<T>,
    how: CallOptions,
  ): Promise<T> {
    const query = Object.entries(params).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    return open(
      method,
      await http.json(
        { what: method, path: `/${method}${query.length > 0 ? `?${query.join('&')}` : ''}` },
        how,
      ),
      schema,
    );
  }

  function open<T>(method: string, answer: unknown, schema: z.ZodType<T>): T {
    const reply = http.parse(method, envelope, answer);
    if (reply.ok) return http.parse(method, schema, reply.result);
    throw http.failure(method, String(reply.error), Number(reply.code ?? 500));
  }

  /** Only archive nodes keep old blocks: what a node does not have is asked for once more of one of those. */
  async function archival<T>(work: (more: Readonly<Record<string, string>>) => Promise<T>): Promise<T> {
    try {
      return await work({});
    } catch (error) {
      if (!(error instanceof RpcError) || error.reason !== 'skipped-or-missing') throw error;
      return work({ archival: 'true' });
    }
  }

  const idOf = ({ workchain, shard: prefix, seqno: at }: ShardBlockId) => ({
    workchain,
    shard: shardToSigned(prefix),
    seqno: at,
  });
  const masterOf = (at: number): ShardBlockId => ({ workchain: MASTERCHAIN, shard: WHOLE_SHARD, seqno: at });
  const header = (id: ShardBlockId, how: CallOptions) =>
    archival((more) => call('getBlockHeader', { ...idOf(id), ...more }, headerSchema, how));

  async function transactionsOf(id: ShardBlockId, how: CallOptions): Promise<RawTransaction[]> {
    const all: RawTransaction[] = [];
    for (;;) {
      const last = all.at(-1);
      const after = last ? { after_lt: last.lt.toString(), after_hash: accountHash(last.account) } : {};
      const page = await archival((more) =>
        call(
          'getBlockTransactionsExt',
          { ...idOf(id), count: PAGE, ...after, ...more },
          blockTransactions,
          how,
        ),
      );
      const known = new Set(all.map((item) => item.hash));
      const fresh = page.transactions
        .map((item) => rawOf(item, item.account ?? item.address?.account_address))
        .filter(({ hash: hex }) => !known.has(hex));
      all.push(...fresh);
      if (page.incomplete !== true) return all;
      if (fresh.length === 0) throw http.badAnswer('getBlockTransactionsExt', 'the same page again');
    }
  }

  function rawOf(item: z.output<typeof transactionItem>, account: string | undefined): RawTransaction {
    const { lt, hash: id } = item.transaction_id;
    if (account === undefined) throw http.badAnswer('transactions', 'a transaction without its account');
    const owner = http.parse('transactions', address, account);
    return {
      account: owner,
      lt,
      hash: id,
      now: item.utime,
      block: null,
      codeHash: null,
      read: (place) => normaliseCell(readCellText(item.data), owner, place),
    };
  }

  async function tops(number: number, how: CallOptions): Promise<readonly ShardBlockId[]> {
    const { shards } = await archival((more) =>
      call('shards', { seqno: number, ...more }, shardsSchema, how),
    );
    if (shards.length === 0) throw http.missing(`shards ${number}`, 'no shards');
    return shards;
  }

  return {
    name: http.name,
    kind: 'toncenter-v2',
    sdk: createV2Sdk(http),
    close: http.close,
    tip: async (how) => {
      const { last } = await call('getMasterchainInfo', {}, infoSchema, how);
      const { gen_utime: time } = await header(masterOf(last.seqno), how);
      return { seqno: last.seqno, time: time ?? null };
    },
    first: async () => 1,
    rootHash: async (number, how) => {
      const params = { workchain: MASTERCHAIN, shard: shardToSigned(WHOLE_SHARD), seqno: number };
      return (await archival((more) => call('lookupBlock', { ...params, ...more }, blockId, how))).root_hash;
    },
    tops,
    async block(number, before, how): Promise<ShownBlock> {
      const started = new Set(before.map(blockName));
      const found = new Map<string, ShardBlock>();
      const toVisit = [...(await tops(number, how))] as ShardBlockId[];
      for (let id = toVisit.pop(); id; id = toVisit.pop()) {
        const name = blockName(id);
        if (started.has(name) || found.has(name) || id.seqno === 0) continue;
        if (found.size > LONGEST_WALK)
          throw http.badAnswer(
            `shards ${number}`,
            'shard blocks that lead past the masterchain block before',
          );
        const { prev_blocks: parents } = await header(id, how);
        found.set(name, { workchain: id.workchain, shard: id.shard, seqno: id.seqno, parents });
        toVisit.push(...parents);
      }
      const own = await header(masterOf(number), how);
      const lists = await Promise.all(
        [masterOf(number), ...found.values()].map((id) => transactionsOf(id, how)),
      );
      return {
        rootHash: own.id.root_hash,
        shardBlocks: [...found.values()],
        transactions: lists.flat().map((raw) => ({ account: raw.account, lt: raw.lt, hash: raw.hash, raw })),
      };
    },
    blockAt: async (time, how) => {
      const params = { workchain: MASTERCHAIN, shard: shardToSigned(WHOLE_SHARD), unixtime: time };
      return (await archival((more) => call('lookupBlock', { ...params, ...more }, blockId, how))).seqno;
    },
    async account(raw, number, how) {
      const state = await archival((more) =>
        call('getAddressInformation', { address: raw, seqno: number, ...more }, accountSchema, how),
      );
      const last = state.last_transaction_id;
      return {
        active: state.state === 'active',
        frozen: state.state === 'frozen',
        codeHash: state.code
          ? codeHashOf(state.code, (boc) => http.cell('getAddressInformation', boc))
          : null,
        data: state.data ? http.cell('getAddressInformation', state.data) : null,
        last:
          last && last.lt !== 0n
            ? { lt: last.lt, hash: http.parse('getAddressInformation', hash, last.hash) }
            : null,
      };
    },
    async transactions(raw, from, how) {
      const start =
        from === null
          ? {}
          : { lt: from.lt.toString(), hash: Buffer.from(from.hash, 'hex').toString('base64') };
      const items = await archival((more) =>
        call(
          'getTransactions',
          { address: raw, limit: 100, ...start, ...more },
          z.array(transactionItem),
          how,
        ),
      );
      return items.map((item) => rawOf(item, raw));
    },
    async run(raw, method, args, number, how) {
      const body = { address: raw, method, stack: stackToJson(args, 'v2'), seqno: number };
      const answer = await http.json({ what: `runGetMethod ${method}`, path: '/runGetMethod', body }, how);
      const { exit_code: exitCode, stack } = open('runGetMethod', answer, runSchema);
      return { exitCode, stack: readStack(stack, method) };
    },
  };

  function readStack(stack: readonly unknown[], method: string): StackItem[] {
    try {
      return stackFromJson(stack);
    } catch (cause) {
      throw http.badAnswer(`runGetMethod ${method}`, 'a stack that cannot be read', cause);
    }
  }
}

/** The account's 32 bytes, base64: what a liteserver pages by. */
function accountHash(raw: string): string {
  return Buffer.from(raw.slice(raw.indexOf(':') + 1), 'hex').toString('base64');
}
