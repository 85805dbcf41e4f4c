import { expect, test } from 'vitest';
import { readAtDoor } from '../../../runtime/untrusted.js';
import * as answersV3 from './v3-answers.js';
import * as answersV4 from './v4-answers.js';

const refuse = (path: string, what: string) => new Error(`${path || 'it'}: ${what}`);
/** Every reader at the door of a document. */
function atDoor<T extends Record<string, unknown>>(readers: T) {
  return new Proxy(readers, {
    get: (all, name: string) => (answer: unknown) =>
      readAtDoor(answer, all[name] as Parameters<typeof readAtDoor>[1], refuse),
  }) as { [K in keyof T]: T[K] extends (...args: never[]) => infer R ? (answer: unknown) => R : never };
}
const v3 = atDoor({ ...answersV3 });
const v4 = atDoor({ ...answersV4 });

const HASH = Buffer.alloc(32, 7);
const hash = HASH.toString('hex');
const block = { workchain: 0, shard: '8000000000000000', seqno: 5 };
const item = {
  ...block,
  root_hash: HASH.toString('base64'),
  prev_blocks: [{ ...block, seqno: 4 }],
  tx_count: 2,
};
const shard = { workchain: 0, shard: '-9223372036854775808', seqno: 5 };
const transaction = { account: `0:${hash}`, lt: '7', hash: HASH.toString('base64') };
const whole = { ...shard, rootHash: HASH.toString('base64'), transactions: [transaction] };

test('answers of toncenter v3 are read, whatever is left out of them that may be', () => {
  expect(
    v3.readBlocks({ blocks: [item, { ...item, prev_blocks: null, tx_count: undefined, shard: '4' }] }),
  ).toEqual([
    { ...block, rootHash: hash, parents: [{ ...block, seqno: 4 }], transactionCount: 2 },
    { ...block, shard: '0000000000000004', rootHash: hash, parents: null, transactionCount: null },
  ]);
  expect(v3.readInfo({ last: { seqno: 9, gen_utime: '12' } })).toEqual({
    last: { seqno: 9, time: 12 },
    first: null,
  });
  expect(v3.readState({ accounts: [] })).toBeNull();
  expect(
    v3.readState({
      accounts: [{ status: 'uninit', code_hash: '', last_transaction_lt: '0', last_transaction_hash: hash }],
    }),
  ).toEqual({
    status: 'uninit',
    codeHash: null,
    data: null,
    last: null,
  });
});

test('answers of TonClient4 are read, a block that is not there and an account without code among them', () => {
  expect(v4.readShards({ exist: false })).toBeNull();
  expect(v4.readShards({ exist: true, block: { shards: [whole] } })).toEqual([
    { ...block, rootHash: hash, transactions: [{ account: `0:${hash}`, lt: 7n, hash }] },
  ]);
  expect(v4.readAccount({ account: { state: { type: 'uninit' }, last: null } })).toEqual({
    type: 'uninit',
    code: null,
    data: null,
    last: null,
  });
  expect(v4.readRun({ exitCode: 0, resultRaw: null, shardBlock: shard })).toEqual({
    exitCode: 0,
    result: null,
    shard: block,
  });
});

test('what is of another shape is refused by the name of its field', () => {
  const without = (whole: object, field: string) => ({ ...whole, [field]: undefined });
  const refused: [() => unknown, string][] = [
    [() => v3.readBlocks([]), 'it: must be an object'],
    [() => v3.readBlocks({ blocks: {} }), 'blocks: must be a list'],
    ...['workchain', 'shard', 'seqno', 'root_hash'].map((field): [() => unknown, string] => [
      () => v3.readBlocks({ blocks: [without(item, field)] }),
      `${field}: must be`,
    ]),
    [() => v3.readBlocks({ blocks: [{ ...item, tx_count: 'two' }] }), 'tx_count: must be a whole number'],
    [() => v3.readInfo({ last: { seqno: -1 } }), 'last.seqno: must be a whole number from 0 on'],
    [() => v3.readRun({ exit_code: 0 }), 'stack: must be a list'],
    [() => v3.readTransactions({}), 'transactions: must be a list'],
    [() => v3.readTraces({ traces: [{}] }), 'transactions: must be an object'],
    [() => v3.readState({ accounts: [{ status: 'active', code_hash: 'x' }] }), 'code_hash: must be a hash'],
    [() => v4.readShards({}), 'exist: must be true or false'],
    [
      () => v4.readShards({ exist: true, block: { shards: [{ ...whole, shard: '8000000000000000x' }] } }),
      'shard: must be',
    ],
    [
      () =>
        v4.readShards({
          exist: true,
          block: { shards: [{ ...whole, transactions: [{ ...transaction, lt: 'x' }] }] },
        }),
      'lt: must be',
    ],
    [() => v4.readAccount({ account: { state: { type: 'uninit' } } }), 'account.last: must be an object'],
    [() => v4.readRun({ exitCode: 0, shardBlock: shard }), 'resultRaw: must be text'],
    [() => v4.readRun({ exitCode: 0, resultRaw: null }), 'shardBlock: must be an object'],
    [() => v4.readLatest({ last: {} }), 'last.seqno: must be'],
  ];
  for (const [read, said] of refused) expect(read).toThrow(said);
});
