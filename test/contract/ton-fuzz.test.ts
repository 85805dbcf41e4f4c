/**
 * The decoder contract over damaged input: no exception, no runaway, no event that the whole input does not
 * hold.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beginCell } from '@ton/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBuilder } from '../../src/chains/ton/cells/builder.js';
import { type Cell, EMPTY_CELL } from '../../src/chains/ton/cells/cell.js';
import { opcodeOf } from '../../src/chains/ton/cells/message.js';
import { writeCells } from '../../src/chains/ton/cells/write.js';
import { normaliseCell } from '../../src/chains/ton/normalise/cell.js';
import { inputsOf } from '../../src/chains/ton/normalise/family.js';
import { createMessage } from '../../src/chains/ton/normalise/message.js';
import type { TonMessage, TonTransaction } from '../../src/chains/ton/transaction.js';
import type { TonOutcome } from '../../src/decoders/ton/decoder.js';
import { createTonDecoder } from '../../src/decoders/ton/registry.js';
import { readTonDocument } from '../../src/readers/ton/recorded/document.js';
import { createTonFacts, withoutDoubt } from '../../src/readers/ton/recorded/facts.js';
import { ALL, account, bodies, knowing, type Step, tell, trace, type World } from '../support/ton.js';

const RUNS = Number(process.env.FUZZ_RUNS ?? 1000);
const [alice, bob, master, item, collection] = ['alice', 'bob', 'master', 'item', 'collection'].map((name) =>
  account(name),
) as [...[string, string, string, string, string]];
const [aliceWallet, bobWallet] = [account('wallet of alice'), account('wallet of bob')];
const world: World = {
  jettonWallets: { [aliceWallet]: { master, owner: alice }, [bobWallet]: { master, owner: bob } },
  items: { [item]: { collection, index: 0n } },
};

const TRACES: readonly Step[][] = [
  [
    { account: alice, sends: [{ to: aliceWallet, body: bodies.transfer(50n, bob, bodies.comment('hi')) }] },
    { account: aliceWallet, sends: [{ to: bobWallet, body: bodies.internal(50n, alice) }] },
    { account: bobWallet, sends: [{ to: bob, body: bodies.notification(50n, alice) }] },
  ],
  [
    { account: alice, sends: [{ to: aliceWallet, body: bodies.burn(5n) }] },
    { account: aliceWallet, sends: [{ to: master, body: bodies.burnNotification(5n, alice) }] },
    { account: master },
  ],
  [
    { account: alice, sends: [{ to: item, body: bodies.nftTransfer(bob) }] },
    { account: item, sends: [{ to: bob, body: bodies.ownershipAssigned(alice) }] },
  ],
  [
    { account: alice, sends: [{ to: collection, body: bodies.op(1) }] },
    { account: collection, sends: [{ to: item, body: bodies.deploy(bob) }] },
    { account: item, fresh: true },
  ],
];

/** A body with bits flipped or cut off, its references kept, dropped or doubled. */
function damage(cell: Cell, flips: readonly number[], cut: number, refs: number): Cell {
  const bits = [...Array(cell.bits).keys()].map((at) => cell.bitAt(at));
  for (const flip of flips) if (bits.length > 0) bits[flip % bits.length] = !bits[flip % bits.length];
  const builder = createBuilder();
  for (const bit of bits.slice(0, Math.max(0, bits.length - cut))) builder.bit(bit);
  for (let at = 0; at < Math.min(refs, 4); at++)
    builder.ref(cell.refs[at % Math.max(1, cell.refs.length)] ?? cell);
  return builder.cell();
}

function damaged(transactions: readonly TonTransaction[], change: (body: Cell) => Cell): TonTransaction[] {
  const seen = new Map<TonMessage, TonMessage>();
  const edit = (message: TonMessage): TonMessage => {
    const known = seen.get(message);
    const body = message.body();
    if (known || body === null) return known ?? message;
    const next = change(body);
    const edited = createMessage({
      ...message,
      opcode: opcodeOf(next),
      readBody: () => next,
      readInit: () => null,
    });
    seen.set(message, edited);
    return edited;
  };
  return transactions.map((transaction) => ({
    ...transaction,
    inMessage: transaction.inMessage && edit(transaction.inMessage),
    outMessages: transaction.outMessages.map(edit),
  }));
}

