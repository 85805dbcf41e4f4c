/** TON endpoints that answer with something else than the chain holds (DESIGN.md section 12). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cell } from '@ton/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { multiRootBoc } from '../../devnet/ton/http/multi-root-boc.js';
import { startTonDevnet, type TonDevnet } from '../../devnet/ton/server.js';
import { createTonSource, type TonSource, type TonSourceOptions } from '../../src/chains/ton/source.js';
import type { OwedCheck } from '../../src/events/batch.js';
import { type LyingHttp, startLyingHttp } from '../support/lying-http.js';
import { silentLog } from '../support/silent-log.js';
import { createTonPlay, GENESIS, user, walletOf } from '../support/ton-play.js';

const KINDS = ['v4', 'toncenter-v3', 'toncenter-v2'] as const;
const signal = new AbortController().signal;
const sources: TonSource[] = [];
let dir: string;
let devnet: TonDevnet;
let liar: LyingHttp;
let head: number;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ndx-ton-lies-'));
  devnet = await startTonDevnet({
    dir,
    seed: 'lies',
    blockMilliseconds: 3_600_000,
    genesis: GENESIS,
    host: '127.0.0.1',
    port: 0,
  });
  liar = await startLyingHttp(devnet.url);
  const play = createTonPlay(devnet);
  await play.deploy();
  await play.mint(user(0), 1_000n);
  for (const amount of [400n, 100n, 50n]) await play.transfer(user(0), user(1), amount);
  await play.idle(2);
  head = devnet.chain.head().seqno;
});
afterEach(async () => {
  liar.lie = (_, said) => said;
  await Promise.all(sources.splice(0).map((source) => source.close()));
});
afterAll(async () => {
  await liar.close();
  await devnet.close();
  await rm(dir, { recursive: true, force: true });
});

function sourceOf(
  endpoints: TonSourceOptions['endpoints'],
  options: Partial<TonSourceOptions> = {},
): TonSource {
  const source = createTonSource({ endpoints, log: silentLog, backoffMs: 5, retries: 1, ...options });
  sources.push(source);
  return source;
}

async function read(source: TonSource): Promise<string[]> {
  const hashes: string[] = [];
  for await (const { block } of source.read({ fromBlock: 1, toBlock: head }, { concurrency: 4, signal }))
    for (const { hash } of (await block?.transactionsOf(() => true, signal)) ?? []) hashes.push(hash);
  return hashes;
}

/** What the three APIs list a block's transactions under. */
const LISTS = /\/transactionsByMasterchainBlock|\/getBlockTransactionsExt|^\/block\/\d+$|\/jsonRPC/;

/** The first transaction of every list twice. */
function doubled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(doubled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'transactions' && Array.isArray(item) && item.length > 0 ? [...item, item[0]] : doubled(item),
    ]),
  );
}

/** The last transaction of every list left out. */
function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'transactions' && Array.isArray(item) ? item.slice(0, -1) : shortened(item),
    ]),
  );
}

/** Another root hash for every masterchain block but the first: another chain from there on. */
function otherBlocks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(otherBlocks);
  if (typeof value !== 'object' || value === null) return value;
  const { workchain, seqno } = value as { readonly workchain?: unknown; readonly seqno?: unknown };
  const lies = workchain === -1 && typeof seqno === 'number' && seqno > 1;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      lies && (key === 'rootHash' || key === 'root_hash')
        ? [key, Buffer.from(String(item), 'base64').reverse().toString('base64')]
        : [key, otherBlocks(item)],
    ),
  );
}

/** Toncenter counts the transactions of each block besides: the liar counts them as it shows them. */
const uncounted = (answer: unknown): unknown =>
  JSON.parse(JSON.stringify(answer, (key, item) => (key === 'tx_count' ? undefined : item)));

