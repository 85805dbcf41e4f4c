/** `ndx decode --chain ton` as a user meets it: every form of input gives the same events. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import {
  Address,
  beginCell,
  Dictionary,
  type Message,
  storeMessage,
  storeStateInit,
  storeTransaction,
} from '@ton/core';
import { afterAll, describe, expect, test } from 'vitest';
import { EMPTY_CELL } from '../../src/chains/ton/cells/cell.js';
import type { StateInit } from '../../src/chains/ton/cells/message.js';
import { writeCells } from '../../src/chains/ton/cells/write.js';
import type { TonMessage, TonTransaction } from '../../src/chains/ton/transaction.js';
import { run } from '../../src/cli/program.js';
import { friendlyTonAddress } from '../../src/events/ton-address.js';
import { createContext } from '../../src/process/context.js';
import { EXIT } from '../../src/runtime/error-codes.js';
import { coreCell } from '../support/cells.js';
import { account, bodies, trace } from '../support/ton.js';

const dir = mkdtempSync(join(tmpdir(), 'ndx-decode-ton-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const [alice, bob, master] = [account('alice'), account('bob'), account('master')];
const [aliceWallet, bobWallet] = [account('wallet of alice'), account('wallet of bob')];
/** Data of the reference jetton wallet, as a first transfer deploys it. */
const walletData = beginCell()
  .storeCoins(0)
  .storeAddress(Address.parse(bob))
  .storeAddress(Address.parse(master))
  .storeRef(beginCell().endCell())
  .endCell();
const transactions = trace([
  { account: alice, sends: [{ to: aliceWallet, body: bodies.transfer(50n, bob), value: 5n }] },
  {
    account: aliceWallet,
    sends: [
      {
        to: bobWallet,
        body: bodies.internal(50n, alice),
        init: { code: beginCell().endCell(), data: walletData },
      },
    ],
  },
  { account: bobWallet },
]);

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

const coreState = ({ code, data }: StateInit) => ({
  code: code && coreCell(code),
  data: data && coreCell(data),
});

function v3Message(message: TonMessage) {
  const init = message.init();
  return {
    hash: base64(message.hash),
    source: message.source?.toUpperCase() ?? null,
    destination: message.destination?.toUpperCase() ?? null,
    value: message.source === null ? null : message.value.toString(),
    created_lt: message.createdLt?.toString() ?? null,
    opcode: message.opcode === null ? null : `0x${message.opcode.toString(16).padStart(8, '0')}`,
    bounce: message.bounce,
    bounced: message.bounced,
    message_content: { hash: '', body: writeCells(message.body() ?? EMPTY_CELL).toString('base64') },
    init_state: init && {
      hash: '',
      body: beginCell()
        .store(storeStateInit(coreState(init)))
        .endCell()
        .toBoc()
        .toString('base64'),
    },
  };
}

const v3 = (transaction: TonTransaction) => ({
  account: transaction.account.toUpperCase(),
  hash: base64(transaction.hash),
  lt: transaction.lt.toString(),
  now: transaction.now,
  mc_block_seqno: transaction.block,
  orig_status: transaction.statusBefore,
  end_status: transaction.statusAfter,
  total_fees: '1',
  prev_trans_hash: base64(transaction.previousHash),
  prev_trans_lt: '0',
  description: {
    type: 'ord',
    aborted: false,
    destroyed: false,
    compute_ph: { skipped: false, success: true, exit_code: 0, gas_used: '1' },
  },
  in_msg: transaction.inMessage && v3Message(transaction.inMessage),
  out_msgs: transaction.outMessages.map(v3Message),
});

function coreMessage(message: TonMessage): Message {
  const { createdLt, source, destination } = message;
  const init = message.init();
  const body = coreCell(message.body() ?? EMPTY_CELL);
  if (source === null)
    return { info: { type: 'external-in', dest: Address.parse(destination ?? ''), importFee: 0n }, body };
  return {
    info: {
      ...{
        type: 'internal',
        ihrDisabled: true,
        bounce: true,
        bounced: false,
        src: Address.parse(source),
        dest: Address.parse(destination ?? ''),
      },
      ...{
        value: { coins: message.value },
        ihrFee: 0n,
        forwardFee: 0n,
        createdLt: createdLt ?? 0n,
        createdAt: 1,
      },
    },
    ...(init && { init: coreState(init) }),
    body,
  };
}