const damages = fc.record({
  trace: fc.integer({ min: 0, max: TRACES.length - 1 }),
  flips: fc.array(fc.nat(4000), { maxLength: 6 }),
  cut: fc.oneof(fc.constant(0), fc.nat(600)),
  refs: fc.nat(4),
});

describe('promise 8: damaged messages', () => {
  test('never throw, never loop, and what they give is of the same accounts', () => {
    const started = performance.now();
    fc.assert(
      fc.property(damages, ({ trace: which, flips, cut, refs }) => {
        const whole = trace(TRACES[which] ?? []);
        const { events, transactions } = tell(
          damaged(whole, (body) => damage(body, flips, cut, refs)),
          world,
        );
        for (const event of events) expect([master, item]).toContain(event.asset.address);
        for (const { events: decoded } of transactions)
          expect(new Set(decoded.map(({ eventIndex }) => eventIndex)).size).toBe(decoded.length);
        expect(
          tell(
            damaged(whole, (body) => damage(body, flips, cut, refs)),
            world,
          ).events,
        ).toEqual(events);
      }),
      { numRuns: RUNS },
    );
    expect((performance.now() - started) / RUNS).toBeLessThan(50);
  });

  test('a deep or wide external message is read in bounded time', () => {
    let deep = beginCell().storeUint(0, 300).endCell();
    for (let depth = 0; depth < 500; depth++)
      deep = beginCell()
        .storeUint(depth, 300)
        .storeRef(deep)
        .storeRef(deep)
        .storeRef(deep)
        .storeRef(deep)
        .endCell();
    const started = performance.now();
    expect(tell(trace([{ account: alice }], deep), world).events).toEqual([]);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('random and truncated bags of cells are refused with a message, or read', () => {
    const body = trace(TRACES[0] ?? [])[0]?.outMessages[0]?.body();
    const boc = writeCells(body ?? EMPTY_CELL, { checked: true });
    fc.assert(
      fc.property(
        fc.nat(boc.length),
        fc.array(fc.tuple(fc.nat(boc.length - 1), fc.nat(255)), { maxLength: 5 }),
        (length, edits) => {
          const bytes = Buffer.from(boc);
          for (const [at, byte] of edits) bytes[at] = byte;
          const text = bytes.subarray(0, length).toString('base64');
          expect(() => readTonDocument(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
        },
      ),
      { numRuns: 500 },
    );
  });
});

const folder = join(
  process.env.MAINNET_FIXTURES ?? join(import.meta.dirname, '../../../shared/fixtures'),
  'ton/traces',
);
if (!existsSync(folder))
  process.stderr.write(`no TON captures in ${folder}: set MAINNET_FIXTURES to fuzz with them too\n`);

/**
 * Of one transaction: left out, out of its place, failed, of another account, with messages lost, repeated or
 * from somebody else.
 */
const CHANGES = [
  'none',
  'none',
  'none',
  'none',
  'body',
  'body',
  'body',
  'drop',
  'failed',
  'account',
  'lose',
  'repeat',
  'source',
  'op',
] as const;
const change = fc.record({
  what: fc.constantFrom(...CHANGES),
  flips: fc.array(fc.nat(4000), { maxLength: 4 }),
  cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(400) }),
  refs: fc.nat(4),
  which: fc.nat(),
});

function mutated(
  transactions: readonly TonTransaction[],
  changes: readonly (typeof change extends fc.Arbitrary<infer T> ? T : never)[],
) {
  const accounts = [...new Set(transactions.map(({ account: one }) => one))];
  const other = (which: number) => accounts[which % accounts.length] ?? alice;
  const broken = new Map<string, TonMessage>();
  /** The same message as its sender and its receiver have it. */
  const kept = (message: TonMessage, edit: (message: TonMessage) => TonMessage) => {
    const next = edit(message);
    if (next !== message) broken.set(message.hash, next);
    return next;
  };
  const withBody = (message: TonMessage, edit: (cell: Cell) => Cell): TonMessage => {
    const body = message.body();
    if (body === null) return message;
    const next = edit(body);
    return createMessage({ ...message, opcode: opcodeOf(next), readBody: () => next, readInit: () => null });
  };
  const changed = transactions.flatMap((transaction, at): TonTransaction[] => {
    const { what, flips, cut, refs, which } = changes[at % changes.length] ?? {
      what: 'none',
      flips: [],
      cut: 0,
      refs: 0,
      which: 0,
    };
    const { inMessage, outMessages } = transaction;
    const one = which % Math.max(1, outMessages.length);
    switch (what) {
      case 'none':
        return [transaction];
      case 'drop':
        return [];
      case 'failed':
        return [{ ...transaction, aborted: true }];
      case 'account':
        return [{ ...transaction, account: other(which) }];
      case 'lose':
        return [{ ...transaction, outMessages: outMessages.toSpliced(one, 1) }];
      case 'repeat':
        return [transaction, transaction];
      case 'source':
        return [
          {
            ...transaction,
            inMessage: inMessage && kept(inMessage, (message) => ({ ...message, source: other(which) })),
          },
        ];
      case 'op':
        return [
          {
            ...transaction,
            inMessage:
              inMessage && kept(inMessage, (message) => ({ ...message, opcode: which % 2 ? null : which })),
          },
        ];
      default: {
        const edit = (cell: Cell) => damage(cell, flips, cut, refs);
        const out = outMessages.map((message, index) =>
          index === one ? kept(message, (sent) => withBody(sent, edit)) : message,
        );
        return [
          {
            ...transaction,
            inMessage: inMessage && kept(inMessage, (message) => withBody(message, edit)),
            outMessages: out,
          },
        ];
      }
    }
  });
  return changed.map((transaction) => ({
    ...transaction,
    inMessage: transaction.inMessage && (broken.get(transaction.inMessage.hash) ?? transaction.inMessage),
  }));
}

const SLOWEST_MS = 250;

describe.skipIf(!existsSync(folder))('promise 8: mutated mainnet traces', () => {
  test('never throw, say the same twice and with reasons, keep their indexes, and count only what succeeded', () => {
    const captures = readdirSync(folder).map((name) =>
      readTonDocument(JSON.parse(readFileSync(join(folder, name), 'utf8'))),
    );
    const worlds = captures.map(({ answers }) => {
      const facts = createTonFacts();
      for (const answer of answers) facts.add(answer);
      return withoutDoubt(facts.known);
    });
    const outcomes = new Map<TonOutcome, number>();
    const decoder = createTonDecoder(ALL, {
      observe: (_, outcome) => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1),
    });
    let decodedTransactions = 0;
    fc.assert(
      fc.property(
        fc.nat(captures.length - 1),
        fc.array(change, { minLength: 1, maxLength: 12 }),
        (which, changes) => {
          const knowledge = worlds[which] ?? knowing({});
          for (const input of inputsOf(mutated(captures[which]?.transactions ?? [], changes))) {
            decodedTransactions += 1;
            const start = performance.now();
            const { transaction, needs } = decoder.decode(input, knowledge);
            // Other processes may have taken the time: then it has to be slow twice.
            if (performance.now() - start > SLOWEST_MS)
              expect(timed(() => decoder.decode(input, knowledge))).toBeLessThan(SLOWEST_MS);
            expect(needs).toEqual([]);
            const again = decoder.explain(input, knowledge);
            expect(again.transaction).toEqual(transaction);
            expect(again.findings.length).toBeGreaterThan(0);
            const events = transaction?.events ?? [];
            expect(new Set(events.map(({ eventIndex }) => eventIndex)).size).toBe(events.length);
            for (const { outcome, movements = [], kind, from, to } of events) {
              if (outcome === 'failed') expect(movements).toEqual([]);
              if (kind === 'sale') expect(to).not.toBe(from);
            }
          }
        },
      ),
      { numRuns: RUNS },
    );
    expect(decodedTransactions).toBeGreaterThan(RUNS);
    expect(outcomes.get('error') ?? 0).toBe(0);
    expect(outcomes.get('hit') ?? 0).toBeGreaterThan(0);
    expect(outcomes.get('miss') ?? 0).toBeGreaterThan(0);
  });
});

test('a cell that is no transaction is refused', () => {
  expect(() =>
    normaliseCell(createBuilder().int(7, 4).cell(), null, { block: 0, transactionIndex: 0 }),
  ).toThrow();
  expect(() => normaliseCell(EMPTY_CELL, null, { block: 0, transactionIndex: 0 })).toThrow();
});

/** Milliseconds of processor time, which other processes do not stretch. */
function timed(run: () => unknown): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
