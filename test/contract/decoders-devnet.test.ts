/**
 * The decoders against the devnet: real programs on a real SVM, read in every encoding and version, must give
 * exactly the events that the players' own oracle says they caused.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadNetwork } from '../../config/networks.js';
import { devnetGenesis } from '../../devnet/solana/programs/genesis.js';
import { type SolanaDevnet, startSolanaDevnet } from '../../devnet/solana/server.js';
import type { ExpectedEvent, OracleEntry } from '../../devnet/solana/traffic/model.js';
import { createTraffic } from '../../devnet/solana/traffic/traffic.js';
import { createUsers } from '../../devnet/solana/traffic/users.js';
import type { SolanaTransaction } from '../../src/chains/solana/transaction.js';
import { createSolanaDecoder } from '../../src/decoders/solana/registry.js';
import type { ChainEvent, DecodedTransaction } from '../../src/events/event.js';
import { toJson } from '../../src/events/json.js';
import { EVERYTHING, readRecordedBlock } from '../../src/readers/solana/recorded/document.js';

const SEED = 'decoders';
const ENCODINGS = ['json', 'jsonParsed', 'base64'] as const;
const ACTIONS = 500;

const users = createUsers(SEED, 8);
const dir = mkdtempSync(join(tmpdir(), 'ndx-decoders-'));
const { solana } = loadNetwork('devnet', join(import.meta.dirname, '../../config/networks'));
let devnet: SolanaDevnet;
let entries: readonly OracleEntry[];
const blocks = new Map<string, readonly SolanaTransaction[]>();

async function rpc(method: string, params: unknown[]): Promise<unknown> {
  const response = await fetch(devnet.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: unknown };
  if (error !== undefined) throw new Error(JSON.stringify(error));
  return result;
}

beforeAll(async () => {
  devnet = await startSolanaDevnet({
    dir: join(dir, 'chain'),
    seed: SEED,
    slotMilliseconds: 600_000,
    skipEvery: 5,
    confirmedAfter: 0,
    finalizedAfter: 1,
    genesis: devnetGenesis(users.map((user) => user.key.publicKey)),
    host: '127.0.0.1',
    port: 0,
  });
  const { chain } = devnet;
  const traffic = createTraffic({
    chain,
    seed: SEED,
    usersCount: users.length,
    transactionsPerSecond: 100,
    dir: join(dir, 'traffic'),
  });
  for (let left = ACTIONS; left > 0; left -= 20) {
    const done = traffic.step(20);
    await chain.advance(2);
    await done;
  }
  await chain.advance(2);
  entries = traffic.oracle.entries();
  const slots = (await rpc('getBlocks', [0, chain.slot(), { commitment: 'confirmed' }])) as number[];
  for (const encoding of ENCODINGS) {
    const transactions: SolanaTransaction[] = [];
    for (const slot of slots) {
      const config = {
        encoding,
        maxSupportedTransactionVersion: 1,
        transactionDetails: 'full',
        commitment: 'confirmed',
      };
      const result = (await rpc('getBlock', [slot, config])) as Record<string, unknown>;
      transactions.push(...readRecordedBlock(result, slot, EVERYTHING).transactions);
    }
    blocks.set(encoding, transactions);
  }
  await traffic.stop();
});

afterAll(async () => {
  await devnet?.close();
  rmSync(dir, { recursive: true, force: true });
});

function decodeAll(encoding: string): Map<string, DecodedTransaction> {
  const known = new Set<string>();
  const decoder = createSolanaDecoder(follow(), { known });
  const decoded = new Map<string, DecodedTransaction>();
  for (const transaction of blocks.get(encoding) ?? []) {
    const result = decoder.decode(transaction);
    if (result === null) continue;
    decoded.set(result.transactionHash, result);
    for (const event of result.events)
      if (event.kind === 'mint' && event.asset.kind === 'nft') known.add(event.asset.address);
  }
  return decoded;
}

function follow() {
  if (solana === undefined) throw new Error('the devnet configuration follows nothing of Solana');
  return solana.follow;
}

/** The facts that the oracle states, one text an event. */
function fact(event: ExpectedEvent | ChainEvent): string {
  const { kind, asset, from, to, amount, price, repriceOnly, stake, nft, fees } = event;
  const facts = {
    ...{ kind, asset, from, to, amount, repriceOnly },
    price: price && { amount: price.amount, currency: price.currency },
    fees,
    stake,
    nft: nft && kind === 'mint' ? { creator: nft.creator } : undefined,
  };
  return JSON.stringify(toJson(facts));
}

function sums(events: readonly (ExpectedEvent | ChainEvent)[]): string[] {
  const totals = new Map<string, bigint>();
  for (const { token, owner, delta } of events.flatMap((event) => event.movements ?? [])) {
    const key = `${token} ${owner}`;
    totals.set(key, (totals.get(key) ?? 0n) + delta);
  }
  return [...totals]
    .filter(([, delta]) => delta !== 0n)
    .map(([key, delta]) => `${key} ${delta}`)
    .sort();
}

describe('decoders on the devnet', () => {
  test('the play shows every kind of event and every version', () => {
    const kinds = new Set(
      entries
        .filter((entry) => entry.outcome === 'ok')
        .flatMap((entry) => entry.events.map((event) => event.kind)),
    );
    expect([...kinds].sort()).toEqual([
      'burn',
      'claim',
      'delist',
      'list',
      'mint',
      'sale',
      'stake',
      'transfer',
      'unstake',
    ]);
    expect(new Set(blocks.get('json')?.map((transaction) => transaction.version))).toEqual(
      new Set(['legacy', 0, 1]),
    );
  });

  test('promises 6 and 7: each successful transaction gives exactly the events and movements that happened', () => {
    const decoded = decodeAll('json');
    const differences = entries
      .filter((entry) => entry.outcome === 'ok')
      .flatMap((entry) => {
        const events = decoded.get(entry.signature)?.events ?? [];
        const found = {
          steps: entry.action.steps.map((step) => step.do),
          events: events.map(fact).sort(),
          sums: sums(events),
        };
        const wanted = {
          steps: found.steps,
          events: entry.events.map(fact).sort(),
          sums: sums(entry.events),
        };
        return JSON.stringify(found) === JSON.stringify(wanted) ? [] : [{ found, wanted }];
      });
    expect(differences.slice(0, 3)).toEqual([]);
  });

  test('promise 6: failed transactions give failed events only, and nothing moves', () => {
    const decoded = decodeAll('json');
    const failed = entries.filter((entry) => entry.outcome === 'failed');
    expect(failed.length).toBeGreaterThan(5);
    for (const { signature, events } of failed) {
      const result = decoded.get(signature);
      if (events.length > 0) expect(result?.events.length, signature).toBeGreaterThan(0);
      for (const event of result?.events ?? [])
        expect([event.outcome, event.movements]).toEqual(['failed', undefined]);
    }
  });

  test('promise 8: what the platform does leaves no problem', () => {
    expect([...decodeAll('json').values()].flatMap((decoded) => decoded.problems ?? [])).toEqual([]);
  });

  test.each(ENCODINGS)('encoding %s gives the same events', (encoding) => {
    expect(decodeAll(encoding)).toEqual(decodeAll('json'));
  });
});
