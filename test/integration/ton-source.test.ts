import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '../../devnet/ton/http/endpoint.js';
import { startTonDevnet, type TonDevnet } from '../../devnet/ton/server.js';
import type { OpenBlock } from '../../src/chains/ton/read/open-block.js';
import { createTonSource, type TonSource, type TonSourceOptions } from '../../src/chains/ton/source.js';
import { silentLog } from '../support/silent-log.js';
import { COLLECTION, createTonPlay, GENESIS, itemOf, MASTER, user, walletOf } from '../support/ton-play.js';

const KINDS = ['v4', 'toncenter-v3', 'toncenter-v2'] as const;
const signal = new AbortController().signal;
const sources: TonSource[] = [];
const warnings: string[] = [];
const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) };
let dir: string;
let devnet: TonDevnet;
let second: Endpoint;
let head: number;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ndx-ton-source-'));
  devnet = await startTonDevnet({
    dir,
    seed: 'source',
    blockMilliseconds: 3_600_000,
    genesis: GENESIS,
    host: '127.0.0.1',
    port: 0,
  });
  second = await devnet.addEndpoint({});
  const play = createTonPlay(devnet);
  await play.deploy();
  await play.mint(user(0), 1_000n);
  await play.transfer(user(0), user(1), 400n);
  await play.mintItem(0n, user(0));
  await play.mintItems(1n, [user(1), user(2), user(3)]);
  await play.giveItem(0n, user(0), user(2));
  await play.pay();
  await play.idle(3);
  head = devnet.chain.head().seqno;
});
afterEach(async () => {
  devnet.faults.clear();
  second.faults.clear();
  warnings.length = 0;
  await Promise.all(sources.splice(0).map((source) => source.close()));
});
afterAll(async () => {
  await devnet.close();
  await rm(dir, { recursive: true, force: true });
});

function sourceOf(
  endpoints: TonSourceOptions['endpoints'],
  options: Partial<TonSourceOptions> = {},
): TonSource {
  const source = createTonSource({ endpoints, log, backoffMs: 10, retries: 2, timeoutMs: 2_000, ...options });
  sources.push(source);
  return source;
}

const everything = () => true;

async function readAll(source: TonSource, toBlock = head): Promise<string[]> {
  const lines: string[] = [];
  for await (const { block } of source.read(
    { fromBlock: 1, toBlock },
    { concurrency: 4, signal, patienceMs: 200 },
  )) {
    for (const transaction of await (block as OpenBlock).transactionsOf(everything, signal)) {
      const {
        block: seqno,
        transactionIndex,
        account,
        hash,
        lt,
        now,
        aborted,
        totalFees,
        inMessage,
        outMessages,
      } = transaction;
      const messages = [inMessage, ...outMessages].map(
        (message) =>
          `${message?.source} ${message?.destination} ${message?.opcode} ${message?.value} ${message?.createdLt}`,
      );
      lines.push(
        [seqno, transactionIndex, account, hash, lt, now, aborted, totalFees, ...messages].join(' '),
      );
    }
  }
  return lines;
}

