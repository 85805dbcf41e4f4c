/**
 * The local TON's HTTP: unmodified TonClient4 and TonClient, toncenter v3, completeness of shard blocks,
 * restart, and every fault switch.
 */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address, beginCell, Cell, loadTransaction, type TupleItem } from '@ton/core';
import { TonClient, TonClient4 } from '@ton/ton';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadNetwork } from '../../config/networks.js';
import { createTonChain } from '../../devnet/ton/chain/chain.js';
import { FOLLOWED, MARKET, NDT, STAKING } from '../../devnet/ton/contracts/addresses.js';
import { startTonDevnet, type TonDevnet } from '../../devnet/ton/server.js';
import { createTraffic, type Traffic } from '../../devnet/ton/traffic/traffic.js';
import { createUsers, everybody } from '../../devnet/ton/traffic/users.js';

const SEED = 'ton http test';
const USERS = 8;
const KEY = 'secret';
let clock = 1_800_000_000_000;
const now = (): number => clock;
const users = createUsers(SEED, USERS);
const dir = mkdtempSync(join(tmpdir(), 'ndx-ton-http-'));
const genesis = everybody(users).map((wallet) => wallet.genesis);
let devnet: TonDevnet;
let traffic: Traffic;

async function advance(blocks: number): Promise<void> {
  for (let made = 0; made < blocks; made++) {
    clock += 1_000;
    await devnet.chain.advance(1);
  }
}

beforeAll(async () => {
  // The clock never ticks by itself here: the test makes the blocks.
  devnet = await startTonDevnet({
    dir,
    seed: SEED,
    blockMilliseconds: 3_600_000,
    genesis,
    host: '127.0.0.1',
    port: 0,
    now,
  });
  traffic = createTraffic({
    chain: devnet.chain,
    seed: SEED,
    usersCount: USERS,
    actionsPerSecond: 5,
    dir,
    now,
  });
  for (let block = 0; block < 40; block++) {
    for (let begun = 0; begun < 4; begun++) await traffic.step();
    await advance(1);
  }
  while (traffic.oracle.undecided().length > 0) await advance(1);
});
afterAll(async () => {
  await devnet.close();
  rmSync(dir, { recursive: true, force: true });
});

const getJson = async <T>(path: string, url = devnet.url): Promise<T> => {
  const response = await fetch(`${url}${path}`);
  expect(response.status, path).toBe(200);
  return (await response.json()) as T;
};
const post = (path: string, body: unknown, url = devnet.url) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const v4 = () => new TonClient4({ endpoint: devnet.url });
const v2 = () => new TonClient({ endpoint: `${devnet.url}/api/v2/jsonRPC` });
/** Everything that the chain says it holds, as `hash` by masterchain seqno. */
function truth(): Map<number, string[]> {
  const hashes = new Map<number, string[]>();
  for (let seqno = 1; seqno <= devnet.chain.head().seqno; seqno++) {
    const block = devnet.chain.ledger.block(seqno);
    hashes.set(
      seqno,
      (block?.shardBlocks ?? []).flatMap(({ transactions }) => transactions.map(({ hash }) => hash)).sort(),
    );
  }
  return hashes;
}
const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

test('the network file follows the contracts that the devnet deploys', () => {
  const { ton } = loadNetwork('devnet', join(import.meta.dirname, '../../config/networks'));
  expect(ton?.follow.jettons.map(({ master }) => master)).toEqual([FOLLOWED.ndt]);
  expect(ton?.follow.collections).toEqual(FOLLOWED.collections);
  expect(ton?.follow.staking.map(({ address }) => address)).toEqual([FOLLOWED.staking]);
});

test('a masterchain block commits several shards, some by more than one block, and traces spread over blocks', () => {
  let [intermediate, shards] = [0, 0];
  const spans = new Map<string, Set<number>>();
  const last = new Map<string, number>();
  for (let seqno = 1; seqno <= devnet.chain.head().seqno; seqno++) {
    const block = devnet.chain.ledger.block(seqno);
    shards = Math.max(shards, new Set(block?.shardBlocks.map(({ shard }) => shard)).size);
    for (const shardBlock of block?.shardBlocks ?? []) {
      expect(shardBlock.previous.seqno).toBe(last.get(shardBlock.shard) ?? 0);
      last.set(shardBlock.shard, shardBlock.seqno);
      if (block?.tops.every((top) => top.rootHash !== shardBlock.rootHash)) intermediate += 1;
      for (const { trace } of shardBlock.transactions)
        spans.set(trace, (spans.get(trace) ?? new Set()).add(seqno));
    }
  }
  expect(shards).toBe(4);
  expect(intermediate).toBeGreaterThan(10);
  expect([...spans.values()].filter(({ size }) => size > 1).length).toBeGreaterThan(10);
});

