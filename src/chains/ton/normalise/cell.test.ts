import {
  type AccountStatus,
  Address,
  beginCell,
  Cell,
  Dictionary,
  ExternalAddress,
  loadTransaction,
  type Message,
  storeMessage,
  storeTransaction,
  type Transaction,
} from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownCell } from '../../../../test/support/cells.js';
import { normaliseCell } from './cell.js';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const address = fc
  .tuple(fc.constantFrom(0, -1), hash)
  .map(([workchain, bytes]) => new Address(workchain, bytes));
const coins = fc.bigInt({ min: 0n, max: 2n ** 100n });
const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
const uint32 = fc.nat({ max: 2 ** 32 - 1 });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });

const body = fc
  .tuple(fc.uint8Array({ maxLength: 110 }), fc.nat({ max: 4 }))
  .map(([bytes, refs]) =>
    Array.from({ length: refs }).reduce<ReturnType<typeof beginCell>>(
      (builder, _, at) => builder.storeRef(beginCell().storeUint(at, 8)),
      beginCell().storeBuffer(Buffer.from(bytes)),
    ),
  )
  .map((builder) => builder.endCell());

const internal = fc.record({
  type: fc.constant('internal' as const),
  ihrDisabled: fc.boolean(),
  bounce: fc.boolean(),
  bounced: fc.boolean(),
  src: address,
  dest: address,
  value: fc.record({ coins }),
  ihrFee: coins,
  forwardFee: coins,
  createdLt: uint(64),
  createdAt: uint32,
});
const external = maybe(uint(60).map((value) => new ExternalAddress(value, 60)));
const message: fc.Arbitrary<Message> = fc.record({
  info: fc.oneof(
    internal,
    fc.record({ type: fc.constant('external-in' as const), src: external, dest: address, importFee: coins }),
    fc.record({
      ...{ type: fc.constant('external-out' as const), src: address, dest: external },
      ...{ createdLt: uint(64), createdAt: uint32 },
    }),
  ),
  init: maybe(
    fc.record({
      splitDepth: maybe(fc.nat({ max: 31 })),
      special: maybe(fc.record({ tick: fc.boolean(), tock: fc.boolean() })),
      code: maybe(body),
      data: maybe(body),
    }),
  ),
  body,
});

const storagePhase = fc.record({
  storageFeesCollected: coins,
  storageFeesDue: maybe(coins),
  statusChange: fc.constantFrom('unchanged' as const, 'frozen' as const, 'deleted' as const),
});
const computePhase = fc.oneof(
  fc.record({
    type: fc.constant('skipped' as const),
    reason: fc.constantFrom('no-state' as const, 'bad-state' as const, 'no-gas' as const),
  }),
  fc.record({
    ...{ type: fc.constant('vm' as const), success: fc.boolean(), messageStateUsed: fc.boolean() },
    ...{ accountActivated: fc.boolean(), gasFees: coins, gasUsed: uint(48), gasLimit: uint(48) },
    ...{ gasCredit: maybe(uint(20)), mode: fc.nat({ max: 100 }), exitCode: int32, exitArg: maybe(int32) },
    ...{ vmSteps: uint32, vmInitStateHash: uint(256), vmFinalStateHash: uint(256) },
  }),
);
const actionPhase = maybe(
  fc.record({
    ...{ success: fc.boolean(), valid: fc.boolean(), noFunds: fc.boolean() },
    statusChange: fc.constantFrom('unchanged' as const, 'frozen' as const, 'deleted' as const),
    ...{ totalFwdFees: maybe(coins), totalActionFees: maybe(coins), resultCode: int32 },
    ...{ resultArg: maybe(int32), totalActions: fc.nat(255), specActions: fc.nat(255) },
    ...{ skippedActions: fc.nat(255), messagesCreated: fc.nat(255), actionListHash: uint(256) },
    totalMessageSize: fc.record({ cells: uint(40), bits: uint(40) }),
  }),
);
const size = fc.record({ cells: uint(40), bits: uint(40) });
const bouncePhase = fc.oneof(
  fc.record({ type: fc.constant('negative-funds' as const) }),
  fc.record({
    ...{ type: fc.constant('no-funds' as const), messageSize: size, requiredForwardFees: coins },
  }),
  fc.record({ type: fc.constant('ok' as const), messageSize: size, messageFees: coins, forwardFees: coins }),
);
const description: fc.Arbitrary<Transaction['description']> = fc.oneof(
  fc.record({
    ...{
      type: fc.constant('generic' as const),
      creditFirst: fc.boolean(),
      storagePhase: maybe(storagePhase),
    },
    creditPhase: maybe(fc.record({ dueFeesColelcted: maybe(coins), credit: fc.record({ coins }) })),
    ...{ computePhase, actionPhase, bouncePhase: maybe(bouncePhase) },
    ...{ aborted: fc.boolean(), destroyed: fc.boolean() },
  }),
  fc.record({
    ...{ type: fc.constant('tick-tock' as const), isTock: fc.boolean(), storagePhase, computePhase },
    ...{ actionPhase, aborted: fc.boolean(), destroyed: fc.boolean() },
  }),
  fc.record({ type: fc.constant('storage' as const), storagePhase }),
);

