/**
 * toncenter API v3, an index over the chain: whole masterchain blocks in a request, and transactions by any
 * of their hashes.
 */
import type { Endpoint } from '../../http/endpoint.js';
import type { StackItem } from '../cells/stack.js';
import { MASTERCHAIN, WHOLE_SHARD } from '../shards.js';
import type { CallOptions, RawTransaction, ShownBlock, TonEndpoint } from './endpoint.js';
import { createTonHttp, type DoorReader, type TonHttpOptions } from './http.js';
import { stackFromJson, stackToJson } from './stack-json.js';
import { readBlocks, readInfo, readRun, readState, readTraces, readTransactions } from './v3-answers.js';

/** The API's own ceiling. */
const PAGE = 1_000;

export function createToncenterV3(
  endpoint: Endpoint,
  options: TonHttpOptions,
): TonEndpoint & { close(): Promise<void> } {
  const http = createTonHttp(endpoint, options);
  const whatOf = (path: string) => path.split('?')[0] ?? path;
  const get = <T>(path: string, read: DoorReader<T>, call: CallOptions) =>
    http.get({ what: whatOf(path), path }, read, call);

  async function allTransactions(path: string, call: CallOptions): Promise<RawTransaction[]> {
    const all: RawTransaction[] = [];
    for (;;) {
      const transactions = await get(`${path}&limit=${PAGE}&offset=${all.length}`, readTransactions, call);
      all.push(...transactions);
      if (transactions.length < PAGE) return all;
    }
  }

  async function master(number: number, call: CallOptions) {
    const blocks = await get(
      `/blocks?workchain=${MASTERCHAIN}&shard=${WHOLE_SHARD}&seqno=${number}`,
      readBlocks,
      call,
    );
    const found = blocks.find((block) => block.seqno === number && block.workchain === MASTERCHAIN);
    if (!found) throw http.missing(`/blocks ${number}`, 'the endpoint has no such masterchain block');
    return found;
  }

  return {
    name: http.name,
    kind: 'toncenter-v3',
    close: http.close,
    tip: async (call) => (await get('/masterchainInfo', readInfo, call)).last,
    first: async (call) => (await get('/masterchainInfo', readInfo, call)).first ?? 1,
    rootHash: async (number, call) => (await master(number, call)).rootHash,
    async tops(number, call) {
      const blocks = await get(`/masterchainBlockShardState?seqno=${number}`, readBlocks, call);
      if (!blocks.some(({ workchain }) => workchain === 0))
        throw http.missing(`/masterchainBlockShardState ${number}`, 'no shards');
      return blocks;
    },
    async block(number, _, call): Promise<ShownBlock> {
      const [listed, transactions] = await Promise.all([
        get(`/blocks?mc_seqno=${number}&limit=${PAGE}`, readBlocks, call),
        allTransactions(`/transactionsByMasterchainBlock?seqno=${number}&sort=asc`, call),
      ]);
      const own = listed.find(({ workchain }) => workchain === MASTERCHAIN) ?? (await master(number, call));
      const shards = listed.filter(({ workchain }) => workchain !== MASTERCHAIN);
      const said = [own, ...shards].every((block) => block.transactionCount !== null);
      const counted = [own, ...shards].reduce((sum, block) => sum + (block.transactionCount ?? 0), 0);
      if (said && counted !== transactions.length)
        throw http.missing(
          `/transactionsByMasterchainBlock ${number}`,
          `${transactions.length} transactions, where its blocks count ${counted}`,
        );
      return {
        rootHash: own.rootHash,
        shardBlocks: shards.map(({ workchain, shard, seqno, parents }) => ({
          workchain,
          shard,
          seqno,
          ...(parents && parents.length > 0 ? { parents } : {}),
        })),
        transactions: transactions.map((raw) => ({ account: raw.account, lt: raw.lt, hash: raw.hash, raw })),
      };
    },
    blockAt: async (time, call) => {
      const path = `/blocks?workchain=${MASTERCHAIN}&shard=${WHOLE_SHARD}&end_utime=${time}&sort=desc&limit=1`;
      const [found] = await get(path, readBlocks, call);
      if (!found) throw http.missing(`/blocks at ${time}`, 'the endpoint has no block of that time');
      return found.seqno;
    },
    async account(raw, _, call) {
      const state = await get(
        `/accountStates?address=${encodeURIComponent(raw)}&include_boc=true`,
        readState,
        call,
      );
      if (!state) return { active: false, frozen: false, codeHash: null, data: null, last: null };
      const { status, codeHash, data, last } = state;
      return {
        active: status === 'active',
        frozen: status === 'frozen',
        codeHash,
        data: data === null ? null : http.cell('/accountStates', data),
        last,
      };
    },
    async transactions(raw, from, call) {
      const until = from === null ? '' : `&end_lt=${from.lt}`;
      const path = `/transactions?account=${encodeURIComponent(raw)}${until}&sort=desc&limit=100`;
      return get(path, readTransactions, call);
    },
    async run(raw, method, args, _, call) {
      const body = { address: raw, method, stack: stackToJson(args, 'v3') };
      const request = { what: `/runGetMethod ${method}`, path: '/runGetMethod', body };
      const { exitCode, stack } = await http.get(request, readRun, call);
      return { exitCode, stack: readStack(stack, method) };
    },
    async find(hex, call) {
      const id = encodeURIComponent(Buffer.from(hex, 'hex').toString('base64'));
      const found = new Map<string, RawTransaction>();
      const add = (raws: readonly RawTransaction[]) => {
        for (const raw of raws) found.set(raw.hash, raw);
      };
      add(await get(`/transactions?hash=${id}`, readTransactions, call));
      if (found.size === 0)
        add(await get(`/transactionsByMessage?msg_hash=${id}&limit=100`, readTransactions, call));
      // A root names its whole trace.
      for (const root of [...found.values()].filter(isRoot)) {
        const rootId = encodeURIComponent(Buffer.from(root.hash, 'hex').toString('base64'));
        const path = `/traces?tx_hash=${rootId}&limit=1`;
        add(await get(path, readTraces, call));
      }
      return [...found.values()];
    },
  };

  function readStack(stack: readonly unknown[], method: string): StackItem[] {
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
