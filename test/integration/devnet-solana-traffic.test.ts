/**
 * The devnet's play on the real chain (litesvm): what the oracle says must be what the token program and the
 * programs' accounts say.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PublicKey } from '@solana/web3.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import config from '../../config/networks/devnet.json' with { type: 'json' };
import { createSolanaChain } from '../../devnet/solana/chain/chain.js';
import type { ChainAccount, SolanaChain } from '../../devnet/solana/chain/types.js';
import {
  MINTS,
  NDT_DECIMALS,
  NDX22_DECIMALS,
  ndtPosition,
  nftAuthorityKey,
  PROGRAMS,
  staker,
  tokenAccount,
} from '../../devnet/solana/programs/addresses.js';
import { fieldOffset, IDLS } from '../../devnet/solana/programs/anchor.js';
import { devnetGenesis } from '../../devnet/solana/programs/genesis.js';
import { registerTrafficAdmin } from '../../devnet/solana/traffic/admin.js';
import { createTraffic, type Traffic } from '../../devnet/solana/traffic/traffic.js';
import { createUsers } from '../../devnet/solana/traffic/users.js';
import { eventually } from '../support/eventually.js';

const SEED = 'traffic-test';
const USERS = 8;
const ACTIONS = 400;
const users = createUsers(SEED, USERS);
const folders: string[] = [];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ndx-traffic-'));
  folders.push(path);
  return path;
}

function openChain(dir: string, finalizedAfter = 8): SolanaChain {
  return createSolanaChain({
    dir: join(dir, 'chain'),
    seed: SEED,
    slotMilliseconds: 400,
    skipEvery: 5,
    confirmedAfter: 1,
    finalizedAfter,
    genesis: devnetGenesis(users.map((user) => user.key.publicKey)),
  });
}

const openTraffic = (chain: SolanaChain, dir: string, keptEntries = 2_000): Traffic =>
  createTraffic({
    chain,
    seed: SEED,
    usersCount: USERS,
    transactionsPerSecond: 100,
    dir: join(dir, 'traffic'),
    keptEntries,
  });

/** Plays in portions, a few blocks each, without waiting for the clock. */
async function play(chain: SolanaChain, traffic: Traffic, actions: number): Promise<void> {
  for (let left = actions; left > 0; left -= 20) {
    const done = traffic.step(Math.min(20, left));
    await chain.advance(2);
    await done;
  }
}

/** The amount in a token account's data, 0 when there is none. */
function tokenAmount(chain: SolanaChain, mint: PublicKey, owner: string): bigint {
  const account = chain.account(tokenAccount(mint, new PublicKey(owner)).toBase58());
  return account ? Buffer.from(account.data).readBigUInt64LE(64) : 0n;
}

function checkAgainstChain(chain: SolanaChain, traffic: Traffic, leastStakers = 1): void {
  const { balances, nfts, stakes } = traffic.oracle.summary();
  for (const mint of [MINTS.ndt, MINTS.ndx22]) {
    const held = balances[mint.toBase58()] ?? {};
    for (const [owner, amount] of Object.entries(held))
      expect(tokenAmount(chain, mint, owner), owner).toBe(BigInt(amount));
    for (const { wallet } of users)
      expect(BigInt(held[wallet] ?? '0'), wallet).toBe(tokenAmount(chain, mint, wallet));
  }
  for (const [address, nft] of Object.entries(nfts)) {
    if (nft.name === null)
      expect(tokenAmount(chain, new PublicKey(address), nft.owner), address).toBe(nft.burned ? 0n : 1n);
    else
      expect(trackState(chain.account(address)), address).toEqual({
        owner: nft.owner,
        listed: nft.listed,
        price: nft.price,
      });
  }
  expect(Object.keys(stakes).length).toBeGreaterThanOrEqual(leastStakers);
}

/** What the program's own account says that the wallet has staked. */
function onChainStake(chain: SolanaChain, wallet: string, pool: string): bigint {
  const owner = new PublicKey(wallet);
  const ndt = pool === PROGRAMS.ndt.toBase58();
  const { address } = ndt ? ndtPosition(tokenAccount(MINTS.ndt, owner)) : staker(owner);
  const offset = ndt
    ? fieldOffset('ndt', 'StakingAccount', 'amount')
    : fieldOffset('staking', 'Staker', 'amount');
  return Buffer.from(chain.account(address.toBase58())?.data ?? []).readBigUInt64LE(offset);
}

function trackState(account: ChainAccount | null): unknown {
  if (!account) return null;
  const data = Buffer.from(account.data);
  const at = (field: string): number => fieldOffset('tracknft', 'Track', field);
  return {
    owner: new PublicKey(data.subarray(8, 40)).toBase58(),
    listed: data[at('is_listed')] === 1,
    price: data.readBigUInt64LE(at('price')).toString(),
  };
}

afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

describe('the play', () => {
  const dir = folder();
  let chain: SolanaChain;
  let traffic: Traffic;
  beforeAll(async () => {
    chain = openChain(dir);
    traffic = openTraffic(chain, dir);
    await play(chain, traffic, ACTIONS);
  });
  afterAll(async () => {
    await traffic.stop();
    await chain.stop();
  });

  test('shows every kind of event, failed ones, and every transaction version', () => {
    const { counts, unplanned } = traffic.oracle.summary();
    expect(Object.keys(counts.events).sort()).toEqual(
      ['burn', 'claim', 'delist', 'list', 'mint', 'sale', 'stake', 'transfer', 'unstake'].sort(),
    );
    for (const [kind, { ok }] of Object.entries(counts.events)) expect(ok, kind).toBeGreaterThan(0);
    expect(counts.transactions.failed).toBeGreaterThan(3);
    expect(Object.keys(counts.versions).sort()).toEqual(['0', '1', 'legacy']);
    expect(counts.transactions).not.toHaveProperty('lost');
    expect(counts.transactions).not.toHaveProperty('sent');
    expect(unplanned).toEqual([]);
  });

  test('shows every kind of event within its first 60 actions', () => {
    const kinds = new Set<string>();
    for (const entry of traffic.oracle.entries().slice(0, 60)) {
      if (entry.outcome === 'failed') kinds.add('failed');
      else for (const event of entry.events) kinds.add(event.kind);
    }
    expect([...kinds].sort()).toEqual([
      'burn',
      'claim',
      'delist',
      'failed',
      'list',
      'mint',
      'sale',
      'stake',
      'transfer',
      'unstake',
    ]);
  });

  test("the oracle's balances, owners, listings and prices are the chain's own; failed transactions moved nothing (6, 7)", () => {
    checkAgainstChain(chain, traffic);
    const failed = traffic.oracle.entries().filter((entry) => entry.outcome === 'failed');
    expect(new Set(failed.map((entry) => entry.action.fails))).toEqual(
      new Set(['after-event', 'insufficient', 'later-instruction']),
    );
  });

  test('the supply of NDT is minted minus burned', () => {
    const supply = Buffer.from(chain.account(MINTS.ndt.toBase58())?.data ?? []).readBigUInt64LE(36);
    const held = Object.values(traffic.oracle.summary().balances[MINTS.ndt.toBase58()] ?? {}).reduce(
      (sum, amount) => sum + BigInt(amount),
      0n,
    );
    expect(held).toBe(supply);
  });

  test('stakes are what the staking accounts say, oldest consumed first', () => {
    let compared = 0;
    for (const [wallet, pools] of Object.entries(traffic.oracle.summary().stakes)) {
      for (const [pool, { stakes }] of Object.entries(pools)) {
        const remaining = stakes.reduce((sum, stake) => sum + BigInt(stake.remaining), 0n);
        expect(onChainStake(chain, wallet, pool)).toBe(remaining);
        const firstActive = stakes.findIndex((stake) => stake.active);
        if (firstActive >= 0)
          expect(stakes.slice(firstActive + 1).every((stake) => stake.remaining === stake.original)).toBe(
            true,
          );
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(4);
  });

  test('a restart after kill -9 rebuilds the same oracle and plays on', async () => {
    const [dir, copy] = [folder(), folder()];
    const chain = openChain(dir);
    const traffic = openTraffic(chain, dir);
    await play(chain, traffic, ACTIONS);
    // As a crash leaves it: an action written but never sent, a landing not written, and a torn last line.
    const source = readFileSync(join(dir, 'traffic', 'oracle.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    const lastLanding = source.findLastIndex((line) => line.includes('"is":"landed"'));
    const intention = JSON.parse(source.find((line) => line.includes('"is":"intended"')) ?? '{}');
    const unsent = JSON.stringify({
      ...intention,
      signature: 'never-sent',
      action: { ...intention.action, id: ACTIONS },
    });
    const kept = source.filter((_, index) => index !== lastLanding);
    mkdirSync(join(copy, 'traffic'), { recursive: true });
    writeFileSync(
      join(copy, 'traffic', 'oracle.jsonl'),
      `${[...kept, unsent].join('\n')}\n{"is":"landed","signa`,
    );

    // What is settled leaves memory early here: the truth must not depend on it.
    const again = openTraffic(chain, copy, 50);
    const before = traffic.oracle.summary();
    const after = again.oracle.summary();
    expect(after.counts.transactions.lost).toBe(1);
    expect({ ...after, counts: after.counts.events }).toEqual({ ...before, counts: before.counts.events });
    expect(again.oracle.entries()).toHaveLength(ACTIONS + 1);
    await play(chain, again, 200);
    expect(again.oracle.summary().unplanned).toEqual([]);
    checkAgainstChain(chain, again);
    await again.stop();
    await traffic.stop();
    await chain.stop();
  });
});

test('the same seed gives the same actions', async () => {
  const actions: string[][] = [];
  for (let run = 0; run < 2; run++) {
    const dir = folder();
    const chain = openChain(dir);
    const traffic = openTraffic(chain, dir);
    await play(chain, traffic, 120);
    const text = (_key: string, value: unknown): unknown =>
      typeof value === 'bigint' ? value.toString() : value;
    actions.push(traffic.oracle.entries().map((entry) => JSON.stringify(entry.action, text)));
    await traffic.stop();
    await chain.stop();
  }
  expect(actions[0]).toHaveLength(120);
  expect(actions[1]).toEqual(actions[0]);
});

test('a fork takes actions out of the oracle, and back in when they land again (5); a restart agrees', async () => {
  const dir = folder();
  const chain = openChain(dir, 32);
  const traffic = openTraffic(chain, dir, 30);
  await play(chain, traffic, 120);
  const { abandoned, requeued } = await chain.fork({ depth: 4, reland: true });
  expect(abandoned.length).toBeGreaterThan(4);
  expect(requeued.length).toBeGreaterThan(0);
  await chain.advance(3);
  const counts = traffic.oracle.summary().counts.transactions;
  expect(counts.abandoned).toBeGreaterThan(0);
  expect((counts.ok ?? 0) + (counts.failed ?? 0)).toBeGreaterThan(120 - abandoned.length);
  checkAgainstChain(chain, traffic);
  await play(chain, traffic, 80);
  checkAgainstChain(chain, traffic);
  const before = traffic.oracle.summary();
  await traffic.stop();
  await chain.stop();

  const chainAgain = openChain(dir, 32);
  const again = openTraffic(chainAgain, dir);
  expect(again.oracle.summary()).toEqual(before);
  await play(chainAgain, again, 40);
  checkAgainstChain(chainAgain, again);
  await again.stop();
  await chainAgain.stop();
});

test('stops although the chain makes no more blocks, and settles what was open on the next start', async () => {
  const dir = folder();
  const chain = openChain(dir);
  const traffic = openTraffic(chain, dir);
  await play(chain, traffic, 20);
  void traffic.step(5);
  await traffic.stop();
  await chain.advance(1);
  const again = openTraffic(chain, dir);
  expect(again.oracle.undecided()).toBe(0);
  expect(again.oracle.summary().counts.transactions).toEqual({ ok: 25 });
  checkAgainstChain(chain, again, 0);
  await again.stop();
  await chain.stop();
});

test('runs by the clock, pauses when all has landed, and obeys its admin routes', async () => {
  const dir = folder();
  const chain = createSolanaChain({
    dir: join(dir, 'chain'),
    seed: SEED,
    slotMilliseconds: 40,
    skipEvery: 0,
    confirmedAfter: 1,
    finalizedAfter: 8,
    genesis: devnetGenesis(users.map((user) => user.key.publicKey)),
  });
  const traffic = openTraffic(chain, dir);
  const admin = registerTrafficAdmin(traffic);
  chain.start();
  traffic.start();
  await eventually(() => expect(traffic.oracle.entries().length).toBeGreaterThan(60));
  const reply = await admin('POST', '/admin/traffic', { paused: true });
  expect(reply).toMatchObject({ status: 200, json: { paused: true, undecided: 0 } });
  const sent = traffic.oracle.entries().length;
  checkAgainstChain(chain, traffic);
  expect(await admin('GET', '/admin/oracle', undefined)).toMatchObject({
    status: 200,
    json: { unplanned: [] },
  });
  expect(await admin('POST', '/admin/traffic', { paused: 'yes' })).toMatchObject({ status: 400 });
  expect(await admin('GET', '/admin/other', undefined)).toBeNull();
  await admin('POST', '/admin/traffic', { paused: false });
  await eventually(() => expect(traffic.oracle.entries().length).toBeGreaterThan(sent));
  await traffic.stop();
  await chain.stop();
});

describe('configuration and IDLs of the devnet', () => {
  test('config/networks/devnet.json names the addresses that the devnet uses', () => {
    const { programs, tokens, nfts } = config.solana;
    expect(programs.map(({ name, address }) => [name, address])).toEqual(
      (['ndt', 'staking', 'tracknft'] as const).map((name) => [name, PROGRAMS[name].toBase58()]),
    );
    expect(tokens).toEqual([
      { symbol: 'NDT', mint: MINTS.ndt.toBase58(), decimals: NDT_DECIMALS },
      { symbol: 'NDX22', mint: MINTS.ndx22.toBase58(), decimals: NDX22_DECIMALS },
    ]);
    expect(nfts.creators).toEqual([nftAuthorityKey.publicKey.toBase58()]);
  });

  test('every event of an IDL is mapped or ignored, every mapped field and account exists', () => {
    for (const program of config.solana.programs) {
      const idl = z.enum(['ndt', 'staking', 'tracknft']).parse(program.name);
      const names = IDLS[idl].events.map((event) => event.name);
      expect(Object.keys(program.events).sort(), program.name).toEqual([...names].sort());
      for (const [name, mappings] of Object.entries(program.events)) {
        const fields =
          IDLS[idl].types.find((type) => type.name === name)?.type.fields.map((field) => field.name) ?? [];
        const accounts = IDLS[idl].instructions.flatMap((instruction) =>
          instruction.accounts.map((account) => account.name),
        );
        for (const [key, value] of sources(mappings))
          expect(key === 'account' ? accounts : fields, `${name}.${value}`).toContain(value);
      }
      const instructions = IDLS[idl].instructions.map((instruction) => instruction.name);
      for (const name of Object.keys(program.instructions)) expect(instructions).toContain(name);
    }
  });

  test("discriminators are Anchor's, and the addresses are the programs'", () => {
    const discriminator = (text: string): number[] => [
      ...createHash('sha256').update(text).digest().subarray(0, 8),
    ];
    for (const [name, idl] of Object.entries(IDLS)) {
      for (const item of idl.instructions)
        expect(item.discriminator, item.name).toEqual(discriminator(`global:${item.name}`));
      for (const item of idl.events)
        expect(item.discriminator, item.name).toEqual(discriminator(`event:${item.name}`));
      for (const item of idl.accounts)
        expect(item.discriminator, item.name).toEqual(discriminator(`account:${item.name}`));
      expect(name in PROGRAMS).toBe(true);
    }
  });

  test("events have the fields of the platform's programs, in order", () => {
    const shape = (program: keyof typeof IDLS, event: string): string =>
      IDLS[program].types
        .find((type) => type.name === event)
        ?.type.fields.map((field) => `${field.name} ${field.type}`)
        .join(', ') ?? '';
    expect(shape('ndt', 'TransferEvent')).toBe(
      'from pubkey, to pubkey, amount u64, burn_amount u64, timestamp i64',
    );
    expect(shape('ndt', 'StakeEvent')).toBe(
      'staker pubkey, amount u64, lock_period u64, apr u64, timestamp i64',
    );
    expect(shape('staking', 'StakeEvent')).toBe(
      'staker pubkey, amount u64, lock_period_months u8, apy u64, timestamp i64',
    );
    expect(shape('staking', 'StakingLevelUpdatedEvent')).toBe(
      'staker pubkey, old_level u8, new_level u8, timestamp i64',
    );
    for (const program of ['ndt', 'staking'] as const) {
      expect(shape(program, 'UnstakeEvent')).toBe('staker pubkey, amount u64, timestamp i64');
      expect(shape(program, 'ClaimRewardsEvent')).toBe('staker pubkey, rewards u64, timestamp i64');
    }
    expect(shape('tracknft', 'TrackCreatedEvent')).toBe(
      'track pubkey, creator pubkey, track_name string, price u64, royalty_percentage u8, timestamp i64',
    );
    expect(shape('tracknft', 'TrackPurchasedEvent')).toBe(
      'track pubkey, buyer pubkey, artist pubkey, price u64, royalty_amount u64, platform_fee u64, timestamp i64',
    );
    expect(shape('tracknft', 'PriceUpdatedEvent')).toBe('track pubkey, new_price u64, timestamp i64');
    expect(shape('tracknft', 'RoyaltyUpdatedEvent')).toBe('track pubkey, new_royalty u8, timestamp i64');
    expect(shape('tracknft', 'ListingToggledEvent')).toBe('track pubkey, is_listed bool, timestamp i64');
    expect(shape('tracknft', 'TrackPlayedEvent')).toBe('track pubkey, listener pubkey, timestamp i64');
    expect(shape('tracknft', 'TrackLikedEvent')).toBe('track pubkey, listener pubkey, timestamp i64');
  });
});

/** Every `field`, `ownerOf` and `account` in a mapping. */
function sources(value: unknown): [string, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    typeof item === 'string' && ['field', 'ownerOf', 'account'].includes(key)
      ? [[key, item] as [string, string]]
      : sources(item),
  );
}
