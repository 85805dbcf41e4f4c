import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address, fakeTransaction, hashOf, signatureOf } from '../../../../test/support/fake-solana-rpc.js';
import { encodeBase58 } from '../../../events/base58.js';
import { createKeyFinder } from './keys.js';
import { ErrorAnswer, NotABlock, scanBlock, scanHeader } from './scan.js';

const OURS = address(42);
const header = {
  blockhash: hashOf(9),
  previousBlockhash: hashOf(8),
  parentSlot: 8,
  blockTime: 1_700_000_009,
};
const foreign = (n: number) =>
  fakeTransaction(signatureOf(n), [address(n + 50), address(2)], {
    logs: ['Program log: ünï "quoted" },{"meta": \\'],
  });
const ours = (n: number) => fakeTransaction(signatureOf(n), [address(n + 50), OURS, address(2)]);
const answer = (transactions: readonly unknown[], order: 'first' | 'last' = 'last'): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    result: order === 'last' ? { ...header, transactions } : { transactions, ...header },
    id: 1,
  });
const finder = createKeyFinder([OURS]);
/** More than can be looked for by skipping. */
const CROWD = Array.from({ length: 2_100 }, (_, i) =>
  encodeBase58(createHash('sha256').update(String(i)).digest()),
);
const manyFinder = createKeyFinder([OURS, ...CROWD]);

describe('scan of a getBlock answer', () => {
  test('finds our transactions and their place, wherever header and fields stand, with few keys and with many', () => {
    const transactions = [foreign(1), ours(2), foreign(3), ours(4), foreign(5)];
    for (const keys of [finder, manyFinder]) {
      for (const order of ['first', 'last'] as const) {
        const scanned = scanBlock(Buffer.from(answer(transactions, order)), keys);
        expect(scanned.header).toEqual(header);
        expect(scanned.ours.map(({ index }) => index)).toEqual([1, 3]);
        expect(scanned.ours.map(({ raw }) => raw)).toEqual([transactions[1], transactions[3]]);
      }
    }
  });

  test('finds a key that is only loaded from a lookup table', () => {
    const loaded = fakeTransaction(signatureOf(1), [address(3), address(2)], { version: 0, loaded: [OURS] });
    expect(scanBlock(Buffer.from(answer([foreign(1), loaded])), finder).ours).toEqual([
      { index: 1, raw: loaded },
    ]);
  });

  test('reads indented JSON, other field orders and blocks without transactions', () => {
    const transactions = [foreign(1), ours(2)];
    const indented = JSON.stringify(JSON.parse(answer(transactions)), null, 2);
    expect(scanBlock(Buffer.from(indented), finder).ours).toEqual([{ index: 1, raw: transactions[1] }]);
    const reordered = transactions.map((tx) => Object.fromEntries(Object.entries(tx as object).reverse()));
    expect(scanBlock(Buffer.from(answer(reordered)), finder).ours.map(({ index }) => index)).toEqual([1]);
    expect(scanBlock(Buffer.from(answer([])), finder)).toEqual({ header, ours: [] });
    expect(scanHeader(Buffer.from(JSON.stringify({ result: header })))).toEqual(header);
  });

  test('promise 3: never takes a cut-off answer for a block, wherever it is cut', () => {
    const whole = Buffer.from(answer([foreign(1), ours(2), foreign(3)], 'last'));
    for (const text of [whole, Buffer.from(answer([foreign(1), ours(2)], 'first'))]) {
      for (let length = 0; length < text.length; length += 1) {
        expect(() => scanBlock(text.subarray(0, length), finder), `cut after ${length} bytes`).toThrow(
          NotABlock,
        );
      }
    }
  });

  test('tells errors and other shapes apart', () => {
    expect(() =>
      scanBlock(Buffer.from('{"jsonrpc":"2.0","error":{"code":-32007,"message":"skipped"},"id":1}'), finder),
    ).toThrow(ErrorAnswer);
    expect(() => scanBlock(Buffer.from('<html>no</html>'), finder)).toThrow('HTML');
    expect(() => scanBlock(Buffer.from('{"result":null}'), finder)).toThrow('null');
    expect(() => scanBlock(Buffer.from('{"result":{"unexpected":true}}'), finder)).toThrow('blockhash');
    expect(() => scanBlock(Buffer.from('[1]'), finder)).toThrow(NotABlock);
    expect(() =>
      scanBlock(
        Buffer.from(JSON.stringify({ result: { ...header, parentSlot: -1, transactions: [] } })),
        finder,
      ),
    ).toThrow('parentSlot');
  });

  test('finds exactly what a full parse finds, for any mix of transactions and keys', () => {
    const pool = Array.from({ length: 24 }, (_, i) => address(i + 10));
    const account = fc.constantFrom(...pool);
    const transaction = fc.tuple(
      fc.array(account, { minLength: 1, maxLength: 5 }),
      fc.array(fc.string(), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(
        fc.array(transaction, { maxLength: 12 }),
        fc.uniqueArray(account, { maxLength: 24 }),
        (list, keys) => {
          const transactions = list.map(([accounts, logs], i) =>
            fakeTransaction(signatureOf(i), [...accounts, address(200)], { logs }),
          );
          const expected = list.flatMap(([accounts], i) =>
            accounts.some((a) => keys.includes(a)) ? [i] : [],
          );
          for (const others of [[], CROWD]) {
            const scanned = scanBlock(
              Buffer.from(answer(transactions)),
              createKeyFinder([...keys, ...others]),
            );
            expect(scanned.ours.map(({ index }) => index)).toEqual(expected);
            for (const { index, raw } of scanned.ours) expect(raw).toEqual(transactions[index]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  const fixture = join(
    process.env.MAINNET_FIXTURES ?? '../shared/fixtures',
    'solana/blocks/332254855.json.gz',
  );
  test.skipIf(!existsSync(fixture))('finds in a mainnet block what a full parse finds', () => {
    const body = gunzipSync(readFileSync(fixture));
    const { transactions } = JSON.parse(body.toString('utf8')).result as {
      transactions: { transaction: { message: { accountKeys: string[] } } }[];
    };
    const keysOf = (index: number) => transactions[index]?.transaction.message.accountKeys ?? [];
    const wanted = [0, 700, transactions.length - 1].flatMap((index) => keysOf(index).slice(0, 1));
    for (const keys of [wanted, [...wanted, ...CROWD.slice(0, 1_000)], [...wanted, ...CROWD]]) {
      const { ours } = scanBlock(body, createKeyFinder(keys));
      const indexes = ours.map(({ index }) => index);
      expect(indexes).toEqual(expect.arrayContaining([0, 700, transactions.length - 1]));
      for (const { index, raw } of ours) expect(raw).toEqual(transactions[index]);
      // Loaded addresses and balances may add more, a static key may not be overlooked.
      for (const index of transactions.keys())
        if (keysOf(index).some((key) => keys.includes(key))) expect(indexes).toContain(index);
    }
  });
});
