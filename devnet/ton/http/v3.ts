/** toncenter v3 (`/api/v3/…`): whole masterchain blocks of transactions, traces, blocks, accounts. */
import { loadTransaction } from '@ton/core';
import { z } from 'zod';
import { MessageRefused } from '../chain/chain.js';
import type { Located } from '../chain/ledger.js';
import { parseShard } from '../chain/shards.js';
import type { MasterBlock, ShardBlock } from '../chain/types.js';
import { outMessageHashes } from '../chain/vm.js';
import { base64, HttpProblem, parseAddress, parseHash, parseNumber, type TonNode } from './node.js';
import { block, parseStackEntry, stackEntry, transaction, upper } from './v3-shapes.js';

type Query = URLSearchParams;
type V3Route = (query: Query, body: string) => Promise<unknown> | unknown;

const PAGE = 10;
const MOST = 1000;

const methodSchema = z.object({
  address: z.string(),
  method: z.union([z.string(), z.number().int()]),
  stack: z.array(z.unknown()).default([]),
  seqno: z.number().int().positive().optional(),
});
const messageSchema = z.object({ boc: z.string().min(1) });

function parseBody<S extends z.ZodType>(schema: S, body: string): z.infer<S> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new HttpProblem(422, 'the body is not JSON');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new HttpProblem(422, z.prettifyError(parsed.error));
  return parsed.data;
}

const optional = (query: Query, name: string): number | undefined => {
  const value = query.get(name);
  return value === null ? undefined : parseNumber(name, value);
};

/** limit, offset and sort (by default newest first, as toncenter). */
function page<T>(query: Query, ascending: readonly T[], unlessTold: 'asc' | 'desc' = 'desc'): T[] {
  const limit = Math.min(optional(query, 'limit') ?? PAGE, MOST);
  const offset = optional(query, 'offset') ?? 0;
  const ordered = (query.get('sort') ?? unlessTold) === 'asc' ? ascending : [...ascending].reverse();
  return ordered.slice(offset, offset + limit);
}

const byPosition = (a: Located, b: Located): number =>
  a.entry.lt - b.entry.lt || (a.entry.account < b.entry.account ? -1 : 1);

