/**
 * Any input: mutations of real transactions (every capture, and transactions of whole blocks) never break a
 * decoder, never take long, never contradict themselves, and a failed transaction never counts. FUZZ_RUNS
 * sets how many; a run of 100,000 is part of a release.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKeyFinder } from '../../src/chains/solana/rpc/keys.js';
import type {
  SolanaInstruction,
  SolanaTransaction,
  TokenBalance,
} from '../../src/chains/solana/transaction.js';
import type { SolanaFollow } from '../../src/decoders/solana/follow.js';
import { MARKET_PROGRAMS } from '../../src/decoders/solana/marketplaces/markets.js';
import {
  BUBBLEGUM_PROGRAM,
  CORE_PROGRAM,
  NOOP_PROGRAMS,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_METADATA_PROGRAM,
  TOKEN_PROGRAM,
} from '../../src/decoders/solana/programs.js';
import { createSolanaDecoder } from '../../src/decoders/solana/registry.js';
import type { DecoderOutcome } from '../../src/decoders/solana/solana-decoder.js';
import { EVERYTHING, readRecordedBlock } from '../../src/readers/solana/recorded/document.js';
import { readTransactionResult } from '../../src/readers/solana/recorded/transaction-result.js';

const folder = join(
  process.env.MAINNET_FIXTURES ?? join(import.meta.dirname, '../../../shared/fixtures'),
  'solana',
);
const present = existsSync(folder);
if (!present && process.env.MAINNET_FIXTURES) throw new Error(`MAINNET_FIXTURES has no folder ${folder}`);
const runs = Number(process.env.FUZZ_RUNS ?? 1_500);
const ALL: SolanaFollow = {
  programs: [],
  tokens: [],
  nfts: { mints: [], collections: [], creators: [], all: true },
};
/** After the parents of the captured blocks. */
const SOME_SLOT = 400_000_000;
const SLOWEST_MS = 250;

function load(name: string) {
  const bytes = readFileSync(join(folder, name));
  const answer = JSON.parse((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
  return answer.result ?? answer;
}

function originals(): SolanaTransaction[] {
  const single = readdirSync(join(folder, 'transactions')).map((file) =>
    readTransactionResult(load(`transactions/${file}`)),
  );
  const keys = createKeyFinder(createSolanaDecoder(ALL).keys());
  const blocks = ['blocks/102747503.json', 'blocks/332254855.json.gz'].flatMap((name) => [
    ...readRecordedBlock(load(name), SOME_SLOT, keys).transactions.slice(0, 20),
    ...readRecordedBlock(load(name), SOME_SLOT, EVERYTHING)
      .transactions.filter(({ instructions }) => instructions.length > 20)
      .slice(0, 10),
  ]);
  return [...single, ...blocks];
}

const PROGRAMS = [
  ...MARKET_PROGRAMS.keys(),
  ...NOOP_PROGRAMS,
  ...[
    BUBBLEGUM_PROGRAM,
    CORE_PROGRAM,
    SYSTEM_PROGRAM,
    TOKEN_2022_PROGRAM,
    TOKEN_METADATA_PROGRAM,
    TOKEN_PROGRAM,
  ],
];
const bytes = fc.uint8Array({ maxLength: 150 });

/**
 * Most instructions stay; the others are cut, filled with noise, given to another program or moved to another
 * depth.
 */
function mutate(instruction: SolanaInstruction): fc.Arbitrary<SolanaInstruction> {
  const { programId, accounts, data, outer, inner, ordinal, stackHeight } = instruction;
  const plain = { programId, accounts, data, outer, inner, ordinal, stackHeight };
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(plain) },
    { weight: 1, arbitrary: bytes.map((noise) => ({ ...plain, data: noise })) },
    {
      weight: 1,
      arbitrary: bytes.map((noise) => ({
        ...plain,
        data: Uint8Array.from([...data.subarray(0, 8), ...noise]),
      })),
    },
    {
      weight: 1,
      arbitrary: fc.nat(data.length).map((length) => ({ ...plain, data: data.subarray(0, length) })),
    },
    {
      weight: 1,
      arbitrary: fc.nat(accounts.length).map((count) => ({ ...plain, accounts: accounts.slice(0, count) })),
    },
    {
      weight: 1,
      arbitrary: fc.shuffledSubarray([...accounts]).map((shuffled) => ({ ...plain, accounts: shuffled })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...PROGRAMS).map((program) => ({ ...plain, programId: program })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(null, 1, 2, 3, 9).map((depth) => ({ ...plain, stackHeight: depth })),
    },
  );
}

function mutateBalance(balance: TokenBalance): fc.Arbitrary<TokenBalance> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(balance) },
    { weight: 1, arbitrary: fc.bigInt(0n, 3n).map((amount) => ({ ...balance, amount })) },
    { weight: 1, arbitrary: fc.constant({ ...balance, owner: null }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 6).map((decimals) => ({ ...balance, decimals })) },
  );
}