describe('TonClient4, unmodified', () => {
  test('blocks list every transaction of every shard, and each is read back by account, lt and hash', async () => {
    const client = v4();
    const { last } = await client.getLastBlock();
    expect(last.seqno).toBe(devnet.chain.head().seqno);
    for (const [seqno, hashes] of truth()) {
      const { shards } = await client.getBlock(seqno);
      expect(shards[0]).toMatchObject({ workchain: -1, seqno });
      const listed = shards.flatMap(({ transactions }) => transactions);
      expect(listed.map(({ hash }) => hex(hash)).sort()).toEqual(hashes);
      const [one] = listed;
      if (!one || seqno % 5 !== 0) continue;
      const read = await client.getAccountTransactions(
        Address.parse(one.account),
        BigInt(one.lt),
        Buffer.from(one.hash, 'base64'),
      );
      expect(read[0]?.tx.hash().toString('base64')).toBe(one.hash);
      expect(read[0]?.block.workchain).toBe(0);
      for (const [index, { tx }] of read.entries()) {
        const following = read[index + 1];
        if (following) expect(tx.prevTransactionLt).toBe(following.tx.lt);
      }
    }
    await expect(client.getBlock(last.seqno + 1)).rejects.toThrow();
  });

  test('accounts, get-methods and changes are those of the block asked for', async () => {
    const client = v4();
    const { last } = await client.getLastBlock();
    const supply = async (seqno: number) =>
      (await client.runMethod(seqno, NDT.address, 'get_jetton_data')).reader.readBigNumber();
    const mints = devnet.chain.ledger.transactionsOf(FOLLOWED.ndt, 100, Number.MAX_SAFE_INTEGER, last.seqno);
    const first = mints.at(-1)?.block.seqno ?? 0;
    expect(await supply(first)).toBeLessThan(await supply(last.seqno));
    expect((await client.runMethod(last.seqno, users[0]?.address ?? NDT.address, 'seqno')).exitCode).toBe(0);
    const before = await client.getAccount(first - 1, NDT.address);
    expect(before.account.state.type).toBe('uninit');
    const { account } = await client.getAccount(last.seqno, NDT.address);
    expect(account.state.type).toBe('active');
    expect(BigInt(account.balance.coins)).toBe(devnet.chain.account(FOLLOWED.ndt).balance);
    const lite = await client.getAccountLite(last.seqno, NDT.address);
    expect(lite.account.last).toEqual(account.last);
    expect(
      (await client.isAccountChanged(last.seqno, NDT.address, BigInt(account.last?.lt ?? 0))).changed,
    ).toBe(false);
    expect((await client.isAccountChanged(last.seqno, NDT.address, 1n)).changed).toBe(true);
    expect((await client.getBlockByUtime(Math.floor(clock / 1000))).shards[0]?.seqno).toBe(last.seqno);
  });

  test('sends a message that lands', async () => {
    const [from, to] = [users[0], users[1]];
    if (!from || !to) throw new Error('no users');
    const before = devnet.chain.account(to.raw).balance;
    const boc = from.sign(
      devnet.chain.account(from.raw).data,
      [{ to: to.address, nanotons: 1_000_000_000n, bounce: false }],
      clock / 1000 + 60,
    );
    expect(await v4().sendMessage(boc)).toEqual({ status: 1 });
    await advance(6);
    expect(devnet.chain.account(to.raw).balance - before).toBeGreaterThan(990_000_000n);
    await expect(v4().sendMessage(boc)).rejects.toThrow();
  });
});