describe('TON source against the local TON', () => {
  test("the index's blocks name the code that they leave an account with, as a state asked for does; other APIs ask", async () => {
    const [index, other] = [
      sourceOf([{ kind: 'toncenter-v3', url: devnet.url }]),
      sourceOf([{ kind: 'v4', url: devnet.url }]),
    ];
    const accounts = new Map<string, number>();
    for (const source of [index, other])
      for await (const { block } of source.read(
        { fromBlock: 1, toBlock: head },
        { concurrency: 4, signal, patienceMs: 200 },
      ))
        for (const { account } of (await block?.transactionsOf(everything, signal)) ?? [])
          accounts.set(account, block?.seqno ?? 0);
    expect(accounts.size).toBeGreaterThan(10);
    for (const [account, block] of accounts) {
      const { codeHash } = await other.account(account, block, signal);
      expect(index.codeHash(account, block), account).toBe(codeHash);
      expect(other.codeHash(account, block)).toBe(null);
    }
    expect(index.codeHash(MASTER, head + 1)).toBe(null);
  });

  test('a message from outside has the same normalised hash whether the API gives it or the body does', async () => {
    const hashes = await Promise.all(
      KINDS.map(async (kind) => {
        const found = new Map<string, string | null>();
        for await (const { block } of sourceOf([{ kind, url: devnet.url }]).read(
          { fromBlock: 1, toBlock: head },
          { concurrency: 4, signal, patienceMs: 200 },
        ))
          for (const { hash, inMessage } of (await block?.transactionsOf(everything, signal)) ?? [])
            if (inMessage?.kind === 'external-in') found.set(hash, inMessage.normalisedHash());
        return found;
      }),
    );
    expect(hashes[0]?.size).toBeGreaterThan(5);
    expect([...(hashes[0]?.values() ?? [])]).not.toContain(null);
    expect(hashes[1]).toEqual(hashes[0]);
    expect(hashes[2]).toEqual(hashes[0]);
  });

  test('shows the same blocks, places, transactions and messages through every API', async () => {
    const [v4 = [], v3, v2] = await Promise.all(
      KINDS.map((kind) => readAll(sourceOf([{ kind, url: devnet.url }]))),
    );
    expect(v4.length).toBeGreaterThan(20);
    expect(v3).toEqual(v4);
    expect(v2).toEqual(v4);
    for (const account of [MASTER, COLLECTION, walletOf(user(0)), walletOf(user(1)), itemOf(0n), itemOf(3n)])
      expect(v4.some((line) => line.includes(account))).toBe(true);
  });

  test.each(KINDS)("%s: tip, genesis, single blocks, an account's history", async (kind) => {
    const source = sourceOf([{ kind, url: devnet.url }]);
    expect(await source.tip(signal)).toMatchObject({ head, finalized: head, headTime: expect.any(Number) });
    expect(await source.genesis(signal)).toBe(devnet.chain.ledger.block(1)?.rootHash);
    const found: [number, string][] = [];
    for await (const { block, hash } of source.history(
      walletOf(user(0)),
      { fromBlock: 1, toBlock: head },
      signal,
    ))
      found.push([block.seqno, hash]);
    const truth = devnet.chain.ledger
      .transactionsOf(walletOf(user(0)), 100, Number.MAX_SAFE_INTEGER, head)
      .map(({ block, entry }) => [block.seqno, entry.hash]);
    expect(truth.length).toBeGreaterThan(1);
    expect(found).toEqual(truth);
    const [newest] = truth;
    const part = [];
    for await (const item of source.history(
      walletOf(user(0)),
      { fromBlock: Number(newest?.[0]), toBlock: head },
      signal,
    ))
      part.push(item.hash);
    expect(part).toEqual([newest?.[1]]);
  });

  test.each(KINDS)(
    'promise 3: %s: takes no history of an account from a node that is behind and would leave out the newest',
    async (kind) => {
      const whole = async (source: TonSource) => {
        const hashes = [];
        for await (const { hash } of source.history(
          walletOf(user(0)),
          { fromBlock: 1, toBlock: head },
          signal,
        ))
          hashes.push(hash);
        return hashes;
      };
      const truth = await whole(sourceOf([{ kind, url: devnet.url }]));
      second.faults.add({ kind: 'lag', blocks: head - 2 });
      const both = sourceOf([second.url, devnet.url].map((url) => ({ kind, url })));
      for (let times = 0; times < 4; times++) expect(await whole(both)).toEqual(truth);
      await expect(whole(sourceOf([{ kind, url: second.url }]))).rejects.toMatchObject({ retryable: true });
    },
  );

  test.each(KINDS)(
    '%s: finds what caused a transaction up to the external message, in blocks read before and in none',
    async (kind) => {
      for (const readBefore of [true, false]) {
        const source = sourceOf([{ kind, url: devnet.url }]);
        if (readBefore) await readAll(source);
        for await (const { block, hash } of source.history(
          itemOf(2n),
          { fromBlock: 1, toBlock: head },
          signal,
        )) {
          const transaction = await block.transaction(hash, signal);
          if (!transaction) throw new Error('the block does not hold it');
          const ancestors = await source.ancestors(transaction, signal);
          expect(ancestors.map(({ account }) => account).at(0)).toBe(COLLECTION);
          expect(ancestors.at(-1)?.inMessage?.kind).toBe('external-in');
        }
      }
    },
  );

  test("finds a transaction by its own hash, its message's and its trace's", async () => {
    const source = sourceOf(KINDS.map((kind) => ({ kind, url: devnet.url })));
    const [located] = devnet.chain.ledger.transactionsOf(itemOf(0n), 1, Number.MAX_SAFE_INTEGER, head);
    const { hash = '', inMessage = '' } = located?.entry ?? {};
    for (const asked of [hash, inMessage]) {
      const found = await source.find(asked, signal);
      expect(found?.map((item) => [item.block.seqno, item.hash])).toEqual([[located?.block.seqno, hash]]);
    }
    expect(await source.find('00'.repeat(32), signal)).toEqual([]);
    expect(await sourceOf([{ kind: 'v4', url: devnet.url }]).find(hash, signal)).toBeNull();
  });
});