function cellOf(transaction: TonTransaction) {
  const out = Dictionary.empty<number, Message>(Dictionary.Keys.Uint(15), {
    serialize: (message, builder) =>
      void builder.storeRef(beginCell().store(storeMessage(message)).endCell()),
    parse: () => {
      throw new Error('only written');
    },
  });
  for (const [at, message] of transaction.outMessages.entries()) out.set(at, coreMessage(message));
  return beginCell()
    .store(
      storeTransaction({
        ...{
          address: BigInt(`0x${transaction.account.slice(2)}`),
          lt: transaction.lt,
          prevTransactionHash: 0n,
          prevTransactionLt: 0n,
        },
        ...{
          now: transaction.now,
          outMessagesCount: transaction.outMessages.length,
          oldStatus: 'active',
          endStatus: 'active',
        },
        inMessage: transaction.inMessage ? coreMessage(transaction.inMessage) : null,
        outMessages: out,
        totalFees: { coins: 1n },
        stateUpdate: { oldHash: Buffer.alloc(32), newHash: Buffer.alloc(32) },
        description: {
          ...{ type: 'generic', creditFirst: false, aborted: false, destroyed: false },
          computePhase: {
            ...{
              type: 'vm',
              success: true,
              messageStateUsed: false,
              accountActivated: false,
              gasFees: 0n,
              gasUsed: 1n,
              gasLimit: 1n,
            },
            ...{ mode: 0, exitCode: 0, vmSteps: 1, vmInitStateHash: 0n, vmFinalStateHash: 0n },
          },
        },
        raw: beginCell().endCell(),
        hash: () => Buffer.alloc(32),
      }),
    )
    .endCell();
}

const facts = {
  jettonWallets: {
    [friendlyTonAddress(aliceWallet)]: { master: friendlyTonAddress(master), owner: alice },
    [bobWallet]: { master, owner: friendlyTonAddress(bob, { bounceable: false }) },
  },
};
const interfaces = {
  [aliceWallet.toUpperCase()]: {
    JettonWallet: { balance: 1, address: aliceWallet, owner: alice, jetton: master },
  },
  [bobWallet]: { JettonWallet: { balance: 1, address: bobWallet, owner: bob, jetton: master } },
};

async function decode(input: string | Buffer, ...flags: string[]) {
  const file = join(dir, 'input');
  writeFileSync(file, input);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(
    ['decode', '--chain', 'ton', '--input', file, ...flags],
    createContext({ environment: {}, stdout, stderr }),
  );
  const lines = (stream: PassThrough): string[] =>
    (stream.read()?.toString() ?? '').split('\n').filter((line: string) => line !== '');
  return { code, events: lines(stdout).map((line) => JSON.parse(line)), errors: lines(stderr) };
}

const json = JSON.stringify;
const list = transactions.map(v3);
const bocs = transactions.map((transaction) => cellOf(transaction).toBoc());
const moved = [
  { token: master, account: aliceWallet, owner: alice, delta: '-50' },
  { token: master, account: bobWallet, owner: bob, delta: '50' },
];
const transfer = { kind: 'transfer', outcome: 'ok', from: alice, to: bob, amount: '50', movements: moved };

describe('decode reads', () => {
  test.each<[string, string | Buffer]>([
    ['a trace with interfaces', json({ trace: { trace_id: 'x' }, transactions: list, interfaces })],
    ['a trace with facts, over many lines', json({ trace_id: 'x', transactions: list, facts }, null, 2)],
    [
      'a /traces answer',
      json({
        traces: [{ trace_id: 'x', transactions: Object.fromEntries(list.map((one) => [one.hash, one])) }],
        facts,
      }),
    ],
    ['a /transactions answer', json({ transactions: list, facts })],
    ['transactions in an array, any order', json([{ facts }, ...[...list].reverse()])],
    ['one a line, gzipped', gzipSync([json({ facts }), ...list.map((one) => json(one))].join('\n'))],
    [
      'cells in base64, one a line',
      [json({ facts }), ...bocs.map((boc) => boc.toString('base64'))].join('\n'),
    ],
    ['cells in hex, one a line', [...bocs.map((boc) => boc.toString('hex')), json({ facts })].join('\n')],
    [
      'a toncenter v2 answer',
      json({
        ok: true,
        result: bocs.map((boc) => ({ '@type': 'raw.transaction', data: boc.toString('base64') })),
        facts,
      }),
    ],
  ])('%s', async (_, input) => {
    const { code, events, errors } = await decode(
      input,
      ...(json(input.toString()).includes('raw.transaction') ? ['--assume-verified'] : []),
    );
    expect(errors).toEqual([]);
    expect(events).toMatchObject([transfer]);
    expect(code).toBe(0);
  });

  test('an input without facts: nothing is believed, and said; --assume-verified believes the messages', async () => {
    const input = json({ transactions: list });
    const doubted = await decode(input);
    expect(doubted).toMatchObject({ code: 0, events: [] });
    expect(doubted.errors.join('\n')).toMatch(/not known offline to be a jetton wallet.*--assume-verified/);
    expect(await decode(input, '--assume-verified')).toMatchObject({
      code: 0,
      events: [transfer],
      errors: [],
    });
  });

  test('--why says which decoder matched, which nearly did and why, and where there was nothing to match', async () => {
    const { events, errors } = await decode(json({ transactions: list, facts }), '--why');
    expect(events).toMatchObject([transfer]);
    const told = errors.join('\n');
    expect(told).toContain(`matched ton-jetton: transfer of token ${master}`);
    expect(told).toContain('near scope: no contract and no message that a decoder reads');
    const followed = await decode(json({ transactions: list, facts }), '--why', '--followed');
    expect(followed.events).toEqual([]);
    expect(followed.errors.join('\n')).toContain(`near ton-jetton: jetton ${master} is not followed`);
    const forged = await decode(
      json({ transactions: list, facts: { jettonWallets: { [bobWallet]: null } } }),
      '--why',
    );
    expect(forged.errors.join('\n')).toContain(
      `near ton-jetton: ${bobWallet} is no jetton wallet that its master confirms`,
    );
  });

  test('--followed keeps to the network file', async () => {
    expect((await decode(json({ transactions: list, facts }), '--followed')).events).toEqual([]);
  });
});

