/**
 * The contract that every Solana decoder keeps: promises 6, 7 and 8, over hand-built transactions and
 * mutations of them.
 */
import { createHash } from 'node:crypto';
import bs58 from 'bs58';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  SolanaInstruction,
  SolanaTransaction,
  TokenBalance,
} from '../../src/chains/solana/transaction.js';
import { findDerived } from '../../src/decoders/solana/address/derive.js';
import type { ProgramDecoder } from '../../src/decoders/solana/decoder.js';
import type { SolanaFollow } from '../../src/decoders/solana/follow.js';
import {
  ASSOCIATED_TOKEN_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
} from '../../src/decoders/solana/programs.js';
import { createSolanaDecoder } from '../../src/decoders/solana/registry.js';
import { type Build, buildTransaction, type Call, emitted, u64 } from '../support/solana-transaction.js';

const address = (name: string) => bs58.encode(createHash('sha256').update(name).digest());
const bytesOf = (key: string) => [...bs58.decode(key)];
const discriminator = (name: string) => [...createHash('sha256').update(name).digest().subarray(0, 8)];

const PROGRAM = address('program');
const HOSTILE = address('hostile');
const MINT = address('mint');
const NFT = address('nft');
const ALICE = address('alice');
const BOB = address('bob');
const ALICE_TOKENS = address('alice tokens');
const BOB_TOKENS = address('bob tokens');
const EVENT_CPI = [0xe4, 0x45, 0xa5, 0x2e, 0x51, 0xcb, 0x9a, 0x1d];

const FOLLOW: SolanaFollow = {
  programs: [
    {
      name: 'shop',
      address: PROGRAM,
      idl: {
        metadata: { name: 'shop', version: '1' },
        instructions: [
          {
            name: 'buy',
            discriminator: discriminator('global:buy'),
            accounts: [{ name: 'buyer', signer: true }],
          },
          {
            name: 'send',
            discriminator: discriminator('global:send'),
            accounts: [{ name: 'sender', signer: true }],
          },
        ],
        events: ['Sent', 'Sold', 'Noise'].map((name) => ({
          name,
          discriminator: discriminator(`event:${name}`),
        })),
        types: [
          {
            name: 'Sent',
            type: {
              kind: 'struct',
              fields: [
                { name: 'from', type: 'pubkey' },
                { name: 'to', type: 'pubkey' },
                { name: 'amount', type: 'u64' },
              ],
            },
          },
          {
            name: 'Sold',
            type: {
              kind: 'struct',
              fields: [
                { name: 'item', type: 'pubkey' },
                { name: 'price', type: 'u64' },
                { name: 'fee', type: 'u64' },
              ],
            },
          },
          { name: 'Noise', type: { kind: 'struct', fields: [] } },
        ],
      },
      events: {
        Sent: [
          {
            kind: 'transfer',
            asset: { token: 'T' },
            from: { ownerOf: 'from' },
            to: { ownerOf: 'to' },
            amount: { field: 'amount' },
          },
        ],
        Sold: [
          {
            kind: 'sale',
            asset: { nft: { field: 'item' } },
            to: { account: 'buyer' },
            price: { amount: { field: 'price' }, currency: 'moved' },
            fees: { marketplace: { field: 'fee' } },
          },
        ],
        Noise: 'ignore',
      },
      instructions: { buy: 'sale', send: 'transfer' },
    },
  ],
  tokens: [{ symbol: 'T', mint: MINT, decimals: 6 }],
  nfts: { mints: [NFT], collections: [], creators: [], all: false },
};