describe('TonClient (toncenter v2), unmodified', () => {
  test('walks from masterchain to shards to transactions', async () => {
    const client = v2();
    const { latestSeqno } = await client.getMasterchainInfo();
    expect(latestSeqno).toBe(devnet.chain.head().seqno);
    const seqno = [...truth()].findLast(([, hashes]) => hashes.length > 3)?.[0] ?? 0;
    const shards = await client.getWorkchainShards(seqno);
    expect(shards.length).toBe(4);
    for (const { shard, seqno: shardSeqno } of shards) {
      const listed = await client.getShardTransactions(0, shardSeqno, shard);
      for (const { account, lt, hash } of listed) {
        const transaction = await client.getTransaction(account, lt, hash);
        expect(transaction?.hash().toString('base64')).toBe(hash);
      }
    }
  });

  test('state, get-methods with parameters and the history of an account', async () => {
    const client = v2();
    const owner = users[0]?.address ?? MARKET.address;
    const parameter: TupleItem[] = [{ type: 'slice', cell: beginCell().storeAddress(owner).endCell() }];
    const wallet = (await client.runMethod(NDT.address, 'get_wallet_address', parameter)).stack.readAddress();
    expect(await client.isContractDeployed(wallet)).toBe(true);
    const data = (await client.runMethod(wallet, 'get_wallet_data')).stack;
    data.readBigNumber();
    expect(data.readAddress().equals(owner)).toBe(true);
    expect((await client.getContractState(STAKING.address)).state).toBe('active');
    const history = await client.getTransactions(NDT.address, { limit: 5 });
    expect(history.length).toBe(5);
    const [newest] = history;
    expect(newest?.lt).toBe(BigInt(devnet.chain.account(FOLLOWED.ndt).lastLt));
  });

  test('the shard walk by prev_blocks and getBlockTransactionsExt, page by page, finds all that the chain holds', async () => {
    interface Id {
      readonly workchain: number;
      readonly shard: string;
      readonly seqno: number;
    }
    const call = async <T>(path: string): Promise<T> =>
      (await getJson<{ result: T }>(`/api/v2/${path}`)).result;
    const key = (id: Id) => `workchain=${id.workchain}&shard=${id.shard}&seqno=${id.seqno}`;
    const head = devnet.chain.head().seqno;
    const seen = new Map<string, string[]>();
    let known = new Set<string>();
    for (let seqno = 1; seqno <= head; seqno++) {
      const { shards } = await call<{ shards: Id[] }>(`shards?seqno=${seqno}`);
      const found: string[] = [];
      const next = new Set(shards.map(key));
      const open = shards.filter((id) => !known.has(key(id)));
      for (let id = open.pop(); id !== undefined; id = open.pop()) {
        for (let after = '', more = true; more; ) {
          const page = await call<{
            incomplete: boolean;
            transactions: { data: string; transaction_id: { lt: string; hash: string } }[];
          }>(`getBlockTransactionsExt?${key(id)}&count=2${after}`);
          for (const { data, transaction_id } of page.transactions) {
            const cell = Cell.fromBase64(data);
            expect(cell.hash().toString('base64')).toBe(transaction_id.hash);
            found.push(cell.hash().toString('hex'));
          }
          const last = page.transactions.at(-1)?.transaction_id;
          more = page.incomplete && last !== undefined;
          if (last) after = `&after_lt=${last.lt}&after_hash=${encodeURIComponent(last.hash)}`;
        }
        const { prev_blocks } = await call<{ prev_blocks: Id[] }>(`getBlockHeader?${key(id)}`);
        open.push(...prev_blocks.filter((previous) => previous.seqno > 0 && !known.has(key(previous))));
      }
      known = next;
      seen.set(String(seqno), found.sort());
    }
    expect(seen).toEqual(new Map([...truth()].map(([seqno, hashes]) => [String(seqno), hashes])));
  });

  test("errors are toncenter's", async () => {
    const future = await fetch(`${devnet.url}/api/v2/shards?seqno=99999`);
    expect([future.status, await future.json()]).toEqual([
      500,
      { ok: false, error: expect.stringContaining('LITE_SERVER_NOTREADY'), code: 500 },
    ]);
    expect((await fetch(`${devnet.url}/api/v2/getAddressInformation?address=nonsense`)).status).toBe(422);
    const unknown = await post('/api/v2/jsonRPC', { id: 7, jsonrpc: '2.0', method: 'noSuch', params: {} });
    expect(await unknown.json()).toMatchObject({ ok: false, id: 7 });
  });
});

