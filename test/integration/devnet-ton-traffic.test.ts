/**
 * The devnet's play on the real TVM: what the oracle says must be what the contracts' own get-methods say.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address, beginCell, type TupleItem } from '@ton/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTonChain, type TonChain } from '../../devnet/ton/chain/chain.js';
import { FOLLOWED, NDT, STAFF } from '../../devnet/ton/contracts/addresses.js';
import { compileContracts } from '../../devnet/ton/contracts/compile.js';
import compiled from '../../devnet/ton/contracts/compiled.json' with { type: 'json' };
import { jettonWallet } from '../../devnet/ton/contracts/contracts.js';
import { rawOf } from '../../devnet/ton/contracts/wallets.js';
import { registerTrafficAdmin } from '../../devnet/ton/traffic/admin.js';
import { isOpening } from '../../devnet/ton/traffic/generator.js';
import { createTraffic, type Traffic } from '../../devnet/ton/traffic/traffic.js';
import { createUsers, everybody } from '../../devnet/ton/traffic/users.js';
import { KINDS } from '../../src/events/event.js';

const SEED = 'ton traffic test';
const USERS = 10;
const users = createUsers(SEED, USERS);
const folders: string[] = [];
const START = 1_800_000_000_000;
const BLOCK = 1_000;
let clock = START;
const now = (): number => clock;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ndx-ton-traffic-'));
  folders.push(path);
  return path;
}
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

const genesis = everybody(users).map((wallet) => wallet.genesis);
const openChain = (dir: string): Promise<TonChain> =>
  createTonChain({ dir: join(dir, 'chain'), seed: SEED, blockMilliseconds: BLOCK, genesis, now });
const openTraffic = (chain: TonChain, dir: string): Traffic =>
  createTraffic({ chain, seed: SEED, usersCount: USERS, actionsPerSecond: 5, dir, now });

async function block(chain: TonChain): Promise<void> {
  clock += BLOCK;
  await chain.advance(1);
}

async function play(
  chain: TonChain,
  traffic: Traffic,
  done: () => boolean,
  actionsPerBlock = 4,
  mostBlocks = 600,
): Promise<void> {
  for (let blocks = 0; !done() && blocks < mostBlocks; blocks++) {
    for (let begun = 0; begun < actionsPerBlock; begun++) if (!(await traffic.step())) break;
    await block(chain);
  }
}
async function settle(chain: TonChain, traffic: Traffic): Promise<void> {
  for (let blocks = 0; traffic.oracle.undecided().length > 0 && blocks < 60; blocks++) await block(chain);
  expect(traffic.oracle.undecided()).toEqual([]);
}

const addressOf = (item: TupleItem | undefined): string | null =>
  item && 'cell' in item
    ? (item.cell.beginParse().loadMaybeAddress()?.toRawString().toLowerCase() ?? null)
    : null;
const intOf = (item: TupleItem | undefined): bigint => (item?.type === 'int' ? item.value : -1n);
const slice = (raw: string): TupleItem => ({
  type: 'slice',
  cell: beginCell().storeAddress(Address.parseRaw(raw)).endCell(),
});

/** The balance that the owner's NDT wallet itself names; 0 when there is none. */
async function ndtOf(chain: TonChain, owner: string): Promise<bigint> {
  const result = await chain.runMethod(
    rawOf(jettonWallet(NDT.address, Address.parseRaw(owner)).address),
    'get_wallet_data',
    [],
  );
  return result === null ? 0n : intOf(result.stack[0]);
}