const balance = (
  account: string,
  owner: string,
  amount: bigint,
  mint = MINT,
  decimals = 6,
): TokenBalance => ({
  account,
  mint,
  owner,
  amount,
  decimals,
});
const transfer = (
  amount: bigint,
  source = ALICE_TOKENS,
  destination = BOB_TOKENS,
  authority = ALICE,
  program = TOKEN_PROGRAM,
): Call => ({
  program,
  accounts: [source, destination, authority],
  data: Uint8Array.from([3, ...u64(amount)]),
});
const sent = (amount: bigint) =>
  Uint8Array.from([
    ...discriminator('event:Sent'),
    ...bytesOf(ALICE_TOKENS),
    ...bytesOf(BOB_TOKENS),
    ...u64(amount),
  ]);
const sold = (price: bigint, fee: bigint) =>
  Uint8Array.from([...discriminator('event:Sold'), ...bytesOf(NFT), ...u64(price), ...u64(fee)]);
const send = (amount: bigint, calls: readonly Call[] = [transfer(amount)]): Call => ({
  program: PROGRAM,
  accounts: [ALICE],
  data: Uint8Array.from(discriminator('global:send')),
  logs: [emitted(sent(amount))],
  calls,
});
const moved = (amount: bigint): Pick<Build, 'pre' | 'post'> => ({
  pre: [balance(ALICE_TOKENS, ALICE, 1000n), balance(BOB_TOKENS, BOB, 5n)],
  post: [balance(ALICE_TOKENS, ALICE, 1000n - amount), balance(BOB_TOKENS, BOB, 5n + amount)],
});
const decode = (build: Build, follow = FOLLOW) => createSolanaDecoder(follow).decode(buildTransaction(build));

const plain: Build = { calls: [transfer(7n)], ...moved(7n) };
const through: Build = { calls: [{ program: HOSTILE, calls: [send(7n)] }], ...moved(7n) };
const beside: Build = { calls: [transfer(7n), { ...send(7n), calls: [] }], ...moved(7n) };
const byCpi: Build = {
  calls: [
    {
      ...send(7n),
      logs: [],
      calls: [
        transfer(7n),
        { program: PROGRAM, accounts: [PROGRAM], data: Uint8Array.from([...EVENT_CPI, ...sent(7n)]) },
      ],
    },
  ],
  ...moved(7n),
};
const purchase: Build = {
  calls: [
    {
      program: PROGRAM,
      accounts: [ALICE],
      data: Uint8Array.from(discriminator('global:buy')),
      logs: [emitted(sold(30n, 2n))],
      calls: [
        transfer(28n),
        transfer(2n),
        {
          program: TOKEN_PROGRAM,
          accounts: [address('bob nft'), address('alice nft'), BOB],
          data: Uint8Array.from([3, ...u64(1n)]),
        },
      ],
    },
    transfer(11n),
  ],
  pre: [
    ...(moved(41n).pre ?? []),
    balance(address('bob nft'), BOB, 1n, NFT, 0),
    balance(address('alice nft'), ALICE, 0n, NFT, 0),
  ],
  post: [
    ...(moved(41n).post ?? []),
    balance(address('bob nft'), BOB, 0n, NFT, 0),
    balance(address('alice nft'), ALICE, 1n, NFT, 0),
  ],
};
const EXAMPLES = { plain, through, beside, byCpi, purchase };