describe('toncenter v3', () => {
  interface V3Transaction {
    readonly hash: string;
    readonly account: string;
    readonly lt: string;
    readonly mc_block_seqno: number;
    readonly trace_id: string;
    readonly in_msg: { readonly hash: string; readonly message_content: { readonly hash: string } } | null;
    readonly out_msgs: readonly { readonly hash: string }[];
  }

  test('whole masterchain blocks, page by page', async () => {
    for (const [seqno, hashes] of truth()) {
      const found: string[] = [];
      for (let offset = 0; ; offset += 3) {
        const path = `/api/v3/transactionsByMasterchainBlock?seqno=${seqno}&limit=3&offset=${offset}&sort=asc`;
        const { transactions } = await getJson<{ transactions: V3Transaction[] }>(path);
        found.push(...transactions.map(({ hash }) => hex(hash)));
        if (transactions.length < 3) break;
      }
      expect(found.sort()).toEqual(hashes);
    }
  });

  test('a trace holds every transaction that its first one caused, linked by message hashes', async () => {
    const entry = traffic.oracle
      .entries()
      .findLast(({ events }) => events.some(({ kind }) => kind === 'stake'));
    const path = `/api/v3/traces?msg_hash=${entry?.external}`;
    const { traces } = await getJson<{
      traces: {
        trace_id: string;
        external_hash: string;
        is_incomplete: boolean;
        trace: unknown;
        transactions: Record<string, V3Transaction>;
      }[];
    }>(path);
    expect(traces.length).toBe(1);
    const [trace] = traces;
    expect([hex(trace?.trace_id ?? ''), hex(trace?.external_hash ?? ''), trace?.is_incomplete]).toEqual([
      entry?.root,
      entry?.external,
      false,
    ]);
    const transactions = Object.values(trace?.transactions ?? {});
    expect(transactions.map(({ hash }) => hex(hash)).sort()).toEqual(
      devnet.chain
        .trace(entry?.root ?? '')
        .map(({ entry: { hash } }) => hash)
        .sort(),
    );
    const sent = new Set(transactions.flatMap(({ out_msgs }) => out_msgs.map(({ hash }) => hash)));
    for (const { hash, in_msg } of transactions)
      if (hash !== trace?.trace_id) expect(sent.has(in_msg?.hash ?? '')).toBe(true);
    const [byHash, byUrlSafe] = await Promise.all(
      [entry?.root ?? '', Buffer.from(entry?.root ?? '', 'hex').toString('base64url')].map((hash) =>
        getJson<{ transactions: V3Transaction[] }>(`/api/v3/transactions?hash=${hash}`),
      ),
    );
    expect(byHash).toEqual(byUrlSafe);
    expect(byHash?.transactions[0]?.trace_id).toBe(trace?.trace_id);
  });

  test('blocks, shards, accounts and get-methods', async () => {
    interface V3Block {
      readonly workchain: number;
      readonly shard: string;
      readonly seqno: number;
      readonly prev_blocks: readonly { readonly seqno: number }[];
    }
    const head = devnet.chain.head();
    const info = await getJson<{ last: V3Block; first: V3Block }>('/api/v3/masterchainInfo');
    expect([info.first.seqno, info.last.seqno]).toEqual([1, head.seqno]);
    const { blocks } = await getJson<{ blocks: V3Block[] }>(
      `/api/v3/blocks?workchain=-1&seqno=${head.seqno}`,
    );
    expect(blocks.map(({ seqno }) => seqno)).toEqual([head.seqno]);
    const state = await getJson<{ blocks: V3Block[] }>(
      `/api/v3/masterchainBlockShardState?seqno=${head.seqno}`,
    );
    expect(state.blocks.filter(({ workchain }) => workchain === 0).length).toBe(4);
    const committed = await getJson<{ blocks: V3Block[] }>(
      `/api/v3/masterchainBlockShards?seqno=${head.seqno}`,
    );
    expect(committed.blocks.filter(({ workchain }) => workchain === 0).length).toBe(head.shardBlocks.length);
    expect(committed.blocks.filter(({ workchain }) => workchain === -1).map(({ seqno }) => seqno)).toEqual([
      head.seqno,
    ]);
    const { accounts } = await getJson<{ accounts: { status: string; code_boc: string }[] }>(
      `/api/v3/accountStates?address=${FOLLOWED.ndt}&address=${FOLLOWED.staking}`,
    );
    expect(accounts.map(({ status }) => status)).toEqual(['active', 'active']);
    const run = await post('/api/v3/runGetMethod', {
      address: FOLLOWED.ndt,
      method: 'get_jetton_data',
      stack: [],
    });
    expect(await run.json()).toMatchObject({
      exit_code: 0,
      stack: [{ type: 'num' }, { type: 'num', value: '-0x1' }, {}, {}, {}],
    });
    expect((await post('/api/v3/runGetMethod', { address: 5 })).status).toBe(422);
  });
});