export function createV3(node: TonNode): Readonly<Record<string, V3Route>> {
  const { chain } = node;
  const { ledger } = chain;

  const show = (located: Located) => {
    const cell = ledger.readTransactionCell(located);
    const { block: master, entry } = located;
    const last = master.shardBlocks
      .flatMap((block) => block.transactions.filter(({ account }) => account === entry.account))
      .at(-1);
    const after = last?.hash === entry.hash ? chain.account(entry.account, master.seqno) : null;
    return transaction(loadTransaction(cell.beginParse()), located, outMessageHashes(cell), after);
  };
  const existing = (seqno: number): MasterBlock => {
    const master = node.block(seqno);
    if (master === null) throw new HttpProblem(404, 'blocks not found');
    return master;
  };
  const inShardBlock = (master: MasterBlock, shardBlock: ShardBlock): Located[] =>
    shardBlock.transactions.map((entry) => ({ block: master, shardBlock, entry }));
  const inBlock = (seqno: number): Located[] => {
    const master = existing(seqno);
    return node
      .shardBlocks(master)
      .flatMap((shardBlock) => inShardBlock(master, shardBlock))
      .sort(byPosition);
  };
  const seen = (located: Located | null): Located[] => {
    const visible = node.visible(located);
    return visible ? [visible] : [];
  };
  const answer = (transactions: readonly Located[]) => ({
    transactions: transactions.map(show),
    address_book: {},
    metadata: {},
  });

  const search = (query: Query): Located[] => {
    const hash = query.get('hash');
    if (hash !== null) return seen(ledger.transactionByHash(parseHash(hash)));
    const lt = optional(query, 'lt');
    const accounts = query
      .getAll('account')
      .flatMap((value) => value.split(','))
      .map(parseAddress);
    const seqno = optional(query, 'seqno');
    const mcSeqno = optional(query, 'mc_seqno');
    let found: Located[];
    if (mcSeqno !== undefined) found = inBlock(mcSeqno);
    else if (seqno !== undefined) {
      const shard = parseShard(query.get('shard') ?? '');
      const named = shard === null ? null : node.shardBlock(shard, seqno);
      found = named ? inShardBlock(named.block, named.shardBlock) : [];
    } else if (accounts.length > 0) {
      found = accounts.flatMap((account) =>
        ledger.transactionsOf(account, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER, node.head().seqno),
      );
    } else
      throw new HttpProblem(422, 'one of hash, account, mc_seqno, or workchain, shard and seqno is needed');
    const [startLt, endLt] = [
      optional(query, 'start_lt') ?? 0,
      optional(query, 'end_lt') ?? Number.MAX_SAFE_INTEGER,
    ];
    return found
      .filter(({ entry }) => accounts.length === 0 || accounts.includes(entry.account))
      .filter(
        ({ entry }) => (lt === undefined || entry.lt === lt) && entry.lt >= startLt && entry.lt <= endLt,
      )
      .sort(byPosition);
  };

  const trace = (root: string) => {
    const all = chain.trace(root).filter((located) => node.visible(located) !== null);
    const shown = new Map(all.map((located) => [located.entry.hash, show(located)]));
    const [first] = all;
    if (first === undefined) return [];
    const childrenOf = (hash: string): Located[] => {
      const sent = outMessageHashes(
        ledger.readTransactionCell(all.find(({ entry }) => entry.hash === hash) ?? first),
      );
      return all.filter(({ entry }) => sent.includes(entry.inMessage) && entry.hash !== root);
    };
    const tree = ({ entry }: Located): unknown => ({
      tx_hash: base64(entry.hash),
      in_msg_hash: base64(entry.inMessage),
      children: childrenOf(entry.hash).map(tree),
    });
    const last = all.reduce((latest, located) => (byPosition(latest, located) < 0 ? located : latest), first);
    const pending = chain.pendingOf(root);
    return [
      {
        trace_id: base64(root),
        external_hash: base64(first.entry.external),
        mc_seqno_start: String(first.block.seqno),
        mc_seqno_end: String(last.block.seqno),
        start_lt: String(first.entry.lt),
        start_utime: first.block.time,
        end_lt: String(last.entry.lt),
        end_utime: last.block.time,
        trace_info: {
          trace_state: pending === 0 ? 'complete' : 'pending',
          messages: all.length + pending,
          transactions: all.length,
          pending_messages: pending,
          classification_state: 'unclassified',
        },
        is_incomplete: pending > 0,
        trace: tree(first),
        transactions_order: [...shown.values()].map(({ hash }) => hash),
        transactions: Object.fromEntries([...shown.values()].map((one) => [one.hash, one])),
      },
    ];
  };
  const rootsOf = (query: Query): string[] => {
    const hashes = (name: string): string[] =>
      query
        .getAll(name)
        .flatMap((value) => value.split(','))
        .map(parseHash);
    const mcSeqno = optional(query, 'mc_seqno');
    const byHash = [...hashes('tx_hash'), ...hashes('trace_id')].map((hash) =>
      ledger.transactionByHash(hash),
    );
    const found = [...byHash, ...hashes('msg_hash').map((hash) => ledger.transactionByMessage(hash))].flatMap(
      seen,
    );
    const inMaster = mcSeqno === undefined ? [] : inBlock(mcSeqno);
    return [...new Set([...found, ...inMaster].map(({ entry }) => entry.trace))];
  };

  const blocks = (query: Query) => {
    const workchain = optional(query, 'workchain');
    const shard = query.get('shard');
    const seqno = optional(query, 'seqno');
    const mcSeqno = optional(query, 'mc_seqno') ?? (workchain === -1 ? seqno : undefined);
    if (workchain !== -1 && mcSeqno === undefined) {
      const parsed = parseShard(shard ?? '');
      if (parsed === null || seqno === undefined)
        throw new HttpProblem(422, 'mc_seqno, or workchain, shard and seqno are needed');
      const found = node.shardBlock(parsed, seqno);
      return { blocks: found ? [block(found.shardBlock, found.block)] : [] };
    }
    const master = node.block(mcSeqno ?? 0);
    if (master === null) return { blocks: [] };
    const all = [
      block(master, master),
      ...(workchain === -1 ? [] : node.shardBlocks(master).map((id) => block(id, master))),
    ];
    return { blocks: page(query, all, 'asc') };
  };

  const submit = async (body: string) => {
    const { boc } = parseBody(messageSchema, body);
    const { hash } = await chain.submit(Buffer.from(boc, 'base64')).catch((error: unknown) => {
      throw error instanceof MessageRefused
        ? new HttpProblem(500, `LITE_SERVER_UNKNOWN: ${error.message}`)
        : error;
    });
    return { message_hash: base64(hash) };
  };

  return {
    'GET masterchainInfo': () => {
      const head = node.head();
      const first = ledger.block(1) ?? head;
      return { last: block(head, head), first: block(first, first) };
    },
    'GET transactionsByMasterchainBlock': (query) =>
      answer(page(query, inBlock(optional(query, 'seqno') ?? 0))),
    'GET transactions': (query) => answer(page(query, search(query))),
    'GET transactionsByMessage': (query) =>
      answer(seen(ledger.transactionByMessage(parseHash(query.get('msg_hash') ?? '')))),
    'GET traces': (query) => ({
      traces: page(query, rootsOf(query).flatMap(trace), 'asc'),
      address_book: {},
      metadata: {},
    }),
    'GET blocks': blocks,
    'GET masterchainBlockShards': (query) => {
      const master = existing(optional(query, 'seqno') ?? 0);
      return {
        blocks: page(
          query,
          [block(master, master), ...node.shardBlocks(master).map((id) => block(id, master))],
          'asc',
        ),
      };
    },
    'GET masterchainBlockShardState': (query) => {
      const master = existing(optional(query, 'seqno') ?? 0);
      const tops = master.tops.flatMap(({ shard, seqno }) => {
        const found = node.shardBlock(shard, seqno);
        return found ? [block(found.shardBlock, found.block)] : [];
      });
      return { blocks: [block(master, master), ...tops] };
    },
    'POST runGetMethod': async (_query, body) => {
      const { address, method, stack, seqno } = parseBody(methodSchema, body);
      const account = parseAddress(address);
      const master = seqno === undefined ? node.head() : existing(seqno);
      const result = await chain.runMethod(account, method, stack.map(parseStackEntry), master.seqno);
      return {
        gas_used: result?.gasUsed ?? 0,
        exit_code: result?.exitCode ?? -13,
        stack: result?.stack.map(stackEntry) ?? [],
      };
    },
    'GET accountStates': (query) => {
      const withBoc = query.get('include_boc') !== 'false';
      const addresses = query
        .getAll('address')
        .flatMap((value) => value.split(','))
        .map(parseAddress);
      if (addresses.length === 0) throw new HttpProblem(422, 'address: at least one is needed');
      const { seqno } = node.head();
      const accounts = addresses.map((address) => {
        const { status, balance, code, data, codeHash, dataHash, lastLt, lastHash } = chain.account(
          address,
          seqno,
        );
        return {
          address: upper(address),
          account_state_hash: null,
          balance: balance.toString(),
          extra_currencies: {},
          status,
          last_transaction_hash: base64(lastHash),
          last_transaction_lt: lastLt.toString(),
          data_hash: dataHash && base64(dataHash),
          code_hash: codeHash && base64(codeHash),
          ...(withBoc
            ? { data_boc: data?.toString('base64') ?? null, code_boc: code?.toString('base64') ?? null }
            : {}),
        };
      });
      return { accounts, address_book: {}, metadata: {} };
    },
    'POST message': (_query, body) => submit(body),
  };
}