describe('one state change, one event', () => {
  test.each([
    ['by a program that another one calls', through],
    ['told by a sibling instruction', beside],
    ['told by a self-invocation', byCpi],
  ])('a transfer %s is not a transfer besides', (_, build) => {
    const decoded = decode(build);
    expect(decoded?.problems).toBeUndefined();
    expect(decoded?.events).toHaveLength(1);
    expect(decoded?.events[0]).toMatchObject({
      kind: 'transfer',
      decoder: 'anchor',
      from: ALICE,
      to: BOB,
      amount: 7n,
    });
    expect(decoded?.events[0]?.movements).toEqual([
      { token: MINT, account: ALICE_TOKENS, owner: ALICE, delta: -7n },
      { token: MINT, account: BOB_TOKENS, owner: BOB, delta: 7n },
    ]);
  });

  test('a sale takes the payments that add up to its price and the NFT; what is paid besides stays a transfer', () => {
    const decoded = decode(purchase);
    expect(decoded?.problems).toBeUndefined();
    expect(decoded?.events.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['sale', 1n],
      ['transfer', 11n],
    ]);
    const [sale] = decoded?.events ?? [];
    expect(sale).toMatchObject({
      asset: { kind: 'nft', address: NFT },
      to: ALICE,
      price: { amount: 30n, currency: MINT, decimals: 6 },
      fees: { marketplace: 2n },
    });
    expect(
      sale?.movements?.reduce((sum, { owner, delta }) => (owner === ALICE ? sum + delta : sum), 0n),
    ).toBe(-30n);
  });

  test('two equal events claim two equal transfers, each its own', () => {
    const decoded = decode({ calls: [send(7n), send(7n)], ...moved(14n) });
    expect(decoded?.events).toHaveLength(2);
    expect(decoded?.events.every((event) => event.movements?.length === 2)).toBe(true);
  });
});

describe('an event that names token accounts of which the transaction has no balance', () => {
  const accountOf = (owner: string) =>
    findDerived(
      [owner, TOKEN_PROGRAM, MINT].map((key) => bs58.decode(key)),
      ASSOCIATED_TOKEN_PROGRAM,
    );
  const naming = (from: string, to: string): Build => {
    const event = Uint8Array.from([
      ...discriminator('event:Sent'),
      ...bytesOf(from),
      ...bytesOf(to),
      ...u64(0n),
    ]);
    return { calls: [{ ...send(0n, []), accounts: [ALICE, BOB], logs: [emitted(event)] }] };
  };

  test('they belong to the wallets of the instruction that they are derived for', () => {
    const decoded = decode(naming(accountOf(ALICE), accountOf(BOB)));
    expect(decoded?.problems).toBeUndefined();
    expect(decoded?.events).toMatchObject([{ kind: 'transfer', from: ALICE, to: BOB }]);
  });

  test('promise 8: what nobody there derives is kept as undecodable', () => {
    const decoded = decode(naming(accountOf(ALICE), accountOf(address('somebody else'))));
    expect(decoded).toMatchObject({
      events: [],
      problems: [{ code: 'undecodable', message: expect.stringContaining('who owns') as string }],
    });
  });
});

describe('promise 6: only real events', () => {
  const forged = emitted(sent(500n));
  test.each<[string, Build]>([
    ['logged by another program', { calls: [{ program: HOSTILE, logs: [forged] }] }],
    [
      'logged by another program that names ours',
      { calls: [{ program: HOSTILE, logs: [`Program log: Program ${PROGRAM} invoke [2]`, forged] }] },
    ],
    [
      'logged by what ours has called',
      { calls: [{ ...send(7n), logs: [], calls: [{ program: HOSTILE, logs: [forged] }] }] },
    ],
    [
      'as text and not as data',
      { calls: [{ program: PROGRAM, logs: [forged.replace('Program data', 'Program log')] }] },
    ],
    [
      'a self-invocation made by another program',
      {
        calls: [
          {
            program: HOSTILE,
            calls: [{ program: PROGRAM, data: Uint8Array.from([...EVENT_CPI, ...sent(500n)]) }],
          },
        ],
      },
    ],
    [
      'an outer call that looks like a self-invocation',
      { calls: [{ program: PROGRAM, data: Uint8Array.from([...EVENT_CPI, ...sent(500n)]) }] },
    ],
  ])('an event %s is not believed', (_, build) => {
    expect(decode({ ...build, pre: moved(0n).pre ?? [], post: moved(0n).post ?? [] })?.events ?? []).toEqual(
      [],
    );
  });

  test.each(Object.entries(EXAMPLES))('%s, failed: failed events, no movements', (_, build) => {
    const decoded = decode({
      ...build,
      error: { InstructionError: [0, { Custom: 1 }] },
      post: build.pre ?? [],
    });
    expect(decoded?.outcome).toBe('failed');
    expect(decoded?.error).toContain('Custom');
    expect(decoded?.events.length).toBeGreaterThan(0);
    for (const event of decoded?.events ?? [])
      expect([event.outcome, event.movements]).toEqual(['failed', undefined]);
  });

  test('a call that failed before its event is one failed event of its kind, with what was attempted', () => {
    const decoded = decode({
      calls: [{ ...send(7n), logs: [] }],
      error: 'x',
      pre: moved(0n).pre ?? [],
      post: moved(0n).post ?? [],
      keys: [ALICE],
    });
    expect(decoded?.events).toHaveLength(1);
    expect(decoded?.events[0]).toMatchObject({
      kind: 'transfer',
      outcome: 'failed',
      asset: { kind: 'token', address: MINT },
      from: ALICE,
      to: BOB,
      amount: 7n,
    });
  });
});

