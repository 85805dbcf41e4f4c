/** Solana endpoints that answer with something else than the chain holds (DESIGN.md section 12). */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  address,
  type FakeRpc,
  fakeChain,
  fakeTransaction,
  signatureOf,
  startFakeRpc,
} from '../../../test/support/fake-solana-rpc.js';
import { silentLog } from '../../../test/support/silent-log.js';
import { createSolanaSource, type SolanaSource, type SolanaSourceOptions } from './source.js';

const OURS = address(42);
const signal = new AbortController().signal;
const SLOTS = Array.from({ length: 11 }, (_, at) => at + 10);
const transactionsOf = (slot: number) => [
  fakeTransaction(signatureOf(slot), [address(3), OURS, address(2)]),
  fakeTransaction(signatureOf(slot + 100), [address(3), address(2)]),
];

let honest: FakeRpc;
let liar: FakeRpc;
const sources: SolanaSource[] = [];
beforeEach(async () => {
  honest = await startFakeRpc(fakeChain(SLOTS, transactionsOf));
  liar = await startFakeRpc(fakeChain(SLOTS, transactionsOf));
});
afterEach(async () => {
  await Promise.all([...sources.splice(0).map((source) => source.close()), honest.close(), liar.close()]);
});

function sourceOf(urls: readonly FakeRpc[], options: Partial<SolanaSourceOptions> = {}): SolanaSource {
  const source = createSolanaSource({
    endpoints: urls.map(({ url }) => ({ url, wsUrl: null })),
    keys: () => [OURS],
    log: silentLog,
    retries: 1,
    backoffMs: 5,
    ...options,
  });
  sources.push(source);
  return source;
}

async function read(source: SolanaSource): Promise<string[]> {
  const signatures: string[] = [];
  const range = { fromBlock: 10, toBlock: 20 };
  for await (const { block } of source.read(range, { finality: 'finalized', concurrency: 2, signal }))
    signatures.push(...(block?.transactions ?? []).map(({ signature }) => signature));
  return signatures;
}

describe('a Solana endpoint', () => {
  test.each(['gzip', 'br', 'deflate'] as const)('that compresses with %s unasked is read', async (coding) => {
    const pack = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync }[coding];
    liar.fault = (method) =>
      method === 'getGenesisHash'
        ? {
            status: 200,
            body: pack(JSON.stringify({ jsonrpc: '2.0', id: 1, result: address(1) })),
            headers: { 'content-encoding': coding },
          }
        : undefined;
    expect(await sourceOf([liar]).genesis(signal)).toBe(address(1));
  });

  test('promise 6: that shows a transaction twice in one block is wrong, and another one is asked', async () => {
    const [ours, other] = transactionsOf(15);
    liar.chain = fakeChain(SLOTS, (slot) => (slot === 15 ? [ours, other, ours] : transactionsOf(slot)));
    await expect(read(sourceOf([liar]))).rejects.toMatchObject({
      code: 'RPC_BAD_RESPONSE',
      message: expect.stringMatching(new RegExp(`${new URL(liar.url).port}.*twice`)),
    });
    expect(await read(sourceOf([liar, honest]))).toEqual(SLOTS.map(signatureOf));
  });

  describe('that lists the signatures of an address', () => {
    const COUNT = 1_200;
    const entries = Array.from({ length: COUNT }, (_, at) => ({
      signature: signatureOf(at),
      // Many stand in one slot.
      slot: 20 - Math.floor(at / 120),
      err: null,
    })).map((entry, at) => ({ ...entry, signature: `${entry.signature}${at}` }));
    const list = async (source: SolanaSource): Promise<string[]> => {
      const found: string[] = [];
      for await (const { signature } of source.signatures(OURS, { from: 10, to: 20 }, signal))
        found.push(signature);
      return found;
    };
    const PAGES = [
      ['an empty page', () => []],
      ['its first page again', () => entries.slice(0, 500)],
      ['a page that does not join', () => entries.slice(800, 1_100)],
    ] as const;

    test.each(PAGES)(
      'promise 3: and answers with %s ends nothing: it is a failure, or another is asked',
      async (_, page) => {
        honest.signatures = entries;
        liar.signatures = entries;
        let asked = 0;
        liar.fault = (method) =>
          method === 'getSignaturesForAddress' && ++asked > 1 ? { result: page() } : undefined;
        await expect(list(sourceOf([liar], { signaturePage: 500 }))).rejects.toMatchObject({
          code: 'RPC_BAD_RESPONSE',
        });
        asked = 0;
        expect(await list(sourceOf([liar, honest], { signaturePage: 500 }))).toHaveLength(COUNT);
        // Twice wrong, then right: asked again it is read to its end.
        asked = 0;
        liar.fault = (method) =>
          method === 'getSignaturesForAddress' && ++asked > 1 && asked < 4 ? { result: page() } : undefined;
        expect(await list(sourceOf([liar], { signaturePage: 500, retries: 3 }))).toHaveLength(COUNT);
      },
    );

    test('promise 3: and shows nothing at first is asked again', async () => {
      liar.signatures = entries;
      let asked = 0;
      liar.fault = (method) =>
        method === 'getSignaturesForAddress' && ++asked < 3 ? { result: [] } : undefined;
      expect(await list(sourceOf([liar]))).toHaveLength(COUNT);
    });
  });
});