describe('what another indexer says of a sale', () => {
  const [seller, buyer, sale, item, market] = ['seller', 'buyer', 'sale', 'item', 'market'].map((name) =>
    account(name),
  ) as [...[string, string, string, string, string]];
  const bought = (paid: bigint) =>
    trace([
      { account: buyer, sends: [{ to: sale, value: 110n }] },
      {
        account: sale,
        sends: [
          { to: seller, value: paid },
          { to: item, body: bodies.nftTransfer(buyer) },
        ],
      },
      { account: item },
    ]).map(v3);
  const says = (fields: object) => ({
    [sale]: {
      NftSale: {
        ...{ marketplace_address: market, nft_address: item, nft_owner_address: seller, full_price: 100 },
        // Of a v4 contract: thousandths of a percent.
        ...{
          marketplace_fee_address: market,
          marketplace_fee: 5000,
          royalty_address: null,
          royalty_amount: 1e30,
          ...fields,
        },
      },
    },
    [item]: {
      NftItem: {
        address: item,
        index: 1e70,
        collection_address: market,
        owner_address: buyer,
        content: { uri: null },
      },
    },
  });
  const decoded = async (paid: bigint, fields: object = {}) =>
    (await decode(json({ trace_id: 'x', transactions: bought(paid), interfaces: says(fields) }))).events;

  test('is believed where the seller got the price, or the code is known', async () => {
    const told = { kind: 'sale', from: seller, to: buyer, price: { amount: '100' }, marketplace: 'getgems' };
    expect(await decoded(90n)).toMatchObject([told]);
    expect(await decoded(1n, { code_hash: 'JCIfpXHlQuBVx3vt/b9SfHr0YM/cfzRMRQeHtM+h600=' })).toMatchObject([
      told,
    ]);
  });

  test('promise 6: a price that nobody got, or that was rounded, is no sale', async () => {
    expect(await decoded(1n)).toMatchObject([{ kind: 'transfer', to: buyer }]);
    expect(await decoded(1n, { full_price: 1e30 })).toMatchObject([{ kind: 'transfer', to: buyer }]);
  });
});

describe('decode refuses', () => {
  test.each<[string, string, RegExp]>([
    ['a field of the wrong form', json({ ...list[0], lt: 'soon' }), /lt: /],
    [
      'an address that is none',
      json({ transactions: list, facts: { items: { EQabc: null } } }),
      /facts.*TON address/,
    ],
    [
      'cells that are no transaction',
      beginCell().storeUint(1, 32).endCell().toBoc().toString('base64'),
      /no bag of cells with transactions/,
    ],
    ['another object', json({ hello: 1 }), /no transaction of toncenter v3/],
    ['text', 'hello world', /not JSON/],
    ['an error answer', json({ error: 'rate limit' }), /rate limit/],
  ])('%s, naming it', async (_, input, message) => {
    const { code, errors } = await decode(input);
    expect(errors.join('\n')).toMatch(message);
    expect(code).toBe(EXIT.data);
  });

  test('options of the other chain', async () => {
    expect(await decode(json(list[0]), '--slot', '5')).toMatchObject({ code: EXIT.usage });
  });
});