async function checkAgainstChain(chain: TonChain, traffic: Traffic): Promise<void> {
  const summary = traffic.oracle.summary();
  expect(summary.unplanned).toEqual([]);
  const held = summary.balances[FOLLOWED.ndt] ?? {};
  for (const owner of new Set([...Object.keys(held), ...[...users, ...STAFF].map(({ raw }) => raw)])) {
    expect(await ndtOf(chain, owner), owner).toBe(BigInt(held[owner] ?? '0'));
  }
  for (const [address, nft] of Object.entries(summary.nfts)) {
    const data = await chain.runMethod(address, 'get_nft_data', []);
    const owner = addressOf(data?.stack[3]);
    expect([addressOf(data?.stack[2]), intOf(data?.stack[1])], address).toEqual([
      nft.collection,
      BigInt(nft.index),
    ]);
    if (nft.burned) expect(owner, address).toBe(`0:${'0'.repeat(64)}`);
    else if (!nft.listed) expect(owner, address).toBe(nft.owner);
    else
      expect(addressOf((await chain.runMethod(owner ?? '', 'get_sale_data', []))?.stack[5]), address).toBe(
        nft.owner,
      );
  }
  for (const { raw } of users) {
    const stakes = summary.stakes[raw]?.[FOLLOWED.staking]?.stakes ?? [];
    const staked = await chain.runMethod(FOLLOWED.staking, 'get_staked', [slice(raw)]);
    expect(intOf(staked?.stack[0]), raw).toBe(
      stakes.reduce((sum, { remaining }) => sum + BigInt(remaining), 0n),
    );
  }
}

test('the committed code is what the FunC compiler makes of the sources', async () => {
  expect(await compileContracts()).toEqual(compiled);
});

describe('the play', () => {
  const dir = folder();
  let chain: TonChain;
  let traffic: Traffic;
  beforeAll(async () => {
    chain = await openChain(dir);
    traffic = openTraffic(chain, dir);
  });
  afterAll(() => chain.stop());

  test('shows every kind, every failure and every forgery within a minute of blocks', async () => {
    await play(chain, traffic, () => !isOpening(traffic.oracle.world), 6, 90);
    await settle(chain, traffic);
    const { counts, unplanned } = traffic.oracle.summary();
    expect(unplanned).toEqual([]);
    expect(isOpening(traffic.oracle.world)).toBe(false);
    // No contract of TON says that an item joined or left a collection.
    for (const kind of KINDS.filter((one) => one !== 'update'))
      expect(counts.events[kind]?.ok, kind).toBeGreaterThan(0);
    for (const kind of ['mint', 'transfer', 'unstake'])
      expect(counts.events[kind]?.failed, kind).toBeGreaterThan(0);
  });

  test('after hundreds of actions the oracle says what the contracts say', async () => {
    const target = traffic.oracle.sent() + 250;
    await play(chain, traffic, () => traffic.oracle.sent() >= target);
    await settle(chain, traffic);
    await checkAgainstChain(chain, traffic);
    const entries = traffic.oracle.entries();
    for (const { events, landed, outcome } of entries) {
      expect(outcome).not.toBe('sent');
      for (const [index] of events.entries())
        expect(landed[index]?.transactionHash).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test('a chain and a play that died in the middle of traces go on to the same truth', async () => {
    for (let begun = 0; begun < 5; begun++) await traffic.step();
    await block(chain);
    expect(traffic.oracle.undecided().length).toBeGreaterThan(0);
    // What kill -9 leaves: the files as they are. The old objects are not used any more.
    const head = chain.head().seqno;
    chain = await openChain(dir);
    expect(chain.head().seqno).toBe(head);
    traffic = openTraffic(chain, dir);
    const target = traffic.oracle.sent() + 40;
    await play(chain, traffic, () => traffic.oracle.sent() >= target);
    await settle(chain, traffic);
    await checkAgainstChain(chain, traffic);
  });

  test('the admin routes give summary and entries as JSON, and pause the play', async () => {
    const admin = registerTrafficAdmin(traffic);
    const summary = await admin('GET', '/admin/oracle', undefined);
    expect(summary?.json).toEqual(JSON.parse(JSON.stringify(traffic.oracle.summary())));
    const entries = (await admin('GET', '/admin/oracle/entries', undefined))?.json as {
      outcome: string;
      events: { transactionHash: string }[];
    }[];
    expect(entries.length).toBe(traffic.oracle.sent());
    expect((await admin('POST', '/admin/traffic', { paused: 'yes' }))?.status).toBe(400);
    expect((await admin('POST', '/admin/traffic', { paused: true }))?.json).toMatchObject({
      paused: true,
      undecided: 0,
    });
    expect(await admin('GET', '/admin/nothing', undefined)).toBeNull();
  });
});
