/**
 * Nothing from outside recurses without a bound (promise 8): values nested far beyond a call stack, anywhere
 * in an answer, are the endpoint's fault or a problem of their transaction, never an error that nobody
 * expects.
 */
import { expect, test } from 'vitest';
import { stackFromJson } from '../../src/chains/ton/endpoints/stack-json.js';
import { normaliseV3 } from '../../src/chains/ton/normalise/v3.js';
import { createSolanaBlockDecoder } from '../../src/readers/solana/decoder.js';
import { address, fakeTransaction, hashOf, signatureOf } from '../support/fake-solana-rpc.js';

const LEVELS = 20_000;
const DEEP = [
  `${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}`,
  `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`,
];
const HASH = `${'A'.repeat(43)}=`;
const OURS = address(42);
const FOLLOW = {
  programs: [],
  tokens: [],
  nfts: { mints: [OURS], collections: [], creators: [], all: false },
};

/** JSON texts of the value with each of its fields, at any depth, replaced by a deep one. */
function* deepened(value: object): Generator<{ readonly path: string; readonly text: string }> {
  const marker = '\u0001deep\u0001';
  const places: { path: string; mark: () => () => void }[] = [];
  const walk = (holder: Record<string, unknown>, path: string): void => {
    for (const key of Object.keys(holder)) {
      const inner = holder[key];
      places.push({
        path: `${path}.${key}`,
        mark: () => {
          holder[key] = marker;
          return () => {
            holder[key] = inner;
          };
        },
      });
      if (typeof inner === 'object' && inner !== null)
        walk(inner as Record<string, unknown>, `${path}.${key}`);
    }
  };
  walk(value as Record<string, unknown>, '');
  for (const { path, mark } of places) {
    const restore = mark();
    const text = JSON.stringify(value);
    restore();
    for (const deep of DEEP) yield { path, text: text.replace(JSON.stringify(marker), deep) };
  }
}

const block = (transaction: string): Buffer =>
  Buffer.from(
    `{"jsonrpc":"2.0","result":{"blockhash":"${hashOf(9)}","previousBlockhash":"${hashOf(8)}","parentSlot":8,"blockTime":1,"transactions":[${transaction}]},"id":1}`,
  );

test('promise 8: a Solana transaction with a deep value anywhere is read, or refused with what is wrong', () => {
  const transaction = fakeTransaction(signatureOf(1), [address(3), OURS, address(2)]) as object;
  const decoder = createSolanaBlockDecoder({ follow: FOLLOW });
  let read = 0;
  for (const { path, text } of deepened(transaction)) {
    try {
      decoder.decodeRaw(9, block(text));
      read += 1;
    } catch (error) {
      expect(error, path).toMatchObject({
        code: expect.stringMatching(/BLOCK_UNAVAILABLE|RPC_BAD_RESPONSE/),
      });
    }
  }
  expect(read).toBeGreaterThan(0);
});

test.each(DEEP)(
  'promise 8: an error that cannot be read is a problem of its transaction, which is kept',
  (deep) => {
    const transaction = JSON.stringify(fakeTransaction(signatureOf(1), [address(3), OURS, address(2)]));
    const { transactions } = createSolanaBlockDecoder({ follow: FOLLOW }).decodeRaw(
      9,
      block(transaction.replace('"err":null', `"err":${deep}`)),
    );
    expect(transactions).toMatchObject([
      {
        transactionHash: signatureOf(1),
        outcome: 'failed',
        problems: [{ code: 'undecodable', message: expect.stringContaining('meta.err') }],
      },
    ]);
  },
);

test('promise 8: a TON transaction or stack with a deep value anywhere is refused by name', () => {
  const message = {
    hash: HASH,
    source: null,
    destination: `0:${'1'.repeat(64)}`,
    message_content: { hash: HASH, body: '', decoded: null },
  };
  const transaction = {
    account: `0:${'1'.repeat(64)}`,
    hash: HASH,
    lt: '5',
    now: 1,
    orig_status: 'active',
    end_status: 'active',
    total_fees: '1',
    prev_trans_hash: HASH,
    prev_trans_lt: '4',
    description: { type: 'ord', aborted: false, destroyed: false, compute_ph: { skipped: true }, action: {} },
    in_msg: message,
    out_msgs: [message],
  };
  const place = { block: 1, transactionIndex: 0 };
  for (const { path, text } of deepened(transaction)) {
    try {
      normaliseV3(JSON.parse(text), place);
    } catch (error) {
      expect(error, path).not.toBeInstanceOf(RangeError);
    }
  }
  let tuple: unknown = { type: 'num', value: '1' };
  for (let level = 0; level < LEVELS; level += 1) tuple = { type: 'tuple', value: [tuple] };
  expect(() => stackFromJson([tuple])).toThrow(/deep/);
});
