/**
 * The TON decoders against real contracts on a real TVM: their events are those that the devnet's oracle says
 * truly happened.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadNetwork } from '../../config/networks.js';
import { createTonChain, type TonChain } from '../../devnet/ton/chain/chain.js';
import { isOpening } from '../../devnet/ton/traffic/generator.js';
import type { ExpectedEvent } from '../../devnet/ton/traffic/model.js';
import { createTraffic, type Traffic } from '../../devnet/ton/traffic/traffic.js';
import { createUsers, everybody } from '../../devnet/ton/traffic/users.js';
import { readCells } from '../../src/chains/ton/cells/boc.js';
import { normaliseCell } from '../../src/chains/ton/normalise/cell.js';
import { inputsOf } from '../../src/chains/ton/normalise/family.js';
import type { TonInput } from '../../src/chains/ton/transaction.js';
import type { TonFollow } from '../../src/decoders/ton/follow.js';
import { createTonDecoder } from '../../src/decoders/ton/registry.js';
import { type ChainEvent, type DecodedTransaction, KINDS } from '../../src/events/event.js';
import { createTonFacts } from '../../src/readers/ton/facts.js';
import { coreItem, ownCell, ownItem } from '../support/cells.js';

const SEED = 'ton decoders';
const dir = mkdtempSync(join(tmpdir(), 'ndx-ton-decoders-'));
let clock = 1_800_000_000_000;
const now = () => clock;
const users = createUsers(SEED, 8);
let chain: TonChain;
let traffic: Traffic;

beforeAll(async () => {
  const genesis = everybody(users).map((wallet) => wallet.genesis);
  chain = await createTonChain({
    dir: join(dir, 'chain'),
    seed: SEED,
    blockMilliseconds: 1000,
    genesis,
    now,
  });
  traffic = createTraffic({ chain, seed: SEED, usersCount: users.length, actionsPerSecond: 5, dir, now });
  const step = async (actions: number) => {
    for (let begun = 0; begun < actions; begun++) if (!(await traffic.step())) break;
    clock += 1000;
    await chain.advance(1);
  };
  for (let blocks = 0; blocks < 90 && isOpening(traffic.oracle.world); blocks++) await step(6);
  for (let blocks = 0; blocks < 10; blocks++) await step(4);
  for (let blocks = 0; blocks < 60 && traffic.oracle.undecided().length > 0; blocks++) await step(0);
  expect(traffic.oracle.undecided()).toEqual([]);
});
afterAll(async () => {
  await chain.stop();
  rmSync(dir, { recursive: true, force: true });
});

const methodResult = (ran: Awaited<ReturnType<TonChain['runMethod']>>) =>
  ran === null ? { exitCode: 11, stack: [] } : { exitCode: ran.exitCode, stack: ran.stack.map(ownItem) };

/** Verified facts as the daemon gets them, asked of the chain in process. */
const refusals: string[] = [];
const said: object[] = [];
const facts = () =>
  createTonFacts(
    {
      run: async (address, method, args, block) =>
        methodResult(await chain.runMethod(address, method, args.map(coreItem), block)),
      codeHash: () => null,
      account: async (address, block) => {
        const { status, codeHash, data, lastLt, lastHash } = chain.account(address, block);
        const last = lastLt === 0n ? null : { lt: lastLt, hash: lastHash };
        return {
          active: status === 'active',
          frozen: false,
          codeHash,
          data: (data && readCells(data)[0]) ?? null,
          last,
        };
      },
    },
    {
      log: { debug: (details) => void said.push(details) },
      onRefusal: (reason) => void refusals.push(reason),
    },
  );

/** Everything that happened, trace by trace. */
function inputs(): TonInput[] {
  const all: TonInput[] = [];
  for (const { root } of traffic.oracle.entries()) {
    if (root === undefined) continue;
    const transactions = chain.trace(root).map((located, transactionIndex) =>
      normaliseCell(ownCell(chain.ledger.readTransactionCell(located)), located.entry.account, {
        block: located.block.seqno,
        transactionIndex,
      }),
    );
    all.push(...inputsOf(transactions));
  }
  return all;
}

async function decodeAll(follow: TonFollow, from = inputs()): Promise<DecodedTransaction[]> {
  const decoder = createTonDecoder(follow);
  const { knownFor, resolve } = facts();
  const decoded: DecodedTransaction[] = [];
  for (const input of from) {
    for (let round = 0; ; round++) {
      const { transaction, needs } = decoder.decode(input, knownFor(input.transaction));
      if (needs.length === 0) {
        if (transaction !== null) decoded.push(transaction);
        break;
      }
      expect(round, 'rounds of questions').toBeLessThan(8);
      await resolve(needs, input.transaction, new AbortController().signal);
    }
  }
  return decoded;
}

