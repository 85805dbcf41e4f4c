import { beginCell } from '@ton/core';
import { describe, expect, test } from 'vitest';
import {
  ALL,
  account,
  bodies,
  knowing,
  type Step,
  tell,
  trace,
  type World,
} from '../../../test/support/ton.js';
import { storedTransactionSchema, storeTransaction } from '../../chains/ton/normalise/stored.js';
import type { TonMessage, TonTransaction } from '../../chains/ton/transaction.js';
import type { TonFollow } from '../../decoders/ton/follow.js';
import { createTonDecoder } from '../../decoders/ton/registry.js';
import { toJson } from '../../events/json.js';
import { fingerprintOf } from '../reader.js';
import { createTonBlockDecoder } from './decoder.js';
import { packTonBlock, recordFacts, type TonMaterial } from './raw.js';

const [alice, bob, master, aliceWallet, bobWallet] = [
  'alice',
  'bob',
  'master',
  'wallet of alice',
  'wallet of bob',
].map((name) => account(name)) as [string, string, string, string, string];
const world: World = {
  jettonWallets: { [aliceWallet]: { master, owner: alice }, [bobWallet]: { master, owner: bob } },
};
const code = beginCell().storeUint(7, 32).endCell();
const steps: Step[] = [
  { account: alice, sends: [{ to: aliceWallet, body: bodies.transfer(50n, bob) }] },
  {
    account: aliceWallet,
    sends: [{ to: bobWallet, body: bodies.internal(50n, alice), init: { code, data: code } }],
  },
  { account: bobWallet, fresh: true },
];

const decoderOf = (follow: TonFollow) => createTonBlockDecoder({ follow });

const FOLLOW: TonFollow = { ...ALL, all: false, jettons: [{ symbol: 'NDT', master, decimals: 9 }] };
const BLOCK = 102;

/** The block of a trace, all in one, as a reader of these accounts keeps it. */
function packed(follow: TonFollow, known: World = world): Uint8Array {
  const decoder = createTonDecoder(follow);
  const transactions = trace(steps).map((transaction, transactionIndex) => ({
    ...transaction,
    block: BLOCK,
    transactionIndex,
  }));
  const materials = transactions.slice(1).map((transaction, at): TonMaterial => {
    const input = { transaction, ancestors: transactions.slice(0, at + 1).reverse() };
    const { facts, record } = recordFacts(knowing(known));
    decoder.decode(input, facts);
    return { input, facts: record };
  });
  return packTonBlock(BLOCK, fingerprintOf([], follow), materials);
}

test('a stored transaction is the same again, cells and all', () => {
  const plain = (message: TonMessage) => ({
    ...message,
    body: message.body()?.hash(),
    init: Object.entries(message.init() ?? {}).map(([name, cell]) => [name, cell?.hash()]),
    normalisedHash: message.normalisedHash(),
  });
  const comparable = ({ inMessage, outMessages, ...facts }: TonTransaction) => ({
    ...facts,
    inMessage: inMessage && plain(inMessage),
    outMessages: outMessages.map(plain),
  });
  for (const transaction of trace(steps)) {
    const again = storedTransactionSchema.parse(
      JSON.parse(JSON.stringify(toJson(storeTransaction(transaction)))),
    );
    expect(comparable(again)).toEqual(comparable(transaction));
  }
});

describe('an archived block', () => {
  test('is decoded without anybody to ask as it was with everybody, and makes the same accounts known', () => {
    const { transactions, discovered } = decoderOf(FOLLOW).decodeRaw(BLOCK, packed(FOLLOW));
    const told = tell(
      trace(steps).map((one, transactionIndex) => ({ ...one, block: BLOCK, transactionIndex })),
      world,
      FOLLOW,
    );
    expect(told.events).toHaveLength(1);
    expect(transactions).toEqual(told.transactions);
    expect(discovered).toEqual([bobWallet]);
  });

  test('promise 8: what a newer decoder asks for and the block does not hold is undecodable, and is said', () => {
    const raw = JSON.parse(new TextDecoder().decode(packed(FOLLOW)));
    for (const ours of raw.ours) ours.facts.jettonWallets = {};
    const span = decoderOf(FOLLOW).decodeRaw(BLOCK, new TextEncoder().encode(JSON.stringify(raw)));
    const problems = span?.transactions.flatMap(({ problems = [] }) => problems);
    expect(problems?.length).toBeGreaterThan(0);
    expect(problems?.[0]).toMatchObject({
      code: 'undecodable',
      message: expect.stringContaining('jetton-wallet'),
    });
  });

  test('that was read when other accounts were followed is refused: it lacks what is followed now', () => {
    const other = { ...FOLLOW, collections: [account('collection')] };
    expect(() => decoderOf(other).decodeRaw(BLOCK, packed(FOLLOW))).toThrow(
      expect.objectContaining({ code: 'CONFIG_MISMATCH' }),
    );
  });

  test.each<[string, (raw: { block: number; transactions: unknown[] }) => unknown, RegExp]>([
    ['of another block', (raw) => ({ ...raw, block: 7 }), /it holds block 7/],
    [
      'with a transaction missing',
      (raw) => ({ ...raw, transactions: raw.transactions.slice(1) }),
      /it lacks transaction [0-9a-f]{64}/,
    ],
    ['of another version', (raw) => ({ ...raw, version: 2 }), /version/],
    ['that is none', () => 'text', /expected object/],
  ])('%s is damaged, and is named', (_, spoil, message) => {
    const raw = JSON.stringify(spoil(JSON.parse(new TextDecoder().decode(packed(FOLLOW)))));
    const read = () => decoderOf(FOLLOW).decodeRaw(BLOCK, new TextEncoder().encode(raw));
    expect(read).toThrow(
      expect.objectContaining({ code: 'BLOCK_UNAVAILABLE', message: expect.stringMatching(message) }),
    );
    expect(read).toThrow(/ton block 102/);
  });
});
