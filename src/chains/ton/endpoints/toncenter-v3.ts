/** toncenter API v3, an index over the chain: whole masterchain blocks in a request, and transactions by any of their hashes. */
import type { TupleItem } from '@ton/core';
import { z } from 'zod';
import { messageOf } from '../../../runtime/errors.js';
import type { Endpoint } from '../../http/client.js';
import { asAddress, asHash, asInteger, asRecord, asSeqno, asWhole, optional } from '../normalise/fields.js';
import { normaliseV3 } from '../normalise/v3.js';
import { MASTERCHAIN, WHOLE_SHARD } from '../shards.js';
import type { CallOptions, RawTransaction, ShownBlock, TonEndpoint } from './endpoint.js';
import { createTonHttp, type TonHttpOptions } from './http.js';
import { stackFromJson, stackToJson } from './stack-json.js';
import { hash, seqno } from './text.js';

const shard = z
  .string()
  .regex(/^[0-9a-f]{1,16}$/i)
  .transform((text) => text.toLowerCase().padStart(16, '0'));
const blockRef = z.object({ workchain: z.int(), shard, seqno });
const unixTime = z.union([z.int(), z.string().regex(/^\d+$/)]).transform(Number);
const infoSchema = z.object({ last: z.object({ seqno, gen_utime: unixTime.optional() }), first: z.object({ seqno }).optional() });
const blockItem = z.object({
  ...blockRef.shape,
  root_hash: hash,
  prev_blocks: z.array(blockRef).nullish(),
  tx_count: z.int().nullish(),
});
const blocksSchema = z.object({ blocks: z.array(blockItem) });
const transactionsSchema = z.object({ transactions: z.array(z.unknown()) });
const statesSchema = z.object({
  accounts: z.array(
    z.looseObject({
      status: z.string(),
      code_hash: z.string().nullish(),
      data_boc: z.string().nullish(),
      last_transaction_hash: z.string().nullish(),
      last_transaction_lt: z.string().nullish(),
    }),
  ),
});
const runSchema = z.object({ exit_code: z.int(), stack: z.array(z.unknown()) });

const tracesSchema = z.object({ traces: z.array(z.object({ transactions: z.record(z.string(), z.unknown()) })) });

/** The API's own ceiling. */
const PAGE = 1_000;

