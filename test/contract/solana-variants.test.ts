/**
 * What decoders say of a captured transaction they say of its variants: other accounts, keys out of lookup
 * tables, payments in another order, two of them in one transaction. The captures are not part of the
 * project: MAINNET_FIXTURES names their folder.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SolanaTransaction } from '../../src/chains/solana/transaction.js';
import type { SolanaFollow } from '../../src/decoders/solana/follow.js';
import { createSolanaDecoder } from '../../src/decoders/solana/registry.js';
import type { ChainEvent } from '../../src/events/event.js';
import { EVERYTHING, readSolanaDocument } from '../../src/readers/solana/recorded/document.js';
import { paidInOtherOrder, renamed, routed, together, withTables } from '../support/solana-variants.js';

const folder = process.env.MAINNET_FIXTURES ?? join(import.meta.dirname, '../../../shared/fixtures');
const present = existsSync(join(folder, 'trial'));
if (!present && process.env.MAINNET_FIXTURES) throw new Error(`MAINNET_FIXTURES has no folder ${folder}`);

const ALL: SolanaFollow = {
  programs: [],
  tokens: [],
  nfts: { mints: [], collections: [], creators: [], all: true },
};

function read(path: string): SolanaTransaction[] {
  const text = readFileSync(path, 'utf8');
  const documents: unknown[] = text.trimStart().startsWith('[')
    ? (JSON.parse(text) as unknown[])
    : text.includes('\n{')
      ? text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as unknown]))
      : [JSON.parse(text)];
  return documents.flatMap((document) => readSolanaDocument(document, undefined, EVERYTHING).transactions);
}

function captures(): (readonly [string, SolanaTransaction])[] {
  if (!present) return [];
  const trial = readdirSync(join(folder, 'trial'))
    .filter((name) => /^(sol|crafted)-/.test(name))
    .map((name) => [name, join(folder, 'trial', name, 'input.json')] as const);
  const others = readdirSync(join(folder, 'solana/transactions'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name, join(folder, 'solana/transactions', name)] as const);
  return [...trial, ...others].flatMap(([name, path]) =>
    read(path).map((transaction, at) => [at === 0 ? name : `${name} ${at}`, transaction] as const),
  );
}

/** What the events say, without where they stand. */
function told(transaction: SolanaTransaction, name: (address: string) => string = (same) => same): string[] {
  const decoded = createSolanaDecoder(ALL).decode(transaction);
  const say = (event: ChainEvent): string => {
    const { eventIndex: _, ...facts } = event;
    return JSON.stringify(facts, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value));
  };
  const rename = (text: string): string =>
    text.replaceAll(/[1-9A-HJ-NP-Za-km-z]{32,44}/g, (address) => name(address));
  return [
    ...(decoded?.events ?? []).map((event) => rename(say(event))),
    ...(decoded?.problems ?? []).map(({ code, message }) => rename(`${code}: ${message}`)),
  ];
}

/** A compressed NFT's id and a metadata account are derived from other addresses: no name but theirs fits. */
const isDerived = (name: string): boolean => /cnft|tcomp/.test(name);

/** What is inferred names the outer program. */
const withoutProgram = (text: string): string => text.replace(/,"program":"\w+"/, '');
const ROUTER = 'JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4';

describe.skipIf(!present)('variants of captures', () => {
  const all = captures();

  test.each(all)('%s: keys out of tables, payments in another order', (_, transaction) => {
    expect(told(withTables(transaction))).toEqual(told(transaction));
    expect(told(paidInOtherOrder(transaction))).toEqual(told(transaction));
  });

  const shown = all.filter(([name]) => !isDerived(name));

  test.each(shown)('%s: other accounts, and two at once, in one call of a router too', (_, transaction) => {
    const other = renamed(transaction);
    expect(told(other.transaction)).toEqual(told(transaction, other.name));
    const both = [...told(transaction), ...told(transaction, other.name)];
    const two = together(transaction, other.transaction);
    expect(told(two)).toEqual(both);
    expect(told(routed(two, ROUTER))).toEqual(both);
    const wrapped = told(routed(transaction, ROUTER));
    expect(wrapped.map(withoutProgram)).toEqual(told(transaction).map(withoutProgram));
  });

  test('a sale beside another kind of sale, a listing or its end: each as if it stood alone', () => {
    const successes = shown.filter(
      ([, { error, logs }]) => error === null && logs !== null && logs.length > 0,
    );
    expect(successes.length).toBeGreaterThan(20);
    successes.forEach(([name, first], at) => {
      for (const step of [1, 5, 11]) {
        const [beside, second] = successes[(at + step) % successes.length] ?? successes[0] ?? [name, first];
        const other = renamed(second);
        expect(told(together(first, other.transaction)), `${name} and ${beside}`).toEqual([
          ...told(first),
          ...told(second, other.name),
        ]);
      }
    });
  });

  /** Everybody gains and loses as many times as much, but for the fee. */
  const resized = (transaction: SolanaTransaction, times: bigint): SolanaTransaction => {
    const { preBalances, postBalances, fee } = transaction;
    const gains = postBalances.map((after, at) => {
      const gain = after - (preBalances[at] ?? 0n);
      return at === 0 ? (gain + fee) * times - fee : gain * times;
    });
    // Whoever loses more than he had, had it.
    const before = preBalances.map((balance, at) => {
      const gain = gains[at] ?? 0n;
      return balance + gain < 0n ? -gain : balance;
    });
    return {
      ...transaction,
      preBalances: before,
      postBalances: before.map((balance, at) => balance + (gains[at] ?? 0n)),
    };
  };

  test.each([
    ['sol-alpha-art-accept-offer', 1_350_000_000n],
    ['sol-exchange-art-auction-redeem', 385_012_234_160n],
  ])('%s: lamports that move without an instruction, three times as many', (name, price) => {
    const transaction = all.find(([capture]) => capture === name)?.[1];
    if (transaction === undefined) throw new Error(`there is no capture ${name}`);
    const priceOf = (one: SolanaTransaction) =>
      createSolanaDecoder(ALL)
        .decode(one)
        ?.events.map((event) => [event.kind, event.price?.amount]);
    expect(priceOf(transaction)).toEqual([['sale', price]]);
    const [[kind, tripled] = []] = priceOf(resized(transaction, 3n)) ?? [];
    expect(kind).toBe('sale');
    // The rent of what the transaction opens and closes is tripled beside.
    const near = (tripled as bigint) - 3n * price;
    expect(near > -50_000_000n && near < 50_000_000n, `${tripled}`).toBe(true);
  });
});