describe('promise 7: books balance', () => {
  test('what no instruction explains is reported and becomes an event after the last instruction', () => {
    const decoded = decode({ calls: [transfer(7n)], ...moved(9n) });
    expect(decoded?.problems?.map((problem) => problem.code)).toEqual(['unbalanced', 'unbalanced']);
    expect(
      decoded?.events.map(({ kind, amount, eventIndex }) => [kind, amount, eventIndex >= 0x7fff * 4096]),
    ).toEqual([
      ['transfer', 7n, false],
      ['transfer', 2n, true],
    ]);
  });

  test('a Token-2022 fee that no instruction names is found in the balances', () => {
    const { pre = [] } = moved(0n);
    const post = [balance(ALICE_TOKENS, ALICE, 900n), balance(BOB_TOKENS, BOB, 5n + 98n)];
    const decoded = decode({
      calls: [transfer(100n, ALICE_TOKENS, BOB_TOKENS, ALICE, TOKEN_2022_PROGRAM)],
      pre,
      post,
    });
    expect(decoded?.problems).toBeUndefined();
    expect(decoded?.events).toMatchObject([
      { amount: 100n, details: { withheldFee: '2' }, movements: [{ delta: -100n }, { delta: 98n }] },
    ]);
  });

  test('withheld fees that are paid out come from the mint', () => {
    const call: Call = {
      program: TOKEN_2022_PROGRAM,
      accounts: [MINT, BOB_TOKENS, BOB],
      data: Uint8Array.from([26, 2]),
    };
    const decoded = decode({
      calls: [call],
      pre: [balance(BOB_TOKENS, BOB, 5n)],
      post: [balance(BOB_TOKENS, BOB, 8n)],
    });
    expect(decoded?.problems).toBeUndefined();
    expect(decoded?.events).toMatchObject([
      { kind: 'transfer', from: MINT, to: BOB, amount: 3n, movements: [{ owner: BOB, delta: 3n }] },
    ]);
  });

  test('an account that changes hands takes its balance along', () => {
    const call: Call = {
      program: TOKEN_PROGRAM,
      accounts: [ALICE_TOKENS, ALICE],
      data: Uint8Array.from([6, 2, 1, ...bytesOf(BOB)]),
    };
    const decoded = decode({
      calls: [call],
      pre: [balance(ALICE_TOKENS, ALICE, 9n)],
      post: [balance(ALICE_TOKENS, BOB, 9n)],
    });
    expect(decoded?.problems).toBeUndefined();
    expect(decoded?.events).toMatchObject([
      {
        kind: 'transfer',
        from: ALICE,
        to: BOB,
        amount: 9n,
        movements: [
          { owner: ALICE, delta: -9n },
          { owner: BOB, delta: 9n },
        ],
      },
    ]);
  });

  test('each part of a batch instruction is an event of its own', () => {
    const part = [3, 9, 3, ...u64(3n)];
    const accounts = [ALICE_TOKENS, BOB_TOKENS, ALICE, ALICE_TOKENS, BOB_TOKENS, ALICE];
    const decoded = decode({
      calls: [{ program: TOKEN_PROGRAM, accounts, data: Uint8Array.from([255, ...part, ...part]) }],
      ...moved(6n),
    });
    expect(decoded?.problems).toBeUndefined();
    expect(decoded?.events.map(({ eventIndex, amount }) => [eventIndex, amount])).toEqual([
      [0, 3n],
      [1, 3n],
    ]);
  });
});