export function createToncenterV3(endpoint: Endpoint, options: TonHttpOptions): TonEndpoint & { close(): Promise<void> } {
  const http = createTonHttp(endpoint, options);
  const whatOf = (path: string) => path.split('?')[0] ?? path;
  const get = <T>(path: string, schema: z.ZodType<T>, call: CallOptions) => http.get({ what: whatOf(path), path }, schema, call);

  function rawsOf(path: string, items: readonly unknown[]): RawTransaction[] {
    try {
      return items.map(rawOf);
    } catch (cause) {
      throw http.badAnswer(whatOf(path), `a transaction that is not as expected (${messageOf(cause)})`);
    }
  }

  async function transactionsAt(path: string, call: CallOptions): Promise<RawTransaction[]> {
    return rawsOf(path, (await get(path, transactionsSchema, call)).transactions);
  }

  async function allTransactions(path: string, call: CallOptions): Promise<RawTransaction[]> {
    const all: RawTransaction[] = [];
    for (;;) {
      const transactions = await transactionsAt(`${path}&limit=${PAGE}&offset=${all.length}`, call);
      all.push(...transactions);
      if (transactions.length < PAGE) return all;
    }
  }

  async function master(number: number, call: CallOptions) {
    const { blocks } = await get(`/blocks?workchain=${MASTERCHAIN}&shard=${WHOLE_SHARD}&seqno=${number}`, blocksSchema, call);
    const found = blocks.find((block) => block.seqno === number && block.workchain === MASTERCHAIN);
    if (!found) throw http.missing(`/blocks ${number}`, 'the endpoint has no such masterchain block');
    return found;
  }

  return {
    name: http.name,
    kind: 'toncenter-v3',
    close: http.close,
    tip: async (call) => {
      const { last } = await get('/masterchainInfo', infoSchema, call);
      return { seqno: last.seqno, time: last.gen_utime ?? null };
    },
    first: async (call) => (await get('/masterchainInfo', infoSchema, call)).first?.seqno ?? 1,
    rootHash: async (number, call) => (await master(number, call)).root_hash,
    async tops(number, call) {
      const { blocks } = await get(`/masterchainBlockShardState?seqno=${number}`, blocksSchema, call);
      if (!blocks.some(({ workchain }) => workchain === 0)) throw http.missing(`/masterchainBlockShardState ${number}`, 'no shards');
      return blocks;
    },
    async block(number, _, call): Promise<ShownBlock> {
      const [{ blocks: listed }, transactions] = await Promise.all([
        get(`/blocks?mc_seqno=${number}&limit=${PAGE}`, blocksSchema, call),
        allTransactions(`/transactionsByMasterchainBlock?seqno=${number}&sort=asc`, call),
      ]);
      const own = listed.find(({ workchain }) => workchain === MASTERCHAIN) ?? (await master(number, call));
      const shards = listed.filter(({ workchain }) => workchain !== MASTERCHAIN);
      const said = [own, ...shards].every((block) => typeof block.tx_count === 'number');
      const counted = [own, ...shards].reduce((sum, block) => sum + (block.tx_count ?? 0), 0);
      if (said && counted !== transactions.length)
        throw http.missing(
          `/transactionsByMasterchainBlock ${number}`,
          `${transactions.length} transactions, where its blocks count ${counted}`,
        );
      return {
        rootHash: own.root_hash,
        shardBlocks: shards.map(({ workchain, shard: prefix, seqno: at, prev_blocks: parents }) => ({
          workchain,
          shard: prefix,
          seqno: at,
          ...(parents && parents.length > 0 ? { parents } : {}),
        })),
        transactions: transactions.map((raw) => ({ account: raw.account, lt: raw.lt, hash: raw.hash, raw })),
      };
    },
    blockAt: async (time, call) => {
      const { blocks } = await get(
        `/blocks?workchain=${MASTERCHAIN}&shard=${WHOLE_SHARD}&end_utime=${time}&sort=desc&limit=1`,
        blocksSchema,
        call,
      );
      const [found] = blocks;
      if (!found) throw http.missing(`/blocks at ${time}`, 'the endpoint has no block of that time');
      return found.seqno;
    },
    async account(raw, _, call) {
      const { accounts } = await get(`/accountStates?address=${encodeURIComponent(raw)}&include_boc=true`, statesSchema, call);
      const state = accounts[0];
      if (!state) return { active: false, frozen: false, codeHash: null, data: null, last: null };
      const { last_transaction_hash: lastHash, last_transaction_lt: lastLt } = state;
      return {
        active: state.status === 'active',
        frozen: state.status === 'frozen',
        codeHash: state.code_hash ? hash.parse(state.code_hash) : null,
        data: state.data_boc ? http.cell('/accountStates', state.data_boc) : null,
        last: lastHash && lastLt && lastLt !== '0' ? { lt: BigInt(lastLt), hash: hash.parse(lastHash) } : null,
      };
    },
    async transactions(raw, from, call) {
      const until = from === null ? '' : `&end_lt=${from.lt}`;
      const path = `/transactions?account=${encodeURIComponent(raw)}${until}&sort=desc&limit=100`;
      return transactionsAt(path, call);
    },
    async run(raw, method, args, _, call) {
      const body = { address: raw, method, stack: stackToJson(args, 'v3') };
      const { exit_code: exitCode, stack } = await http.get(
        { what: `/runGetMethod ${method}`, path: '/runGetMethod', body },
        runSchema,
        call,
      );
      return { exitCode, stack: readStack(stack, method) };
    },
    async find(hex, call) {
      const id = encodeURIComponent(Buffer.from(hex, 'hex').toString('base64'));
      const found = new Map<string, RawTransaction>();
      const add = (raws: readonly RawTransaction[]) => {
        for (const raw of raws) found.set(raw.hash, raw);
      };
      add(await transactionsAt(`/transactions?hash=${id}`, call));
      if (found.size === 0) add(await transactionsAt(`/transactionsByMessage?msg_hash=${id}&limit=100`, call));
      // A root names its whole trace.
      for (const root of [...found.values()].filter(isRoot)) {
        const rootId = encodeURIComponent(Buffer.from(root.hash, 'hex').toString('base64'));
        const path = `/traces?tx_hash=${rootId}&limit=1`;
        const { traces } = await get(path, tracesSchema, call);
        for (const { transactions } of traces) add(rawsOf(path, Object.values(transactions)));
      }
      return [...found.values()];
    },
  };

  function readStack(stack: readonly unknown[], method: string): TupleItem[] {
    try {
      return stackFromJson(stack);
    } catch (cause) {
      throw http.badAnswer(`/runGetMethod ${method}`, 'a stack that cannot be read', cause);
    }
  }
}

/** Nothing but a message from outside, or nothing at all, caused it. */
function isRoot(raw: RawTransaction): boolean {
  return raw.read({ block: 0, transactionIndex: 0 }).inMessage?.kind !== 'internal';
}

/** What is needed at once; the whole as it came is read when it is wanted. @throws Error naming the field that is not as expected */
function rawOf(item: unknown): RawTransaction {
  const whole = asRecord(item, 'the transaction');
  const after = optional(whole.account_state_after, 'account_state_after', asRecord);
  return {
    account: asAddress(whole.account, 'account'),
    lt: asInteger(whole.lt, 'lt'),
    hash: asHash(whole.hash, 'hash'),
    now: asWhole(whole.now, 'now'),
    block: optional(whole.mc_block_seqno, 'mc_block_seqno', asSeqno),
    codeHash: optional(after?.code_hash, 'account_state_after.code_hash', asHash),
    read: (place) => normaliseV3(whole, place),
  };
}