const messages = {
  serialize: (value: Message, builder: ReturnType<typeof beginCell>) =>
    void builder.storeRef(beginCell().store(storeMessage(value)).endCell()),
  parse: (): Message => {
    throw new Error('only written');
  },
};
const STATUSES: AccountStatus[] = ['uninitialized', 'active', 'frozen', 'non-existing'];
const NAMES = { uninitialized: 'uninit', active: 'active', frozen: 'frozen', 'non-existing': 'nonexist' };

const transaction: fc.Arbitrary<Cell> = fc
  .record({
    ...{ address: uint(256), lt: uint(64), prevTransactionHash: uint(256), prevTransactionLt: uint(64) },
    ...{ now: uint32, oldStatus: fc.constantFrom(...STATUSES), endStatus: fc.constantFrom(...STATUSES) },
    inMessage: maybe(message),
    sent: fc.array(message, { maxLength: 5 }),
    ...{ totalFees: fc.record({ coins }), description },
  })
  .map(({ sent, ...facts }) => {
    const outMessages = Dictionary.empty<number, Message>(Dictionary.Keys.Uint(15), messages);
    for (const [at, one] of sent.entries()) outMessages.set(at, one);
    return beginCell()
      .store(
        storeTransaction({
          ...{ ...facts, outMessages, outMessagesCount: sent.length },
          ...{ stateUpdate: { oldHash: Buffer.alloc(32), newHash: Buffer.alloc(32) } },
          ...{ raw: Cell.EMPTY, hash: () => Buffer.alloc(0) },
        }),
      )
      .endCell();
  });

const hex = (value: bigint) => value.toString(16).padStart(64, '0');

function shownMessage({ info, body: sent, init }: Message, cell: Cell) {
  const opcode = sent.bits.length < 32 ? null : sent.beginParse().loadUint(32);
  const flags = info.type === 'internal' ? info : { bounce: false, bounced: false, value: { coins: 0n } };
  return {
    hash: cell.hash().toString('hex'),
    kind: info.type,
    source: info.type === 'external-in' ? null : info.src.toRawString(),
    destination: info.type === 'external-out' ? null : info.dest.toRawString(),
    createdLt: info.type === 'external-in' ? null : info.createdLt,
    value: flags.value.coins,
    bounce: flags.bounce,
    bounced: flags.bounced,
    opcode,
    body: sent.hash().toString('hex'),
    init: init && [init.code?.hash().toString('hex'), init.data?.hash().toString('hex')],
  };
}

test('a transaction is read to what @ton/core reads of it, message by message and phase by phase', () => {
  fc.assert(
    fc.property(transaction, (cell) => {
      const core = loadTransaction(cell.beginParse());
      const read = normaliseCell(ownCell(cell), `0:${hex(core.address)}`, { block: 7, transactionIndex: 3 });
      expect(read).toMatchObject({
        ...{ block: 7, transactionIndex: 3, account: `0:${hex(core.address)}`, lt: core.lt, now: core.now },
        ...{ hash: cell.hash().toString('hex'), previousHash: hex(core.prevTransactionHash) },
        ...{ previousLt: core.prevTransactionLt, totalFees: core.totalFees.coins },
        ...{ statusBefore: NAMES[core.oldStatus], statusAfter: NAMES[core.endStatus] },
        ...{ outMessages: { length: core.outMessages.size } },
      });
      const raw = (cell.refs[0] as Cell).beginParse();
      const input = raw.loadMaybeRef();
      const output = raw.loadDict(Dictionary.Keys.Uint(15), Dictionary.Values.Cell());
      const given = [...(read.inMessage ? [read.inMessage] : []), ...read.outMessages];
      const expected = [
        ...(core.inMessage && input ? [shownMessage(core.inMessage, input)] : []),
        ...[...core.outMessages].map(([at, one]) => shownMessage(one, output.get(at) as Cell)),
      ];
      const shown = given.map((one) => {
        const state = one.init();
        return { ...one, body: one.body()?.hash(), init: state && [state.code?.hash(), state.data?.hash()] };
      });
      expect(shown).toMatchObject(expected);
      const { description: how } = core;
      if (how.type !== 'generic' && how.type !== 'tick-tock') expect(read.type).toBe('other');
      else {
        const { computePhase: ran, actionPhase: acted } = how;
        expect(read).toMatchObject({
          type: how.type === 'generic' ? 'ordinary' : 'tick-tock',
          ...{ aborted: how.aborted, destroyed: how.destroyed },
          compute:
            ran.type === 'skipped'
              ? { skipped: true, success: false, exitCode: 0, gasUsed: 0n }
              : { skipped: false, success: ran.success, exitCode: ran.exitCode, gasUsed: ran.gasUsed },
          action: acted ? { success: acted.success, resultCode: acted.resultCode } : null,
        });
      }
    }),
  );
});

test('the account that is asked for has to be the one of the cell', () => {
  fc.assert(
    fc.property(transaction, (cell) => {
      const place = { block: 7, transactionIndex: 3 };
      expect(() => normaliseCell(ownCell(cell), `0:${'ab'.repeat(32)}`, place)).toThrow('not of 0:abab');
    }),
    { numRuns: 5 },
  );
});