describe('faults', () => {
  const withFault = async (fault: object, check: () => Promise<void>): Promise<void> => {
    expect((await post('/admin/faults', fault)).status).toBe(200);
    await check().finally(() => fetch(`${devnet.url}/admin/faults`, { method: 'DELETE' }));
  };

  test('429, 500, 503, html, wrong JSON and cut-off bodies, as often as asked', async () => {
    await withFault({ kind: 429, count: 1, retryAfter: 3 }, async () => {
      const response = await fetch(`${devnet.url}/block/latest`);
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
      expect((await fetch(`${devnet.url}/block/latest`)).status).toBe(200);
    });
    for (const [kind, status] of [
      ['500', 500],
      ['503', 503],
      ['html', 200],
      ['wrong-json', 200],
    ] as const) {
      await withFault({ kind, count: 1 }, async () => {
        expect((await fetch(`${devnet.url}/block/latest`)).status).toBe(status);
        await expect(v4().getLastBlock()).resolves.toBeDefined();
      });
    }
    await withFault({ kind: 'wrong-json' }, () => expect(v4().getLastBlock()).rejects.toThrow());
    await withFault({ kind: 'cut' }, () =>
      expect(fetch(`${devnet.url}/block/1`).then((response) => response.text())).rejects.toThrow(),
    );
  });

  test('a stall concerns the methods named and ends with DELETE', async () => {
    await withFault({ kind: 'stall', methods: ['block'] }, async () => {
      await expect(fetch(`${devnet.url}/block/1`, { signal: AbortSignal.timeout(200) })).rejects.toThrow();
      expect((await fetch(`${devnet.url}/block/latest`)).status).toBe(200);
      const waiting = fetch(`${devnet.url}/block/1`);
      await fetch(`${devnet.url}/admin/faults`, { method: 'DELETE' });
      await expect(waiting).rejects.toThrow();
    });
  });

  test('a lagging node shows an older head to all three APIs, another endpoint does not', async () => {
    const head = devnet.chain.head().seqno;
    const other = await devnet.addEndpoint({});
    await withFault({ kind: 'lag', blocks: 3 }, async () => {
      expect((await v4().getLastBlock()).last.seqno).toBe(head - 3);
      expect((await v2().getMasterchainInfo()).latestSeqno).toBe(head - 3);
      expect((await getJson<{ last: { seqno: number } }>('/api/v3/masterchainInfo')).last.seqno).toBe(
        head - 3,
      );
      expect(await getJson(`/block/${head}`)).toEqual({ exist: false });
      expect((await new TonClient4({ endpoint: other.url }).getLastBlock()).last.seqno).toBe(head);
    });
  });

  test('a missing block is "not in db", never empty', async () => {
    await withFault({ kind: 'missing-block', block: 5 }, async () => {
      for (const path of [
        '/block/5',
        '/api/v2/shards?seqno=5',
        '/api/v3/transactionsByMasterchainBlock?seqno=5',
      ]) {
        const response = await fetch(`${devnet.url}${path}`);
        expect([response.status, await response.text()], path).toEqual([
          500,
          expect.stringContaining('not in db'),
        ]);
      }
    });
  });

  test('missing-shard-block leaves intermediate shard blocks out of every API', async () => {
    const found = [...truth().keys()]
      .map((seqno) => devnet.chain.ledger.block(seqno))
      .flatMap((block) => (block ? block.shardBlocks.map((shardBlock) => ({ block, shardBlock })) : []))
      .find(
        ({ block, shardBlock }) =>
          shardBlock.transactions.length > 0 &&
          block.tops.every((top) => top.rootHash !== shardBlock.rootHash),
      );
    if (!found) throw new Error('no intermediate shard block with transactions');
    const { block, shardBlock } = found;
    const hidden = shardBlock.transactions.map(({ hash }) => hash);
    const byMaster = `/api/v3/transactionsByMasterchainBlock?seqno=${block.seqno}&limit=1000`;
    const listed = async () => {
      const { shards } = await v4().getBlock(block.seqno);
      const { transactions } = await getJson<{ transactions: { hash: string }[] }>(byMaster);
      return [
        shards.flatMap((shard) => shard.transactions.map(({ hash }) => hex(hash))),
        transactions.map(({ hash }) => hex(hash)),
      ];
    };
    for (const hashes of await listed()) expect(hashes).toEqual(expect.arrayContaining(hidden));
    for (const fault of [{ shard: shardBlock.shard, seqno: shardBlock.seqno }, { block: block.seqno }]) {
      await withFault({ kind: 'missing-shard-block', ...fault }, async () => {
        for (const hashes of await listed()) for (const hash of hidden) expect(hashes).not.toContain(hash);
        const shard = BigInt.asIntN(64, BigInt(`0x${shardBlock.shard}`));
        const second = await fetch(
          `${devnet.url}/api/v2/getBlockTransactions?workchain=0&shard=${shard}&seqno=${shardBlock.seqno}`,
        );
        expect(await second.json()).toMatchObject({ ok: false, error: expect.stringContaining('not in db') });
      });
    }
  });

  test('wrong faults are refused with the field', async () => {
    for (const [fault, field] of [
      [{ kind: 'lag' }, 'blocks'],
      [{ kind: 'missing-block' }, 'block'],
      [{ kind: 'missing-shard-block', shard: 'x' }, 'shard'],
      [{ kind: 'lag', blocks: 1, count: 2 }, 'count'],
      [{ kind: 'no-such' }, 'kind'],
    ] as const) {
      const response = await post('/admin/faults', fault);
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(field)]);
    }
  });

  test('an endpoint with a key asks for it', async () => {
    const closed = await devnet.addEndpoint({ apiKey: KEY });
    expect((await fetch(`${closed.url}/block/latest`)).status).toBe(401);
    expect((await fetch(`${closed.url}/block/latest`, { headers: { 'x-api-key': KEY } })).status).toBe(200);
    const client = new TonClient({ endpoint: `${closed.url}/api/v2/jsonRPC`, apiKey: KEY });
    expect((await client.getMasterchainInfo()).latestSeqno).toBe(devnet.chain.head().seqno);
  });
});

