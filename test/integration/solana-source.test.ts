/**
 * The Solana source against the devnet's RPC: real blocks of a real SVM, every fault switch of the endpoint.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AddressLookupTableAccount, Keypair, SystemProgram } from '@solana/web3.js';
import bs58 from 'bs58';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '../../devnet/solana/rpc/endpoint.js';
import { type SolanaDevnet, startSolanaDevnet } from '../../devnet/solana/server.js';
import { signDraft } from '../../devnet/solana/traffic/envelope.js';
import {
  createSolanaSource,
  type SolanaSource,
  type SolanaSourceOptions,
} from '../../src/chains/solana/source.js';
import type { SolanaBlock } from '../../src/chains/solana/transaction.js';
import type { BlockSpan } from '../../src/chains/source.js';
import { eventually } from '../support/eventually.js';
import { silentLog } from '../support/silent-log.js';

const signal = new AbortController().signal;
const warnings: string[] = [];
const log = { ...silentLog, warn: (_: object, message: string) => warnings.push(message) };
const payer = Keypair.generate();
const receiver = Keypair.generate().publicKey;

let dir: string;
let devnet: SolanaDevnet;
let second: Endpoint;
let locked: Endpoint;
const sources: SolanaSource[] = [];
/** Signature → version, of ours. */
const sent = new Map<string, 'legacy' | 0 | 1>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ndx-source-'));
  devnet = await startSolanaDevnet({
    dir,
    seed: 'source',
    host: '127.0.0.1',
    port: 0,
    slotMilliseconds: 50,
    skipEvery: 4,
    confirmedAfter: 1,
    finalizedAfter: 6,
    genesis: {
      programs: [],
      accounts: [],
      accountsFunded: [{ address: payer.publicKey.toBase58(), lamports: 10_000_000_000n }],
    },
  });
  devnet.chain.pause();
  second = await devnet.addEndpoint({});
  locked = await devnet.addEndpoint({ apiKey: 'RIGHTKEY' });
  for (let i = 0; i < 12; i += 1) {
    const landing = (['legacy', 0, 1] as const).map((version) => send(version, i));
    await devnet.chain.advance(2);
    await Promise.all(landing);
  }
  await devnet.chain.advance(20);
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

const noTable = new AddressLookupTableAccount({
  key: payer.publicKey,
  state: {
    deactivationSlot: 2n ** 64n - 1n,
    lastExtendedSlot: 0,
    lastExtendedSlotStartIndex: 0,
    addresses: [],
  },
});

async function send(version: 'legacy' | 0 | 1, n: number): Promise<void> {
  const { bytes, signature } = signDraft({
    version,
    payer,
    keys: [],
    instructions: [
      SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: receiver, lamports: 1_000_000 + n }),
    ],
    blockhash: devnet.chain.latestBlockhash(),
    computeUnitLimit: 50_000 + n,
    lookupTable: noTable,
  });
  expect(await devnet.chain.submit(bytes)).toMatchObject({ signature, error: null });
  sent.set(signature, version);
}

function sourceOf(options: Partial<SolanaSourceOptions> = {}): SolanaSource {
  const source = createSolanaSource({
    endpoints: [{ url: devnet.url, wsUrl: devnet.wsUrl }],
    keys: () => [receiver.toBase58()],
    log,
    timeouts: { blockMs: 500, smallMs: 500 },
    retries: 2,
    backoffMs: 10,
    ...options,
  });
  sources.push(source);
  return source;
}
const both = () => ({ endpoints: [{ url: devnet.url }, { url: second.url }] });

async function read(
  source: SolanaSource,
  fromBlock: number,
  toBlock: number,
  finality: 'confirmed' | 'finalized' = 'finalized',
) {
  const spans: BlockSpan<SolanaBlock>[] = [];
  for await (const span of source.read({ fromBlock, toBlock }, { finality, concurrency: 8, signal }))
    spans.push(span);
  let next = fromBlock;
  for (const span of spans) {
    expect(span.fromBlock).toBe(next);
    next = span.toBlock + 1;
  }
  return { spans, covered: next - 1, transactions: spans.flatMap(({ block }) => block?.transactions ?? []) };
}
async function expectWhole(source: SolanaSource): Promise<void> {
  const { finalized } = await source.tip(signal);
  const { covered, transactions } = await read(source, 0, finalized);
  expect(covered).toBe(finalized);
  expect(new Map(transactions.map(({ signature, version }) => [signature, version]))).toEqual(sent);
}

