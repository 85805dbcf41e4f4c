import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import bs58 from 'bs58';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { SPL_TOKEN } from '../../decoders/solana/spl-token/plain-events.js';
import { createContext } from '../../process/context.js';
import { EXIT } from '../../runtime/error-codes.js';
import { run } from '../program.js';
import { decodeCommand } from './decode.js';

const dir = mkdtempSync(join(tmpdir(), 'ndx-decode-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const WALLET = 'BbNM5cbxbfdHK1sSXjTLUeSyLgwReyZ4Ngb5AM1j7oRb';
const TO = 'C2mYxohfoMDo7hnkbeFiEcyAFrKUcefKoos3bAN84mis';
const SOURCE = 'BZjBYmMqJd5PWsgx23hLB8PjnmiivjdBvbzvv6swoFnK';
const DESTINATION = '7Px6RbD9YJvGFYNVJT1RDB2yCFEjzZxyES4Xq8e985sc';
const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const NFT = 'GrxR2qvkq8jaMtrJP1zbFnuQnewP28vYa2HWkVhWGtzB';

const balance = (accountIndex: number, owner: string, amount: string) => ({
  accountIndex,
  mint: NFT,
  owner,
  uiTokenAmount: { amount, decimals: 0 },
});
const transaction = (signature: string, err: unknown = null) => ({
  transaction: {
    signatures: [signature],
    message: {
      accountKeys: [WALLET, SOURCE, DESTINATION, TOKEN],
      header: { numRequiredSignatures: 1 },
      instructions: [
        { programIdIndex: 3, accounts: [1, 2, 0], data: bs58.encode([3, 1, 0, 0, 0, 0, 0, 0, 0]) },
      ],
    },
  },
  meta: {
    ...{ err, fee: 5000, preBalances: [], postBalances: [], logMessages: [] },
    preTokenBalances: [balance(1, WALLET, '1'), balance(2, TO, '0')],
    postTokenBalances: [balance(1, WALLET, '0'), balance(2, TO, '1')],
  },
});
const result = (signature: string) => ({ slot: 5, blockTime: 1_700_000_000, ...transaction(signature) });
const wrapped = (value: unknown) => ({ jsonrpc: '2.0', id: 1, result: value });
const block = {
  blockhash: 'a',
  previousBlockhash: 'b',
  parentSlot: 41,
  blockTime: null,
  transactions: [transaction('one'), transaction('two', 'x')],
};

async function decode(input: string | Buffer, ...flags: string[]) {
  const file = join(dir, 'input');
  writeFileSync(file, input);
  return start(['decode', '--chain', 'solana', '--input', file, ...flags]);
}

async function start(args: readonly string[]) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const code = await run(args, createContext({ environment: {}, stdout, stderr }));
  const events = lines(stdout).map((line) => JSON.parse(line));
  return { code, events, errors: lines(stderr) };
}

function lines(stream: PassThrough): string[] {
  return (stream.read()?.toString() ?? '').split('\n').filter((line: string) => line !== '');
}

const pretty = JSON.stringify(wrapped(result('a')), null, 2);
test.each<[string, string | Buffer, string[]]>([
  ['one result', JSON.stringify(result('a')), ['a']],
  ['one wrapped result over many lines', pretty, ['a']],
  ['a JSON array', JSON.stringify([result('a'), wrapped(result('b'))]), ['a', 'b']],
  ['a JSON array over many lines', JSON.stringify([result('a'), result('b')], null, 1), ['a', 'b']],
  [
    'one a line, wrapped or not',
    `${JSON.stringify(result('a'))}\n\n${JSON.stringify(wrapped(result('b')))}\n`,
    ['a', 'b'],
  ],
  ['gzip', gzipSync(pretty), ['a']],
])('decode reads %s', async (_, input, hashes) => {
  const { code, events, errors } = await decode(input);
  expect([code, errors]).toEqual([EXIT.ok, []]);
  expect(events.map((event) => event.transactionHash)).toEqual(hashes);
  expect(events[0]).toEqual({
    ...{
      chain: 'solana',
      block: 5,
      blockTime: 1_700_000_000,
      transactionHash: 'a',
      transactionIndex: 0,
      eventIndex: 0,
    },
    ...{ kind: 'transfer', outcome: 'ok', decoder: 'spl-token', decoderVersion: SPL_TOKEN.version },
    ...{ asset: { kind: 'nft', address: NFT }, from: WALLET, to: TO, amount: '1', decimals: 0 },
  });
});

test('a block takes its slot from --slot, else the one after its parent, and says so', async () => {
  const assumed = await decode(JSON.stringify(wrapped(block)));
  expect(assumed.events).toMatchObject([{ block: 42, transactionHash: 'one', outcome: 'ok' }]);
  expect(assumed.errors).toEqual([expect.stringContaining('42 is assumed')]);
  const told = await decode(JSON.stringify(block), '--slot', '77');
  expect([told.events[0].block, told.errors]).toEqual([77, []]);
});

test('--followed leaves out what the network file does not follow', async () => {
  const { code, events } = await decode(JSON.stringify(result('a')), '--followed');
  expect([code, events]).toEqual([EXIT.ok, []]);
});

test('what cannot be read is named, the rest is printed, and the exit code says so', async () => {
  const bad = { ...result('b'), meta: { fee: 'x' } };
  const { code, events, errors } = await decode(
    [result('a'), bad, wrapped(null), 7, result('c')].map((item) => JSON.stringify(item)).join('\n'),
  );
  expect(code).toBe(EXIT.data);
  expect(events.map((event) => event.transactionHash)).toEqual(['a', 'c']);
  expect(errors).toHaveLength(4);
  expect(errors[0]).toMatch(/^line 2: .*result\.meta\.fee/);
  expect(errors[1]).toMatch(/^line 3: the result is null/);
});

test.each<[string, string | Buffer, RegExp]>([
  ['nothing', '', /the input is empty/],
  ['HTML', '<html>\n<body></body></html>', /the input is not JSON/],
  ['a cut-off archive', gzipSync(pretty).subarray(0, 60), /the input cannot be read/],
])('%s is refused', async (_, input, message) => {
  const { code, errors } = await decode(input);
  expect(code).toBe(EXIT.data);
  expect(errors.join('\n')).toMatch(message);
});

test.each([
  ['a missing file', ['decode', '--chain', 'solana', '--input', '/does/not/exist'], EXIT.data],
  ['an unknown flag', ['decode', '--chain', 'solana', '--input', '-', '--nope'], EXIT.usage],
  ['an unknown chain', ['decode', '--chain', 'doge', '--input', '-'], EXIT.usage],
  [
    'flags that exclude each other',
    ['decode', '--chain', 'solana', '--input', '-', '--all', '--followed'],
    EXIT.usage,
  ],
])('%s ends with its documented code', async (_, args, code) => {
  const ended = await start(args);
  expect(ended.code).toBe(code);
  expect(ended.errors).toHaveLength(1);
});

test('- is standard input, in pieces of any size', async () => {
  const stdout = new PassThrough();
  const context = createContext({ environment: {}, stdout, stderr: new PassThrough() });
  const text = Buffer.from(`${JSON.stringify(result('a'))}\n${JSON.stringify(result('b'))}`);
  const pieces = Array.from({ length: Math.ceil(text.length / 7) }, (__, i) =>
    text.subarray(i * 7, i * 7 + 7),
  );
  const program = new Command().addCommand(decodeCommand(context, Readable.from(pieces)));
  await program.parseAsync(['decode', '--chain', 'solana', '--input', '-'], { from: 'user' });
  expect(lines(stdout)).toHaveLength(2);
});

test('--why says which decoder matched, and that nothing was ours where nothing was', async () => {
  const matched = await decode(JSON.stringify(result('a')), '--why');
  expect(matched.events).toHaveLength(1);
  expect(matched.errors).toContainEqual(
    expect.stringMatching(/^a: matched spl-token at instruction 0: transfer of nft /),
  );
  expect(matched.errors).toContainEqual(
    expect.stringMatching(/^a: near settlement at instruction|^a: matched/),
  );
  const strange = await decode(JSON.stringify(result('a')), '--why', '--followed');
  expect(strange.events).toEqual([]);
  expect(strange.errors).toContainEqual(expect.stringMatching(/^a: near scope /));
});