test('invariant 3: a chain that was killed comes back with every block that was visible, unchanged, also behind a torn last record', async () => {
  const before = truth();
  const head = devnet.chain.head();
  const states = everybody(users).map(({ raw }) => devnet.chain.account(raw));
  const sample = devnet.chain.ledger.transactionsOf(FOLLOWED.ndt, 1, Number.MAX_SAFE_INTEGER, head.seqno)[0];
  const bytes = sample && devnet.chain.ledger.readTransaction(sample);
  await traffic.stop();
  await devnet.close();
  appendFileSync(join(dir, 'journal.bin'), Buffer.from('4a54444e000100000001000000000000', 'hex'));
  devnet = await startTonDevnet({
    dir,
    seed: SEED,
    blockMilliseconds: 3_600_000,
    genesis,
    host: '127.0.0.1',
    port: 0,
    now,
  });
  expect(devnet.chain.head()).toEqual(head);
  expect(truth()).toEqual(before);
  expect(everybody(users).map(({ raw }) => devnet.chain.account(raw))).toEqual(states);
  const again = sample && devnet.chain.ledger.readTransaction(sample);
  expect(again?.equals(bytes ?? Buffer.alloc(0))).toBe(true);
  expect(loadTransaction((Cell.fromBoc(again ?? Buffer.alloc(0))[0] ?? Cell.EMPTY).beginParse()).lt).toBe(
    BigInt(sample?.entry.lt ?? 0),
  );
  await advance(2);
  expect(devnet.chain.head().previous.seqno).toBe(head.seqno + 1);
});

test('a folder of another seed is refused', async () => {
  const other = createTonChain({ dir, seed: 'another', blockMilliseconds: 1_000, genesis, now });
  await expect(other).rejects.toThrow(/holds the chain/);
});