describe('Solana source on the devnet', () => {
  test('reads the whole chain: every version, skipped slots proven, each transaction at its place', async () => {
    const source = sourceOf();
    await expectWhole(source);
    const { finalized } = await source.tip(signal);
    const { spans } = await read(source, 0, finalized);
    expect(spans.some(({ fromBlock, toBlock }) => fromBlock < toBlock)).toBe(true);
    const [signature] = [...sent.keys()].slice(-1);
    const inBlock = spans
      .flatMap(({ block }) => block?.transactions ?? [])
      .find((tx) => tx.signature === signature);
    expect((await source.transaction(signature ?? '', signal))?.transaction).toEqual(inBlock);
    expect(await source.transaction(bs58.encode(Buffer.alloc(64, 1)), signal)).toBeNull();
    expect(await source.genesis(signal)).toBe(devnet.chain.genesisHash);
    expect(await source.firstAvailable(signal)).toBe(0);
  });

  test('stops for a version it may not read', async () => {
    await expect(
      read(sourceOf({ maxSupportedTransactionVersion: 0 }), 0, devnet.chain.finalizedSlot()),
    ).rejects.toMatchObject({
      code: 'TRANSACTION_VERSION_UNSUPPORTED',
      retryable: false,
    });
  });

  test.each(['429', '500', '503', 'stall', 'cut', 'wrong-json', 'html'] as const)(
    'reads everything from the other endpoint under %s',
    async (kind) => {
      devnet.faults.add({ kind });
      await expectWhole(sourceOf(both()));
    },
  );

  test.each(['429', '500', '503', 'stall', 'cut', 'wrong-json', 'html'] as const)(
    'reads everything from a single endpoint after a spell of %s',
    async (kind) => {
      devnet.faults.add({ kind, count: 2, retryAfter: 0 });
      devnet.faults.add({ kind, probability: 0.1, count: 4, retryAfter: 0, methods: ['getBlock'] });
      // A configured rate, so that what 429 leaves of it is still quick.
      await expectWhole(sourceOf({ retries: 4, endpoints: [{ url: devnet.url, requestsPerSecond: 400 }] }));
    },
  );

  test('notices a block that one endpoint denies, and reads it from the other', async () => {
    const { spans } = await read(sourceOf(), 0, devnet.chain.finalizedSlot());
    const slot = spans.flatMap(({ block }) => (block?.transactions.length ? [block.slot] : []))[3] ?? -1;
    devnet.faults.add({ kind: 'missing-block', slot });
    // The other endpoint lists nothing, so that the denied block is missed in the list.
    second.faults.add({ kind: '500', methods: ['getBlocks', 'getBlocksWithLimit'] });
    await expectWhole(sourceOf(both()));
    expect(warnings.join('\n')).toContain(`slot ${slot} was left out`);
    const alone = read(sourceOf(), 0, devnet.chain.finalizedSlot());
    await expect(alone).rejects.toMatchObject({
      code: 'BLOCK_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining(`slot ${slot}`),
    });
  });

  test('takes its head from the endpoint that does not lag', async () => {
    const { head } = await sourceOf().tip(signal);
    devnet.faults.add({ kind: 'lag', slots: 30 });
    expect(await sourceOf(both()).tip(signal)).toMatchObject({ head, source: second.url });
    expect((await sourceOf().tip(signal)).head).toBeLessThan(head);
  });

  test('says that a key is wrong and which endpoint it is for, without showing it', async () => {
    const source = sourceOf({ endpoints: [{ url: `${locked.url}/?api-key=WRONGKEY` }] });
    const error: unknown = await source.genesis(signal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RPC_UNAUTHORIZED', retryable: false });
    expect(String(error)).toContain(locked.url);
    expect(JSON.stringify([String(error), source.endpointsState()])).not.toContain('WRONGKEY');
    expect(
      await sourceOf({ endpoints: [{ url: locked.url, headers: { 'x-api-key': 'RIGHTKEY' } }] }).genesis(
        signal,
      ),
    ).toBe(devnet.chain.genesisHash);
  });

  test("lists an address's transactions, each once", async () => {
    const entries: string[] = [];
    const source = sourceOf({ ...both(), signaturePage: 7 });
    for await (const { signature } of source.signatures(
      receiver.toBase58(),
      { from: 0, to: devnet.chain.finalizedSlot() },
      signal,
    )) {
      entries.push(signature);
    }
    expect(entries).toHaveLength(sent.size);
    expect(new Set(entries)).toEqual(new Set(sent.keys()));
  });

  test('notices a silent websocket and goes on with hints afterwards', async () => {
    devnet.faults.add({ kind: 'silent-websocket' });
    const stop = new AbortController();
    const hints: number[] = [];
    const source = sourceOf({ silenceMs: 150, backoffMs: 10 });
    source.watch((slot) => hints.push(slot), stop.signal);
    await eventually(() => expect(source.watchState().silent).toBe(true));
    devnet.faults.clear();
    await eventually(async () => {
      await devnet.chain.advance(1);
      expect(hints.length).toBeGreaterThan(0);
    });
    expect(source.watchState()).toMatchObject({ silent: false, connected: true });
    stop.abort();
  });

  test('reads the branch that stands after a fork of confirmed blocks', async () => {
    const source = sourceOf();
    const from = devnet.chain.finalizedSlot() + 1;
    const before = await read(source, from, (await source.tip(signal)).head, 'confirmed');
    const { droppedSlots } = await devnet.chain.fork({ depth: 3, reland: false });
    expect(droppedSlots.length).toBeGreaterThan(0);
    await devnet.chain.advance(4);
    const after = await read(source, from, (await source.tip(signal)).head, 'confirmed');
    const dropped = after.spans.flatMap(({ block }) =>
      block !== null && droppedSlots.includes(block.slot) ? [block.slot] : [],
    );
    expect(dropped).toEqual([]);
    expect(after.covered).toBeGreaterThan(before.covered);
  });
});
