/**
 * The independent oracle: what changed on the chain, computed from a capture's own balances before and after
 * and from nothing of ours, held against what the decoders say. Every owner of a token without decimals who
 * has more or less of it, and every change of a token with decimals, wallet by wallet, is explained by
 * events, or named.
 *
 * Residual events are left out, since they are made of the balances: wrapping and unwrapping SOL is told by
 * nothing else, so that those changes are named. TON's captures hold no balances before and after, so that
 * only Solana's can be held so.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createSolanaDecoder } from '../../src/decoders/solana/registry.js';
import type { ChainEvent } from '../../src/events/event.js';
import { EVERYTHING, readSolanaDocument } from '../../src/readers/solana/recorded/document.js';

export interface Explained {
  readonly changes: number;
  readonly explained: number;
  /** What no event explains, in words. */
  readonly named: readonly string[];
}

export interface OracleReport {
  /** Owners of tokens without decimals, of which one unit at most was seen. */
  readonly owners: Explained;
  /** Balances of tokens with decimals, by wallet. */
  readonly balances: Explained;
}

interface Balance {
  readonly mint: string;
  readonly owner: string;
  readonly amount: bigint;
  readonly decimals: number;
}

interface Change {
  readonly mint: string;
  readonly decimals: number;
  readonly largest: bigint;
  /** By owner; only what is not 0. */
  readonly deltas: ReadonlyMap<string, bigint>;
}

type Json = Readonly<Record<string, unknown>>;

/** @param folder of all captures: `solana/transactions`, `solana/blocks` and `trial/CASE` */
export function askOracle(folder: string): OracleReport {
  const owners = { changes: 0, explained: 0, named: [] as string[] };
  const balances = { changes: 0, explained: 0, named: [] as string[] };
  for (const { name, result } of captures(folder)) {
    const changes = changesOf(result);
    if (changes.length === 0) continue;
    const events = decode(result, changes);
    for (const change of changes) {
      const nft = change.decimals === 0 && change.largest <= 1n;
      if (change.decimals === 0 && !nft) continue;
      const tally = nft ? owners : balances;
      const said = events.filter(
        ({ asset, movements }) =>
          asset.address === change.mint || movements?.some(({ token }) => token === change.mint),
      );
      tally.changes += 1;
      if (nft ? toldOwners(change, said) : balanced(change, said)) tally.explained += 1;
      else tally.named.push(`${name}: ${change.mint}`);
    }
  }
  return { owners, balances };
}

function* captures(folder: string): Generator<{ readonly name: string; readonly result: Json }> {
  for (const path of files(folder)) {
    const bytes = readFileSync(join(folder, path));
    let document: unknown;
    try {
      document = JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'));
    } catch {
      // Cases of text encodings and of one result a line.
      continue;
    }
    for (const [at, one] of [document].flat().entries()) {
      const outer = record(one);
      const result = record(outer?.result) ?? outer;
      if (result === null) continue;
      const list = Array.isArray(result.transactions) ? result.transactions : [result];
      for (const [place, entry] of list.entries()) {
        const transaction = record(entry);
        const slot = result.slot ?? Number(result.parentSlot ?? 0) + 1;
        if (transaction !== null && record(transaction.meta) !== null)
          yield { name: `${path} ${at}.${place}`, result: { slot, blockTime: null, ...transaction } };
      }
    }
  }
}

function files(folder: string): string[] {
  const list = (path: string) => (existsSync(join(folder, path)) ? readdirSync(join(folder, path)) : []);
  return [
    ...list('solana/transactions').map((name) => `solana/transactions/${name}`),
    ...list('solana/blocks').map((name) => `solana/blocks/${name}`),
    ...list('trial')
      .filter((name) => name.startsWith('sol-') || name.startsWith('crafted-'))
      .flatMap((name) => list(`trial/${name}`).map((file) => `trial/${name}/${file}`)),
  ];
}