describe('promise 8: undecodable is loud', () => {
  test.each<[string, Uint8Array]>([
    ['with an unknown discriminator', Uint8Array.from([9, 9, 9, 9, 9, 9, 9, 9])],
    ['shorter than a discriminator', Uint8Array.from([1])],
    ['that is cut short', sent(7n).subarray(0, 60)],
    ['that is longer than its fields', Uint8Array.from([...sent(7n), 0])],
  ])('an event %s of a followed program is a problem', (_, data) => {
    const decoded = decode({ calls: [{ program: PROGRAM, logs: [emitted(data)] }] });
    expect(decoded).toMatchObject({ events: [], problems: [{ code: 'undecodable' }] });
  });

  test('an event that is to be ignored is no problem', () => {
    expect(
      decode({
        calls: [{ program: PROGRAM, logs: [emitted(Uint8Array.from(discriminator('event:Noise')))] }],
      }),
    ).toBeNull();
  });

  test('cut-off logs are flagged, and the tokens still move', () => {
    const transaction = buildTransaction(through);
    const decoded = createSolanaDecoder(FOLLOW).decode({
      ...transaction,
      logs: [...(transaction.logs ?? []).slice(0, 2), 'Log truncated'],
    });
    expect(decoded?.problems).toMatchObject([{ code: 'logs-truncated' }]);
    expect(decoded?.events).toMatchObject([
      { kind: 'transfer', decoder: 'spl-token', movements: [{ delta: -7n }, { delta: 7n }] },
    ]);
  });

  test('a foreign transaction is nothing of ours', () => {
    expect(decode({ calls: [{ program: HOSTILE, logs: ['Program data: !!'] }] })).toBeNull();
  });
});

describe('identity of an event', () => {
  const noise = (): ProgramDecoder => ({ name: 'noise', version: 1, keys: () => [], decode: () => [] });
  test.each(Object.entries(EXAMPLES))('%s: no decoder renumbers the events of another', (_, build) => {
    const transaction = buildTransaction(build);
    const all = createSolanaDecoder(FOLLOW).decode(transaction)?.events ?? [];
    const alone = createSolanaDecoder(FOLLOW, { programDecoders: [noise] }).decode(transaction)?.events ?? [];
    for (const event of all.filter(({ decoder }) => decoder === 'spl-token'))
      expect(alone).toContainEqual(event);
    const indexes = [...all.filter(({ decoder }) => decoder !== 'spl-token'), ...alone].map(
      ({ eventIndex }) => eventIndex,
    );
    expect(new Set(indexes).size).toBe(indexes.length);
  });

  test('every event records a decoder and version of the fingerprint', () => {
    const decoder = createSolanaDecoder(FOLLOW);
    const events = Object.values(EXAMPLES).flatMap(
      (build) => decoder.decode(buildTransaction(build))?.events ?? [],
    );
    for (const event of events)
      expect(decoder.parts).toContainEqual({ name: event.decoder, version: event.decoderVersion });
  });

  test('what a decoder answers to by its keys is everything that it decodes', () => {
    const keys = new Set(createSolanaDecoder(FOLLOW).keys());
    for (const build of Object.values(EXAMPLES)) {
      const { accountKeys, preTokenBalances } = buildTransaction(build);
      expect([...accountKeys, ...preTokenBalances.map(({ mint }) => mint)].some((key) => keys.has(key))).toBe(
        true,
      );
    }
  });
});