describe('completeness (acceptance 4 of the TON issue)', () => {
  const withHoles = () => {
    for (let seqno = 2; seqno <= head; seqno += 1) {
      const block = devnet.chain.ledger.block(seqno);
      if (
        block?.shardBlocks.some(({ shard, seqno: at }) =>
          block.tops.some((top) => top.shard === shard && top.seqno > at),
        )
      )
        return seqno;
    }
    throw new Error('the chain has no intermediate shard block');
  };

  test.each(KINDS)(
    '%s: an intermediate shard block that is left out is noticed, read from another endpoint, and said',
    async (kind) => {
      const block = withHoles();
      const whole = await readAll(sourceOf([{ kind: 'v4', url: second.url }]));
      devnet.faults.add({ kind: 'missing-shard-block', block });
      const source = sourceOf([
        { kind, url: devnet.url, requestsPerSecond: 1_000 },
        { kind: 'toncenter-v3', url: second.url },
      ]);
      expect(await readAll(source)).toEqual(whole);
      const alone = sourceOf([{ kind, url: devnet.url }]);
      await expect(readAll(alone)).rejects.toMatchObject({ code: 'BLOCK_UNAVAILABLE' });
      expect(await readAll(sourceOf([{ kind, url: devnet.url }]), block - 1)).toEqual(
        whole.filter((line) => Number(line.split(' ')[0]) < block),
      );
      if (kind !== 'toncenter-v2')
        expect(warnings.join('\n')).toContain(`does not show all of masterchain block ${block}`);
    },
  );

  test.each(KINDS)('%s: a block that is not in the database is never an empty one', async (kind) => {
    devnet.faults.add({ kind: 'missing-block', block: 5 });
    await expect(readAll(sourceOf([{ kind, url: devnet.url }]))).rejects.toMatchObject({
      code: 'BLOCK_UNAVAILABLE',
      retryable: true,
    });
    const both = await readAll(
      sourceOf([
        { kind, url: devnet.url },
        { kind, url: second.url },
      ]),
    );
    expect(both.some((line) => line.startsWith('5 '))).toBe(
      await readAll(sourceOf([{ kind, url: second.url }])).then((lines) =>
        lines.some((line) => line.startsWith('5 ')),
      ),
    );
  });

  test.each(['500', '503', '429', 'cut', 'wrong-json', 'html'] as const)(
    'everything is read in spite of %s',
    async (fault) => {
      const whole = await readAll(sourceOf([{ kind: 'v4', url: second.url }]));
      devnet.faults.add({ kind: fault, probability: 0.3, seed: fault });
      const source = sourceOf(
        [...KINDS.map((kind) => ({ kind, url: devnet.url })), { kind: 'v4' as const, url: second.url }],
        {
          retries: 6,
        },
      );
      expect(await readAll(source)).toEqual(whole);
    },
  );

  test('promise 2: a state is never answered by the index, which knows the newest one only, in place of who knows that of the block', async () => {
    devnet.faults.add({ kind: '500', methods: ['run', 'account'] });
    const apis = [
      { kind: 'v4', url: devnet.url },
      { kind: 'toncenter-v3', url: second.url },
    ] as const;
    await expect(sourceOf(apis).account(MASTER, 2, signal)).rejects.toMatchObject({ code: 'RPC_ERROR' });
    await expect(sourceOf(apis).run(MASTER, 'get_jetton_data', [], 2, signal)).rejects.toMatchObject({
      code: 'RPC_ERROR',
    });
    expect(
      (await sourceOf([...apis, { kind: 'toncenter-v2', url: second.url }]).account(itemOf(3n), 2, signal))
        .active,
    ).toBe(false);
    expect((await sourceOf(apis.slice(1)).account(MASTER, 2, signal)).active).toBe(true);
  });

  test('a block that is not there yet is told from one that is', async () => {
    for (const kind of KINDS) {
      const source = sourceOf([{ kind, url: devnet.url }], { retries: 0 });
      await expect(readAll(source, head + 1)).rejects.toMatchObject({
        code: 'BLOCK_UNAVAILABLE',
        retryable: true,
      });
    }
  });
});