/** Of a transaction that succeeded, by the node's balances before and after alone. */
function changesOf({ meta }: Json): Change[] {
  const told = record(meta);
  if (told === null || told.err !== null) return [];
  const [before, after] = [balancesOf(told.preTokenBalances), balancesOf(told.postTokenBalances)];
  const mints = new Set([...before, ...after].map(({ mint }) => mint));
  return [...mints].flatMap((mint) => {
    const [pre, post] = [before, after].map((all) => all.filter((balance) => balance.mint === mint));
    const deltas = new Map<string, bigint>();
    for (const { owner, amount } of pre ?? []) deltas.set(owner, (deltas.get(owner) ?? 0n) - amount);
    for (const { owner, amount } of post ?? []) deltas.set(owner, (deltas.get(owner) ?? 0n) + amount);
    const amounts = [...(pre ?? []), ...(post ?? [])];
    let largest = 0n;
    for (const { amount } of amounts) if (amount > largest) largest = amount;
    const changed = new Map([...deltas].filter(([, delta]) => delta !== 0n));
    if (changed.size === 0) return [];
    return [{ mint, decimals: amounts[0]?.decimals ?? 0, largest, deltas: changed }];
  });
}

/** Old blocks do not say who owns an account: then the account stands for its owner. */
function balancesOf(value: unknown): Balance[] {
  return (Array.isArray(value) ? value : []).flatMap((item) => {
    const { mint, owner, accountIndex, uiTokenAmount } = record(item) ?? {};
    const { amount, decimals } = record(uiTokenAmount) ?? {};
    if (typeof mint !== 'string' || typeof amount !== 'string') return [];
    const holder = typeof owner === 'string' ? owner : `account ${String(accountIndex)}`;
    return [{ mint, owner: holder, amount: BigInt(amount), decimals: Number(decimals) }];
  });
}

/** Everything is followed: every NFT, and every token with decimals that changed. */
function decode(result: Json, changes: readonly Change[]): ChainEvent[] {
  const tokens = changes
    .filter(({ decimals }) => decimals > 0)
    .map(({ mint, decimals }) => ({ symbol: mint, mint, decimals }));
  const nfts = { mints: [], collections: [], creators: [], all: true };
  const decoder = createSolanaDecoder({ programs: [], tokens, nfts });
  const { transactions } = readSolanaDocument(result, undefined, EVERYTHING);
  return transactions.flatMap((transaction) =>
    (decoder.decode(transaction)?.events ?? []).filter(({ details }) => details?.residual !== true),
  );
}

/**
 * Whoever has the NFT now got it by an event, or has it in his escrow by a listing; whoever had it gave it by
 * one. A listing names its owner only, and the wallet that a program holds an NFT by is nobody's.
 */
function toldOwners({ deltas }: Change, events: readonly ChainEvent[]): boolean {
  const named = new Set(events.flatMap(({ from, to }) => [from, to]));
  const held = events.some(({ kind }) => kind === 'list' || kind === 'delist' || kind === 'sale');
  const unknown = (owner: string) => owner.startsWith('account ');
  return events.length > 0 && [...deltas.keys()].every((owner) => named.has(owner) || held || unknown(owner));
}

/** What the movements sum to, wallet by wallet; where the node names no owner, in all. */
function balanced({ mint, deltas }: Change, events: readonly ChainEvent[]): boolean {
  const told = new Map<string, bigint>();
  for (const { token, owner, delta } of events.flatMap(({ movements }) => movements ?? []))
    if (token === mint) told.set(owner, (told.get(owner) ?? 0n) + delta);
  if ([...deltas.keys()].some((owner) => owner.startsWith('account '))) return sum(told) === sum(deltas);
  const wallets = new Set([...told.keys(), ...deltas.keys()]);
  return [...wallets].every((wallet) => (told.get(wallet) ?? 0n) === (deltas.get(wallet) ?? 0n));
}

function sum(values: ReadonlyMap<string, bigint>): bigint {
  return [...values.values()].reduce((total, value) => total + value, 0n);
}

function record(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}