describe('any input', () => {
  const bytes = fc.uint8Array({ maxLength: 80 });
  const mutateInstruction = (instruction: SolanaInstruction): fc.Arbitrary<SolanaInstruction> =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(instruction) },
      { weight: 1, arbitrary: bytes.map((data) => ({ ...instruction, data })) },
      {
        weight: 1,
        arbitrary: fc
          .nat(60)
          .map((length) => ({ ...instruction, data: instruction.data.subarray(0, length) })),
      },
      {
        weight: 1,
        arbitrary: fc
          .nat(3)
          .map((count) => ({ ...instruction, accounts: instruction.accounts.slice(0, count) })),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(null, 1, 2, 3, 9).map((stackHeight) => ({ ...instruction, stackHeight })),
      },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom(PROGRAM, TOKEN_PROGRAM, TOKEN_2022_PROGRAM, HOSTILE)
          .map((programId) => ({ ...instruction, programId })),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom(0, 1, 3, 6, 7, 8, 9, 12, 14, 15, 18, 26, 255), bytes)
          .map(([tag, rest]) => ({ ...instruction, data: Uint8Array.from([tag, ...rest]) })),
      },
    );
  const mutateLine = (line: string): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 8, arbitrary: fc.constant(line) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          'Log truncated',
          `Program ${PROGRAM} invoke [1]`,
          `Program ${PROGRAM} success`,
          'Program data: ',
        ),
      },
      {
        weight: 1,
        arbitrary: bytes.map((data) => emitted(Uint8Array.from([...discriminator('event:Sold'), ...data]))),
      },
      { weight: 1, arbitrary: fc.string().map((text) => `Program ${text}`) },
    );
  const mutated: fc.Arbitrary<SolanaTransaction> = fc
    .constantFrom(...Object.values(EXAMPLES).map(buildTransaction))
    .chain((transaction) =>
      fc
        .tuple(
          fc.tuple(...transaction.instructions.map(mutateInstruction)),
          fc.oneof(fc.constant(null), fc.tuple(...(transaction.logs ?? []).map(mutateLine))),
          fc.subarray([...transaction.preTokenBalances]),
          fc.subarray([...transaction.postTokenBalances]),
          fc.boolean(),
        )
        .map(([instructions, logs, preTokenBalances, postTokenBalances, failed]) => ({
          ...transaction,
          ...{
            instructions,
            logs,
            preTokenBalances,
            postTokenBalances,
            error: failed ? { InstructionError: [0, 'x'] } : null,
          },
        })),
    );

  test('never throws, always says the same, keeps books, and a failed transaction moves nothing', () => {
    const decoder = createSolanaDecoder({ ...FOLLOW, nfts: { ...FOLLOW.nfts, all: true } });
    fc.assert(
      fc.property(mutated, (transaction) => {
        const decoded = decoder.decode(transaction);
        expect(decoder.decode(transaction)).toEqual(decoded);
        const indexes = decoded?.events.map((event) => event.eventIndex) ?? [];
        expect(new Set(indexes).size).toBe(indexes.length);
        if (transaction.error !== null) {
          for (const event of decoded?.events ?? [])
            expect([event.outcome, event.movements]).toEqual(['failed', undefined]);
          return;
        }
        if (
          decoded === null ||
          decoded.problems?.some((problem) => problem.message.includes('recorded no token balances'))
        )
          return;
        const sums = new Map<string, bigint>();
        const add = (account: string, delta: bigint) => sums.set(account, (sums.get(account) ?? 0n) + delta);
        for (const { account, delta } of decoded.events.flatMap((event) => event.movements ?? []))
          add(account, delta);
        for (const { account, amount, mint } of transaction.preTokenBalances)
          if (mint === MINT) add(account, amount);
        for (const { account, amount, mint } of transaction.postTokenBalances)
          if (mint === MINT) add(account, -amount);
        expect([...sums].filter(([, sum]) => sum !== 0n)).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
  });
});