const list = <T>(items: readonly T[], change: (item: T) => fc.Arbitrary<T>) => fc.tuple(...items.map(change));

describe.skipIf(!present)('mutated mainnet transactions', () => {
  test(
    'never throw, say the same twice, keep their indexes, and count only when they succeeded',
    () => {
      const outcomes = new Map<DecoderOutcome, number>();
      const observe = (_: string, outcome: DecoderOutcome) =>
        void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const decoder = createSolanaDecoder(ALL, { observe });
      const mutated = fc.constantFrom(...originals()).chain((transaction) =>
        fc
          .tuple(
            list(transaction.instructions, mutate),
            list(transaction.preTokenBalances, mutateBalance),
            list(transaction.postTokenBalances, mutateBalance),
            fc.oneof(
              { weight: 3, arbitrary: fc.constant(transaction.logs) },
              fc.constant(null),
              fc.subarray([...(transaction.logs ?? [])]),
            ),
            fc.integer({ min: 0, max: 9 }),
          )
          .map(([instructions, preTokenBalances, postTokenBalances, logs, dice]) => ({
            ...transaction,
            ...{ instructions, preTokenBalances, postTokenBalances, logs },
            error: dice === 0 ? { InstructionError: [0, 'x'] } : transaction.error,
          })),
      );
      fc.assert(
        fc.property(mutated, (transaction) => {
          const start = performance.now();
          const decoded = decoder.decode(transaction);
          const took = performance.now() - start;
          // Here, so that the transaction on which a decoder threw is shown.
          if (outcomes.has('error')) expect(decoder.explain(transaction)).toBe('no error');
          if (took > SLOWEST_MS) expect(timed(() => decoder.decode(transaction))).toBeLessThan(SLOWEST_MS);
          expect(decoder.explain(transaction).decoded).toEqual(decoded);
          const events = decoded?.events ?? [];
          expect(new Set(events.map(({ eventIndex }) => eventIndex)).size).toBe(events.length);
          if (transaction.error !== null)
            expect(events.filter(({ outcome }) => outcome === 'ok')).toEqual([]);
          for (const { kind, price, from, to } of events) {
            if (price !== undefined) expect(price.amount > 0n).toBe(true);
            if (kind === 'sale') expect(to).not.toBe(from);
          }
        }),
        { numRuns: runs },
      );
      expect(outcomes.get('hit') ?? 0).toBeGreaterThan(0);
    },
    60_000 + runs * 20,
  );

  test('an event keeps its index when another decoder is taken away', () => {
    const alone = createSolanaDecoder(ALL, { programDecoders: [] });
    const whole = createSolanaDecoder(ALL);
    for (const transaction of originals()) {
      const with_ = whole.decode(transaction)?.events ?? [];
      const without = alone.decode(transaction)?.events ?? [];
      for (const event of without.filter(({ kind }) => kind === 'mint' || kind === 'burn'))
        expect(with_.find(({ eventIndex }) => eventIndex === event.eventIndex)).toEqual(event);
      const arrivals = new Set(without.map(({ eventIndex }) => eventIndex));
      // A sale stands where the plain transfer of the NFT stands without it.
      for (const sale of with_.filter(({ kind }) => kind === 'sale'))
        expect(arrivals.has(sale.eventIndex)).toBe(true);
    }
  });
});

/** Milliseconds of processor time, which other processes do not stretch. */
function timed(run: () => unknown): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
