/** toncenter API v3, an index over the chain: whole masterchain blocks in a request, and transactions by any of their hashes. */
import type { TupleItem } from '@ton/core';
import { z } from 'zod';
import type { Endpoint } from '../../http/client.js';
import { normaliseV3 } from '../normalise/v3.js';
import { MASTERCHAIN, WHOLE_SHARD } from '../shards.js';
import type { CallOptions, RawTransaction, ShownBlock, TonEndpoint } from './endpoint.js';
import { createTonHttp, type TonHttpOptions } from './http.js';
import { stackFromJson, stackToJson } from './stack-json.js';
import { address, big, hash, seqno } from './text.js';

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
const stateAfter = z.object({ code_hash: hash.nullish() });
const transactionHead = z.object({
  ...{ account: address, hash, lt: big, now: z.int(), mc_block_seqno: seqno.nullish() },
  account_state_after: stateAfter.nullish(),
});
/** What is needed at once, and the whole as it came, to be read when it is wanted. */
const transactionItem = z.unknown().transform((whole, context) => {
  const head = transactionHead.safeParse(whole);
  if (head.success) return { ...head.data, whole };
  const [issue] = head.error.issues;
  context.addIssue({ code: 'custom', message: `a transaction whose ${issue?.path.join('.')} is not as expected: ${issue?.message}` });
  return z.NEVER;
});
const transactionsSchema = z.object({ transactions: z.array(transactionItem) });
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

const tracesSchema = z.object({ traces: z.array(z.object({ transactions: z.record(z.string(), transactionItem) })) });

/** The API's own ceiling. */
const PAGE = 1_000;

export function createToncenterV3(endpoint: Endpoint, options: TonHttpOptions): TonEndpoint & { close(): Promise<void> } {
  const http = createTonHttp(endpoint, options);
  const get = <T>(path: string, schema: z.ZodType<T>, call: CallOptions) =>
    http.get({ what: path.split('?')[0] ?? path, path }, schema, call);

  async function allTransactions(path: string, call: CallOptions): Promise<z.output<typeof transactionItem>[]> {
    const all: z.output<typeof transactionItem>[] = [];
    for (;;) {
      const { transactions } = await get(`${path}&limit=${PAGE}&offset=${all.length}`, transactionsSchema, call);
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
        transactions: transactions.map((item) => {
          const raw = rawOf(item);
          return { account: raw.account, lt: raw.lt, hash: raw.hash, raw };
        }),
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
      return (await get(path, transactionsSchema, call)).transactions.map(rawOf);
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
      const add = (items: readonly z.output<typeof transactionItem>[]) => {
        for (const item of items) found.set(item.hash, rawOf(item));
      };
      add((await get(`/transactions?hash=${id}`, transactionsSchema, call)).transactions);
      if (found.size === 0) add((await get(`/transactionsByMessage?msg_hash=${id}&limit=100`, transactionsSchema, call)).transactions);
      // A root names its whole trace.
      for (const root of [...found.values()].filter(isRoot)) {
        const rootId = encodeURIComponent(Buffer.from(root.hash, 'hex').toString('base64'));
        const { traces } = await get(`/traces?tx_hash=${rootId}&limit=1`, tracesSchema, call);
        for (const { transactions } of traces) add(Object.values(transactions));
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

function rawOf(item: z.output<typeof transactionItem>): RawTransaction {
  const { account, lt, hash: id, now, mc_block_seqno: block, account_state_after: after } = item;
  const codeHash = after?.code_hash ?? null;
  return { account, lt, hash: id, now, block: block ?? null, codeHash, read: (place) => normaliseV3(item.whole, place) };
}