describe.each(KINDS)('a %s endpoint', (kind) => {
  test('promise 6: that shows a transaction twice in one block is wrong, and another one is asked', async () => {
    const right = await read(sourceOf([{ kind, url: devnet.url }]));
    liar.lie = (path, answer) => uncounted(LISTS.test(path) ? doubled(answer) : answer);
    await expect(read(sourceOf([{ kind, url: liar.url }]))).rejects.toMatchObject({
      code: 'RPC_BAD_RESPONSE',
      message: expect.stringContaining(new URL(liar.url).host),
    });
    expect(
      await read(
        sourceOf([
          { kind, url: liar.url },
          { kind, url: devnet.url },
        ]),
      ),
    ).toEqual(right);
    expect(new Set(right).size).toBe(right.length);
  });

  test('promise 3: that removes a transaction is contradicted by another one, and outvoted by two', async () => {
    const right = await read(sourceOf([{ kind, url: devnet.url }]));
    liar.lie = (path, answer) => uncounted(LISTS.test(path) ? shortened(answer) : answer);
    // A block of which nothing is left holds nothing of ours: those are compared too.
    const crossCheck = { ours: 1, others: 1 };
    const alone = await read(sourceOf([{ kind, url: liar.url }], { crossCheck }));
    expect(alone.length).toBeLessThan(right.length);
    const pair = [liar.url, devnet.url].map((url) => ({ kind, url }));
    for (const endpoints of [pair, pair.toReversed()]) {
      const failure = await read(sourceOf(endpoints, { crossCheck })).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'SOURCES_DISAGREE', retryable: true });
      for (const { url } of pair) expect((failure as Error).message).toContain(new URL(url).host);
    }
    const third = await startLyingHttp(devnet.url);
    try {
      // Other APIs of the liar's own host give it no more weight.
      const liars = KINDS.map((other) => ({ kind: other, url: liar.url }));
      const honest = [devnet, third].map(({ url }) => ({ kind, url }));
      expect(await read(sourceOf([...liars, ...honest], { crossCheck }))).toEqual(right);
    } finally {
      await third.close();
    }
  });

  test('promise 4: that answers for other blocks after the same first one is noticed: they do not follow upon what was read', async () => {
    const source = sourceOf([{ kind, url: liar.url }]);
    const links = async (fromBlock: number, toBlock: number) => {
      const found: { readonly hash: string; readonly parentHash: string }[] = [];
      for await (const span of source.read({ fromBlock, toBlock }, { concurrency: 2, signal }))
        found.push({ hash: span.block.rootHash, parentHash: span.parentHash });
      return found;
    };
    const [first, second, third] = await links(1, 3);
    expect([first?.parentHash, second?.parentHash, third?.parentHash]).toEqual([
      '0'.repeat(64),
      first?.hash,
      second?.hash,
    ]);
    liar.lie = (_, answer) => otherBlocks(answer);
    await expect(links(4, 5)).rejects.toMatchObject({
      code: 'BLOCK_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('follows upon block 3'),
    });
    const [said] = await source.finalNames(3, signal);
    expect(said?.hash).not.toBe(third?.hash);
    liar.lie = (_, answer) => answer;
    expect((await links(4, 5))[0]?.parentHash).toBe(third?.hash);
    expect(await source.finalNames(3, signal)).toMatchObject([{ block: 3, hash: third?.hash }]);
  });

  test('promise 3: that was believed while the other was silent is asked anew once the other denies it', async () => {
    const other = await startLyingHttp(devnet.url);
    try {
      liar.lie = (path, answer) => uncounted(LISTS.test(path) ? shortened(answer) : answer);
      other.lie = () => ({ ok: false, error: 'not now', code: 500 });
      const endpoints = [liar, other].map(({ url }) => ({ kind, url }));
      const source = sourceOf(endpoints, { crossCheck: { ours: 1, others: 1 } });
      const range = { fromBlock: 1, toBlock: head };
      const owed: OwedCheck[] = [];
      for await (const { block } of source.read(range, { concurrency: 4, signal, patienceMs: 1 }))
        owed.push(...source.owedOf(block));
      expect(owed.map(({ block }) => block)).toEqual(Array.from({ length: head }, (_, at) => at + 1));
      other.lie = (_, said) => said;
      const verdicts = await source.judge(owed, { signal, patienceMs: 30_000 });
      expect(new Set(verdicts)).toEqual(new Set(['agreed', 'denied']));
      liar.lie = (_, said) => said;
      expect(await read(source)).toEqual(await read(sourceOf([{ kind, url: devnet.url }])));
    } finally {
      await other.close();
    }
  });

  test('promise 3: whose pages of a history do not hang together ends nothing: it is a failure, or another is asked', async () => {
    const account = walletOf(user(0));
    const list = async (source: TonSource): Promise<string[]> => {
      const found: string[] = [];
      for await (const { hash } of source.history(account, { fromBlock: 1, toBlock: head }, signal))
        found.push(hash);
      return found;
    };
    const right = await list(sourceOf([{ kind, url: devnet.url }]));
    expect(right.length).toBeGreaterThan(2);
    const HISTORY = /\/transactions\?|\/getTransactions\?|\/account\/[^/]+\/tx\//;
    for (const change of [
      (items: unknown[]) => items.slice(0, 1),
      (items: unknown[]) => items.toSpliced(1, 1),
    ]) {
      liar.lie = (path, answer) => (HISTORY.test(path) ? cutting(answer, change) : answer);
      await expect(list(sourceOf([{ kind, url: liar.url }]))).rejects.toMatchObject({
        code: expect.stringMatching(/RPC_BAD_RESPONSE|BLOCK_UNAVAILABLE/),
        message: expect.stringContaining(new URL(liar.url).host),
      });
      const endpoints = [liar.url, devnet.url].map((url) => ({ kind, url }));
      expect(await list(sourceOf(endpoints))).toEqual(right);
    }
  });
});

/** The list of transactions in an answer, changed: JSON, or a bag of cells with a root each. */
function cutting(answer: unknown, change: (items: unknown[]) => unknown[]): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  if ('boc' in answer && typeof answer.boc === 'string') {
    const bocs = Cell.fromBoc(Buffer.from(answer.boc, 'base64')).map((cell) => cell.toBoc());
    return { ...answer, boc: multiRootBoc(change(bocs) as Buffer[]).toString('base64') };
  }
  return Object.fromEntries(
    Object.entries(answer).map(([key, item]) => [
      key,
      Array.isArray(item) && (key === 'transactions' || key === 'result') ? change(item) : item,
    ]),
  );
}