interface Fact {
  readonly [name: string]: unknown;
}
const moved = (
  movements: readonly { readonly token: string; readonly owner: string; readonly delta: bigint }[],
) => movements.map(({ token, owner, delta }) => `${token} ${owner} ${delta}`).sort();

/**
 * Whoever tried to take an item that is not theirs stands in `from`; that it was not theirs, the transaction
 * does not say.
 */
const triedInVain = (kind: string, outcome: string, asset: ExpectedEvent['asset']) =>
  kind === 'transfer' && outcome === 'failed' && asset.kind === 'nft';

function told(hash: string, event: ChainEvent): Fact {
  const { kind, outcome, asset, from, to, amount, price, fees } = event;
  const nft = event.nft && { collection: event.nft.collection };
  return {
    ...{
      hash,
      kind,
      outcome,
      asset,
      amount,
      price: price?.amount,
      fees,
      nft: kind === 'mint' ? nft : undefined,
    },
    ...(triedInVain(kind, outcome, asset)
      ? { to }
      : kind === 'sale' || kind === 'transfer'
        ? { from, to }
        : kind === 'mint'
          ? { to }
          : { from }),
    ...(kind === 'stake' && { lockSeconds: event.stake?.lockSeconds }),
    pool: event.stake?.pool,
    movements: outcome === 'ok' ? moved(event.movements ?? []) : [],
  };
}

function truth(hash: string | null, event: ExpectedEvent): Fact {
  const { kind, at, asset, from, to, amount, price, fees, nft, stake } = event;
  return {
    ...{
      hash,
      kind,
      outcome: at.outcome,
      asset,
      amount,
      price: price?.amount,
      fees,
      nft: nft && { collection: nft.collection },
    },
    ...(triedInVain(kind, at.outcome, asset)
      ? { to }
      : kind === 'sale' || kind === 'transfer'
        ? { from, to }
        : kind === 'mint'
          ? { to }
          : { from }),
    ...(kind === 'stake' && { lockSeconds: stake?.lockSeconds }),
    pool: stake?.pool,
    movements: at.outcome === 'ok' ? moved(event.movements) : [],
  };
}

const text = (fact: Fact) =>
  JSON.stringify(fact, (_, value) => (typeof value === 'bigint' ? `${value}` : value));

beforeEach(() => {
  refusals.length = 0;
  said.length = 0;
});

test('promise 6: the events are those of the oracle, one for one; no forgery among them', async () => {
  const follow = loadNetwork('devnet', join(import.meta.dirname, '../../config/networks')).ton?.follow;
  if (follow === undefined) throw new Error('the devnet network has no ton section');
  const decoded = await decodeAll(follow);
  const expected = traffic.oracle
    .entries()
    .flatMap(({ events, landed, outcome }) => {
      expect(outcome).not.toBe('unplanned');
      return events.map((event, at) => text(truth(landed[at]?.transactionHash ?? null, event)));
    })
    .sort();
  const found = decoded
    .flatMap(({ transactionHash, events }) => events.map((event) => text(told(transactionHash, event))))
    .sort();
  expect(found.filter((fact) => !expected.includes(fact))).toEqual([]);
  expect(expected.filter((fact) => !found.includes(fact))).toEqual([]);
  expect(found).toEqual(expected);
  // No contract of TON says that an item joined or left a collection.
  for (const kind of KINDS.filter((one) => one !== 'update'))
    expect(
      found.some((fact) => fact.includes(`"kind":"${kind}"`)),
      kind,
    ).toBe(true);
  expect(decoded.flatMap(({ problems }) => problems ?? [])).toEqual([]);
  // The forgeries left no event, but were seen: each counted by why it was not believed, and said.
  expect(new Set(refusals)).toEqual(new Set(['no-jetton-wallet', 'not-of-master', 'not-of-collection']));
  expect(said).toHaveLength(refusals.length);
});

test('the same transaction always gives the same events', async () => {
  const follow = {
    ...(loadNetwork('devnet', join(import.meta.dirname, '../../config/networks')).ton?.follow as TonFollow),
    all: true,
  };
  const some = inputs().slice(-80);
  const decoded = await decodeAll(follow, some);
  expect(decoded.length).toBeGreaterThan(10);
  expect(await decodeAll(follow, some)).toEqual(decoded);
});
