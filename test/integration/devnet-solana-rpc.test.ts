/**
 * The devnet's Solana as clients see it: an unmodified web3.js Connection works against it, its errors are a
 * real node's, a kill loses no block that anyone saw, a fork takes confirmed blocks back, and every fault
 * switch does what it says.
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createMint,
  getAssociatedTokenAddressSync,
  getOrCreateAssociatedTokenAccount,
  mintTo,
  transfer,
} from '@solana/spl-token';
import {
  AddressLookupTableProgram,
  type Commitment,
  ComputeBudgetProgram,
  Connection,
  Keypair,
  PublicKey,
  SystemProgram,
  sendAndConfirmTransaction,
  Transaction,
  TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from '@solana/web3.js';
import bs58 from 'bs58';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createSolanaChain } from '../../devnet/solana/chain/chain.js';
import { createSigner } from '../../devnet/solana/chain/sign.js';
import type { ChainOptions } from '../../devnet/solana/chain/types.js';
import { type SolanaDevnet, startSolanaDevnet } from '../../devnet/solana/server.js';
import { eventually } from '../support/eventually.js';

const roots: string[] = [];
function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'ndx-devnet-'));
  roots.push(dir);
  return dir;
}

function options(dir: string, change: Partial<ChainOptions> = {}): ChainOptions {
  const genesis = { programs: [], accounts: [], accountsFunded: [] };
  return {
    dir,
    seed: 'rpc-test',
    slotMilliseconds: 40,
    skipEvery: 6,
    confirmedAfter: 2,
    finalizedAfter: 8,
    genesis,
    ...change,
  };
}

async function start(
  change: Partial<ChainOptions> = {},
  endpoint: { apiKey?: string } = {},
): Promise<SolanaDevnet> {
  return startSolanaDevnet({ ...options(newDir(), change), host: '127.0.0.1', port: 0, ...endpoint });
}

interface RpcAnswer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  readonly id?: unknown;
}

async function post(url: string, body: string, signal?: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    ...(signal ? { signal } : {}),
  });
}

async function rpc(url: string, method: string, ...params: unknown[]): Promise<RpcAnswer> {
  return (await (
    await post(url, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  ).json()) as RpcAnswer;
}

async function admin(
  url: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}/admin/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

/** What is looked for, once it is there. */
function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  return eventually(async () => (await look()) || false, { what }) as Promise<NonNullable<T>>;
}

/** web3.js reads version 1 messages and does not write them: SIMD-0385 by hand. */
function version1(payer: Keypair, instructions: TransactionInstruction[], blockhash: string): Buffer {
  const compiled = new TransactionMessage({
    payerKey: payer.publicKey,
    recentBlockhash: blockhash,
    instructions,
  }).compileToV0Message();
  const { header, staticAccountKeys, compiledInstructions } = compiled;
  const config = Buffer.alloc(4 + 4);
  config.writeUInt32LE(200_000, 0);
  config.writeUInt32LE(1_000_000, 4);
  const message = Buffer.concat([
    Uint8Array.of(
      0x81,
      header.numRequiredSignatures,
      header.numReadonlySignedAccounts,
      header.numReadonlyUnsignedAccounts,
    ),
    Uint8Array.of(0b1100, 0, 0, 0),
    bs58.decode(blockhash),
    Uint8Array.of(compiledInstructions.length, staticAccountKeys.length),
    ...staticAccountKeys.map((key) => key.toBytes()),
    config,
    ...compiledInstructions.map((i) =>
      Uint8Array.of(i.programIdIndex, i.accountKeyIndexes.length, i.data.length & 255, i.data.length >> 8),
    ),
    ...compiledInstructions.flatMap((i) => [Uint8Array.from(i.accountKeyIndexes), i.data]),
  ]);
  return Buffer.concat([message, createSigner(payer)(message)]);
}

const MEMO = new PublicKey('MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr');
const memo = (text: string) =>
  new TransactionInstruction({ programId: MEMO, keys: [], data: Buffer.from(text) });
const pay = (from: Keypair, to: PublicKey, lamports: number) =>
  SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports });

async function confirm(
  connection: Connection,
  signature: string,
  commitment: Commitment = 'confirmed',
): Promise<void> {
  const latest = await connection.getLatestBlockhash('confirmed');
  const outcome = await connection.confirmTransaction({ signature, ...latest }, commitment);
  expect(outcome.value.err).toBeNull();
}

async function fund(connection: Connection, sol = 10): Promise<Keypair> {
  const key = Keypair.generate();
  await confirm(connection, await connection.requestAirdrop(key.publicKey, sol * 1e9));
  return key;
}

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

describe('an unmodified web3.js Connection', () => {
  let devnet: SolanaDevnet;
  let connection: Connection;
  let alice: Keypair;
  beforeAll(async () => {
    devnet = await start();
    connection = new Connection(devnet.url, 'confirmed');
    alice = await fund(connection);
  });
  afterAll(() => devnet.close());

  test('airdrop, send, confirm, getTransaction, getSignaturesForAddress', async () => {
    const alice = await fund(connection);
    const bob = Keypair.generate().publicKey;
    expect(await connection.getBalance(alice.publicKey)).toBe(10e9);
    const transaction = new Transaction().add(pay(alice, bob, 3_000_000), memo('hello'));
    const signature = await sendAndConfirmTransaction(connection, transaction, [alice]);
    expect(await connection.getBalance(bob)).toBe(3_000_000);

    const read = await connection.getTransaction(signature, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    });
    expect(read).toMatchObject({ version: 'legacy', meta: { err: null, fee: 5000, innerInstructions: [] } });
    expect(read?.meta?.logMessages?.some((line) => line.includes('hello'))).toBe(true);
    const parsed = await connection.getParsedTransaction(signature, { commitment: 'confirmed' });
    expect(parsed?.transaction.message.instructions).toMatchObject([
      {
        program: 'system',
        parsed: {
          type: 'transfer',
          info: { source: alice.publicKey.toBase58(), destination: bob.toBase58(), lamports: 3_000_000 },
        },
      },
      { program: 'spl-memo', parsed: 'hello' },
    ]);

    const history = await connection.getSignaturesForAddress(alice.publicKey, {}, 'confirmed');
    expect(history[0]).toMatchObject({ signature, err: null, memo: '[5] hello' });
    expect(history).toHaveLength(2);
    const [newest, oldest] = history;
    expect(
      await connection.getSignaturesForAddress(
        alice.publicKey,
        { before: newest?.signature ?? '' },
        'confirmed',
      ),
    ).toEqual([oldest]);
    expect(
      await connection.getSignaturesForAddress(
        alice.publicKey,
        { until: oldest?.signature ?? '' },
        'confirmed',
      ),
    ).toEqual([newest]);
    expect(await connection.getSignaturesForAddress(alice.publicKey, { limit: 1 }, 'confirmed')).toEqual([
      newest,
    ]);
    await confirm(connection, signature, 'finalized');
    const status = await connection.getSignatureStatus(signature);
    expect(status.value).toMatchObject({ confirmationStatus: 'finalized', confirmations: null, err: null });
  });

  test('blocks of consecutive slots link to their parents, and skipped slots say so', async () => {
    await until(
      'a skipped slot among the finalized ones',
      async () => (await connection.getSlot('finalized')) > 30,
    );
    const last = await connection.getSlot('finalized');
    const slots = await connection.getBlocks(0, last, 'finalized');
    expect(slots.length).toBeLessThan(last + 1);
    let parent: { slot: number; hash: string } | null = null;
    for (const slot of slots) {
      const block = await connection.getBlock(slot, { maxSupportedTransactionVersion: 1, rewards: true });
      if (parent !== null)
        expect(block).toMatchObject({ parentSlot: parent.slot, previousBlockhash: parent.hash });
      parent = { slot, hash: block?.blockhash ?? '' };
    }
    const skipped =
      Array.from({ length: last }, (_, slot) => slot).find((slot) => !slots.includes(slot)) ?? -1;
    expect((await rpc(devnet.url, 'getBlock', skipped)).error?.code).toBe(-32007);
    expect((await rpc(devnet.url, 'getBlock', last + 10_000)).error?.code).toBe(-32004);
    expect((await rpc(devnet.url, 'getBlock', last, { commitment: 'processed' })).error?.code).toBe(-32602);
    expect(await connection.getBlockTime(last)).toBeGreaterThan(1_600_000_000);
    expect((await rpc(devnet.url, 'getBlocksWithLimit', 0, 3)).result).toEqual(slots.slice(0, 3));
  });

  test('versions legacy, 0 with a lookup table and 1 in one block range; too low a version fails the whole getBlock with -32015', async () => {
    const bob = Keypair.generate().publicKey;
    const recentSlot = await connection.getSlot('finalized');
    const [create, table] = AddressLookupTableProgram.createLookupTable({
      authority: alice.publicKey,
      payer: alice.publicKey,
      recentSlot,
    });
    const extend = AddressLookupTableProgram.extendLookupTable({
      lookupTable: table,
      authority: alice.publicKey,
      payer: alice.publicKey,
      addresses: [bob],
    });
    await sendAndConfirmTransaction(connection, new Transaction().add(create, extend), [alice]);
    const lookup = await until(
      'the lookup table',
      async () => (await connection.getAddressLookupTable(table)).value,
    );
    const { blockhash } = await connection.getLatestBlockhash();
    const message = new TransactionMessage({
      payerKey: alice.publicKey,
      recentBlockhash: blockhash,
      instructions: [pay(alice, bob, 2_000_000)],
    });
    const v0 = new VersionedTransaction(message.compileToV0Message([lookup]));
    v0.sign([alice]);
    const signature0 = await connection.sendTransaction(v0);
    await confirm(connection, signature0);
    const signature1 = await connection.sendRawTransaction(
      version1(alice, [pay(alice, bob, 4_000_000)], blockhash),
    );
    await confirm(connection, signature1);
    expect(await connection.getBalance(bob)).toBe(6_000_000);

    const read0 = await connection.getTransaction(signature0, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 1,
    });
    expect(read0?.version).toBe(0);
    expect(read0?.meta?.loadedAddresses?.writable.map(String)).toEqual([bob.toBase58()]);
    const read1 = await connection.getTransaction(signature1, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 1,
    });
    expect(read1).toMatchObject({
      version: 1,
      transaction: { message: { transactionConfig: { computeUnitLimit: 200_000, priorityFee: null } } },
    });

    const slot = read1?.slot ?? -1;
    const low = await rpc(devnet.url, 'getBlock', slot, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    });
    expect(low.error).toMatchObject({
      code: -32015,
      message: expect.stringContaining('"maxSupportedTransactionVersion": 1'),
    });
    for (const encoding of ['json', 'jsonParsed', 'base64']) {
      for (const transactionDetails of ['full', 'accounts', 'signatures', 'none']) {
        const { result } = await rpc(devnet.url, 'getBlock', slot, {
          commitment: 'confirmed',
          maxSupportedTransactionVersion: 1,
          encoding,
          transactionDetails,
        });
        const block = result as { transactions?: unknown[]; signatures?: string[]; rewards: unknown[] };
        expect(block.rewards).toHaveLength(1);
        if (transactionDetails === 'signatures') expect(block.signatures).toContain(signature1);
        else if (transactionDetails === 'none') expect(block.transactions).toBeUndefined();
        else expect(block.transactions).toHaveLength(1);
      }
    }
    const block = await connection.getBlock(slot, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 1,
    });
    expect(block?.transactions[0]?.transaction.message.version).toBe(1);
    const parsedBlock = await connection.getParsedBlock(slot, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 1,
    });
    expect(parsedBlock.transactions[0]?.transaction).toMatchObject({
      message: { instructions: [{ program: 'system', parsed: { type: 'transfer' } }] },
    });
    const slot0 = read0?.slot ?? -1;
    const annotated = await connection.getBlock(slot0, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
      transactionDetails: 'accounts',
    });
    expect(annotated?.transactions[0]?.transaction).toMatchObject({
      accountKeys: expect.arrayContaining([
        { pubkey: bob, signer: false, writable: true, source: 'lookupTable' },
      ]),
    });
    expect((await connection.getBlockSignatures(slot, 'confirmed')).signatures).toEqual([signature1]);
    const base64 = await rpc(devnet.url, 'getTransaction', signature1, {
      encoding: 'base64',
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 1,
    });
    const [bytes = ''] = (base64.result as { transaction: string[] }).transaction;
    expect(VersionedTransaction.deserialize(Buffer.from(bytes, 'base64')).message.version).toBe(1);
  });

  test('a failed transaction lands, pays its fee (priority included) and moves nothing', async () => {
    const poor = await fund(connection, 1);
    const to = Keypair.generate().publicKey;
    const { blockhash } = await connection.getLatestBlockhash();
    const transaction = new Transaction({ feePayer: poor.publicKey, recentBlockhash: blockhash }).add(
      ComputeBudgetProgram.setComputeUnitLimit({ units: 10_000 }),
      ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 1_000_000 }),
      pay(poor, to, 5e9),
    );
    transaction.sign(poor);
    await expect(connection.sendRawTransaction(transaction.serialize())).rejects.toThrow(
      /custom program error: 0x1[\s\S]*insufficient lamports/,
    );
    const signature = await connection.sendRawTransaction(transaction.serialize(), { skipPreflight: true });
    const status = await until(
      'the failure',
      async () => (await connection.getSignatureStatus(signature)).value,
    );
    expect(status.err).toEqual({ InstructionError: [2, { Custom: 1 }] });
    const read = await until('the transaction', () =>
      connection.getTransaction(signature, { commitment: 'confirmed', maxSupportedTransactionVersion: 0 }),
    );
    expect(read.meta).toMatchObject({
      fee: 15_000,
      preBalances: [1e9, 0, 1, 1],
      postBalances: [1e9 - 15_000, 0, 1, 1],
    });
    expect(await connection.getFeeForMessage(transaction.compileMessage(), 'confirmed')).toMatchObject({
      value: 15_000,
    });
  });

  test('wrong signature, unknown blockhash and a repeated transaction are refused as a node refuses them', async () => {
    const to = Keypair.generate().publicKey;
    const { blockhash } = await connection.getLatestBlockhash();
    const signed = (hash: string) => {
      const transaction = new Transaction({ feePayer: alice.publicKey, recentBlockhash: hash }).add(
        pay(alice, to, 1_000_000),
      );
      transaction.sign(alice);
      return transaction.serialize();
    };
    const bad = Buffer.from(signed(blockhash));
    bad[5] = (bad[5] ?? 0) ^ 1;
    const send = (bytes: Buffer) =>
      rpc(devnet.url, 'sendTransaction', bytes.toString('base64'), {
        encoding: 'base64',
        preflightCommitment: 'confirmed',
      });
    expect((await send(bad)).error?.code).toBe(-32003);
    expect((await send(Buffer.from([1, 2, 3]))).error?.code).toBe(-32602);
    expect((await send(signed(Keypair.generate().publicKey.toBase58()))).error).toMatchObject({
      code: -32002,
      message: 'Transaction simulation failed: Blockhash not found',
      data: { err: 'BlockhashNotFound', logs: [] },
    });
    await confirm(
      connection,
      bs58.encode(signed(blockhash).subarray(1, 65)).length > 0
        ? String((await send(signed(blockhash))).result)
        : '',
    );
    expect((await send(signed(blockhash))).error).toMatchObject({
      code: -32002,
      data: { err: 'AlreadyProcessed' },
    });
    const simulated = await connection.simulateTransaction(
      VersionedTransaction.deserialize(signed(blockhash)),
      {
        replaceRecentBlockhash: true,
      },
    );
    expect(simulated.value.err).toBeNull();
    expect(simulated.value.unitsConsumed).toBeGreaterThan(0);
    await expect(devnet.chain.submit(bad)).rejects.toThrow(/Signature failure/);
  });

  test('SPL mint and transfer through spl-token: token balances carry owner and program, before and after', async () => {
    const bob = Keypair.generate();
    const mint = await createMint(connection, alice, alice.publicKey, null, 6);
    const from = await getOrCreateAssociatedTokenAccount(connection, alice, mint, alice.publicKey);
    const to = await getOrCreateAssociatedTokenAccount(connection, alice, mint, bob.publicKey);
    await mintTo(connection, alice, mint, from.address, alice, 5_000_000n);
    const signature = await transfer(connection, alice, from.address, to.address, alice, 1_500_000n);
    const read = await connection.getTransaction(signature, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    });
    const balance = (address: PublicKey, list: 'preTokenBalances' | 'postTokenBalances') => {
      const index = read?.transaction.message.staticAccountKeys.findIndex((key) => key.equals(address));
      return read?.meta?.[list]?.find((entry) => entry.accountIndex === index);
    };
    const programId = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
    expect(balance(from.address, 'preTokenBalances')).toMatchObject({
      owner: alice.publicKey.toBase58(),
      programId,
      mint: mint.toBase58(),
      uiTokenAmount: { amount: '5000000', decimals: 6, uiAmountString: '5' },
    });
    expect(balance(to.address, 'preTokenBalances')).toMatchObject({
      uiTokenAmount: { amount: '0', uiAmount: null },
    });
    expect(balance(to.address, 'postTokenBalances')).toMatchObject({
      owner: bob.publicKey.toBase58(),
      uiTokenAmount: { amount: '1500000', uiAmountString: '1.5' },
    });
    const parsed = await connection.getParsedTransaction(signature, { commitment: 'confirmed' });
    expect(parsed?.transaction.message.instructions[0]).toMatchObject({
      program: 'spl-token',
      parsed: { type: 'transfer', info: { amount: '1500000', authority: alice.publicKey.toBase58() } },
    });

    const ataSignature =
      (await connection.getSignaturesForAddress(to.address, {}, 'confirmed')).at(-1)?.signature ?? '';
    const created = await connection.getTransaction(ataSignature, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    });
    expect(created?.meta?.innerInstructions?.[0]?.instructions.length).toBeGreaterThan(2);
    expect(created?.meta?.innerInstructions?.[0]?.instructions[0]).toMatchObject({ stackHeight: 2 });
    const raw = await rpc(devnet.url, 'getTransaction', ataSignature, {
      encoding: 'jsonParsed',
      commitment: 'confirmed',
    });
    expect(raw.result).toMatchObject({
      meta: {
        innerInstructions: [
          {
            index: 0,
            instructions: expect.arrayContaining([
              expect.objectContaining({
                program: 'spl-token',
                parsed: expect.objectContaining({ type: 'initializeAccount3' }),
              }),
            ]),
          },
        ],
      },
    });

    expect((await connection.getTokenAccountBalance(to.address)).value.amount).toBe('1500000');
    expect((await connection.getTokenSupply(mint)).value.amount).toBe('5000000');
    const owned = await connection.getParsedTokenAccountsByOwner(bob.publicKey, { mint });
    expect(owned.value[0]?.account.data.parsed.info.tokenAmount.amount).toBe('1500000');
    expect(owned.value[0]?.pubkey.equals(getAssociatedTokenAddressSync(mint, bob.publicKey))).toBe(true);
    const accounts = await connection.getProgramAccounts(new PublicKey(programId), {
      filters: [{ dataSize: 165 }, { memcmp: { offset: 0, bytes: mint.toBase58() } }],
    });
    expect(accounts).toHaveLength(2);
  });

  test('websocket: slots, logs by mention, accounts and signatures arrive', async () => {
    const bob = Keypair.generate().publicKey;
    const slots: number[] = [];
    const logs: string[] = [];
    const balances: number[] = [];
    const roots: number[] = [];
    const ids = [
      connection.onSlotChange(({ slot }) => slots.push(slot)),
      connection.onLogs(bob, ({ signature, err }) => err === null && logs.push(signature), 'confirmed'),
      connection.onAccountChange(bob, ({ lamports }) => balances.push(lamports), { commitment: 'confirmed' }),
      connection.onRootChange((root) => roots.push(root)),
    ] as const;
    await until('slots', () => slots.length > 2 && roots.length > 2);
    const signature = await connection.sendTransaction(new Transaction().add(pay(alice, bob, 7_000_000)), [
      alice,
    ]);
    await until('the log', () => logs.length > 0);
    await until('the balance', () => balances.length > 0);
    expect(logs).toEqual([signature]);
    expect(balances).toEqual([7_000_000]);
    expect([...slots].sort((a, b) => a - b)).toEqual(slots);
    await connection.removeSlotChangeListener(ids[0]);
    await connection.removeOnLogsListener(ids[1]);
    await connection.removeAccountChangeListener(ids[2]);
    await connection.removeRootChangeListener(ids[3]);
  });

  test('JSON-RPC: batches, unknown methods, bad JSON, bad parameters, minContextSlot, pruned blocks', async () => {
    const batch = await post(
      devnet.url,
      '[{"jsonrpc":"2.0","id":7,"method":"getHealth"},{"jsonrpc":"2.0","id":8,"method":"nonsense"}]',
    );
    expect(await batch.json()).toMatchObject([
      { id: 7, result: 'ok' },
      { id: 8, error: { code: -32601 } },
    ]);
    expect(await (await post(devnet.url, '{"jsonrpc":')).json()).toMatchObject({ error: { code: -32700 } });
    expect(await (await post(devnet.url, '{"id":1}')).json()).toMatchObject({ error: { code: -32600 } });
    expect((await rpc(devnet.url, 'getBalance', 'abc')).error?.code).toBe(-32602);
    expect((await rpc(devnet.url, 'getSlot', { minContextSlot: 1e9 })).error).toMatchObject({
      code: -32016,
      data: { contextSlot: expect.any(Number) },
    });
    await admin(devnet.url, 'POST', 'first-available', { slot: 5 });
    expect((await rpc(devnet.url, 'getBlock', 4)).error?.code).toBe(-32001);
    expect((await rpc(devnet.url, 'getFirstAvailableBlock')).result).toBe(5);
    await admin(devnet.url, 'POST', 'first-available', { slot: 0 });
    const before = (await connection.getEpochInfo()).transactionCount ?? 0;
    await fund(connection);
    const epoch = await connection.getEpochInfo();
    expect(epoch.transactionCount).toBeGreaterThan(before);
    expect(await connection.getMinimumBalanceForRentExemption(165)).toBe(2_039_280);
    expect(await connection.getGenesisHash()).toBe(devnet.chain.genesisHash);
    const { blockhash } = await connection.getLatestBlockhash('finalized');
    expect((await connection.isBlockhashValid(blockhash)).value).toBe(true);
  });
});

/** The descriptor under which this process holds a file open. */
function openDescriptor(path: string): number {
  for (const name of readdirSync('/proc/self/fd')) {
    const link = `/proc/self/fd/${name}`;
    if (existsSync(link) && readlinkSync(link) === path) return Number(name);
  }
  throw new Error(`${path} is not open`);
}

describe('restart and forks', () => {
  test('invariant 3: a killed process comes back with every block that was visible, unchanged, also behind a torn last record', async () => {
    const dir = newDir();
    const script = `
      import { startSolanaDevnet } from ${JSON.stringify(join(process.cwd(), 'devnet/solana/server.ts'))};
      const genesis = { programs: [], accounts: [], accountsFunded: [] };
      const devnet = await startSolanaDevnet({ dir: ${JSON.stringify(dir)}, seed: 'rpc-test', slotMilliseconds: 40, skipEvery: 6, confirmedAfter: 2, finalizedAfter: 8, genesis, host: '127.0.0.1', port: 0 });
      process.stdout.write(devnet.url + '\\n');
      for (let n = 1n; ; n++) await devnet.chain.airdrop('9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin', 1000000n + n);
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data: Buffer) => resolve(data.toString().trim())),
    );
    const seen = new Map<number, string>();
    await until('forty blocks', async () => {
      const answer = await rpc(url, 'getSlot', { commitment: 'confirmed' });
      const slot = answer.result as number;
      const block = await rpc(url, 'getBlock', slot, { commitment: 'confirmed' });
      if (block.result !== undefined) seen.set(slot, JSON.stringify(block.result));
      return slot > 48;
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;

    const journal = join(dir, 'journal.bin');
    const whole = statSync(journal).size;
    // The start of a block record of which nothing but its lengths was written.
    const torn = Buffer.alloc(300);
    torn.set(Buffer.from(Uint32Array.of(0x4e44584a, 1, 4_000, 400, 4_000).buffer));
    appendFileSync(journal, torn);
    const devnet = await startSolanaDevnet({
      ...options(dir, { slotMilliseconds: 100_000 }),
      host: '127.0.0.1',
      port: 0,
    });
    expect(statSync(journal).size).toBeLessThanOrEqual(whole);
    for (const [slot, text] of seen) {
      expect(
        JSON.stringify((await rpc(devnet.url, 'getBlock', slot, { commitment: 'confirmed' })).result),
      ).toBe(text);
    }
    const tip = devnet.chain.slot();
    expect(tip).toBeGreaterThanOrEqual(Math.max(...seen.keys()));
    const before = devnet.chain.account('9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin')?.lamports ?? 0n;
    const airdrop = devnet.chain.airdrop('9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin', 5n);
    await devnet.chain.advance(1);
    expect((await airdrop).slot).toBeGreaterThan(tip);
    expect(devnet.chain.account('9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin')?.lamports).toBe(before + 5n);
    await devnet.close();
  });

  test('a journal cut at any byte of its last record opens with the block before', async () => {
    const dir = newDir();
    const chain = createSolanaChain(options(dir));
    const journal = join(dir, 'journal.bin');
    const to = Keypair.generate().publicKey.toBase58();
    const sizes = [statSync(journal).size];
    for (const lamports of [1_000_000n, 2_000_000n]) {
      const landed = chain.airdrop(to, lamports);
      await chain.advance(1);
      await landed;
      sizes.push(statSync(journal).size);
    }
    await chain.stop();
    const [, first = 0, second = 0] = sizes;
    for (const cut of [first + 1, first + 23, first + 24, Math.floor((first + second) / 2), second - 1]) {
      const copy = newDir();
      mkdirSync(copy, { recursive: true });
      copyFileSync(journal, join(copy, 'journal.bin'));
      truncateSync(join(copy, 'journal.bin'), cut);
      const again = createSolanaChain(options(copy));
      expect(again.account(to)?.lamports).toBe(1_000_000n);
      expect(statSync(join(copy, 'journal.bin')).size).toBe(first);
      await again.stop();
    }
  });

  test('a chain that cannot write its journal stops and says so', async () => {
    const dir = newDir();
    const chain = createSolanaChain(options(dir));
    const airdrop = chain.airdrop(Keypair.generate().publicKey.toBase58(), 1_000_000n);
    const outcome = expect(airdrop).rejects.toThrow(/could not write its journal/);
    const tip = chain.slot();
    // The file is closed under it: every write fails from here on.
    closeSync(openDescriptor(join(dir, 'journal.bin')));
    await expect(chain.advance(1)).rejects.toThrow(/could not write its journal/);
    await outcome;
    expect(chain.slot()).toBe(tip);
    await expect(chain.advance(1)).rejects.toThrow(/stopped/);
  });

  test('another genesis is refused with a clear error', async () => {
    const dir = newDir();
    await createSolanaChain(options(dir)).stop();
    expect(() => createSolanaChain(options(dir, { seed: 'other' }))).toThrow(
      /use another folder or remove it/,
    );
  });

  test('invariant 5: a fork drops confirmed blocks exactly, never finalized ones; half lands again; a restart agrees', async () => {
    const dir = newDir();
    const chain = createSolanaChain(options(dir, { skipEvery: 0 }));
    const abandonedEvents: string[] = [];
    chain.onAbandoned((signature) => abandonedEvents.push(signature));
    const settled = Keypair.generate().publicKey.toBase58();
    const early = chain.airdrop(settled, 1_000_000n);
    await chain.advance(1);
    await early;
    const before = chain.account(settled);
    await chain.advance(3);
    const forkPoint = chain.slot();

    const receivers = Array.from({ length: 24 }, () => Keypair.generate().publicKey.toBase58());
    const landed: { signature: string; slot: number }[] = [];
    for (let block = 0; block < 4; block++) {
      const airdrops = receivers.slice(block * 6, block * 6 + 6).map((to) => chain.airdrop(to, 1_000_000n));
      airdrops.push(chain.airdrop(settled, 10n));
      await chain.advance(1);
      landed.push(...(await Promise.all(airdrops)));
    }
    const dropSlots = [...new Set(landed.map(({ slot }) => slot))];
    expect(chain.ledger.head('confirmed').slot).toBeGreaterThan(forkPoint);
    const oldHash = chain.ledger.block(dropSlots[0] ?? -1)?.hash;

    const result = await chain.fork({ depth: 4, reland: true });
    expect(result.droppedSlots).toEqual(dropSlots);
    expect([...abandonedEvents].sort()).toEqual(landed.map(({ signature }) => signature).sort());
    expect(chain.slot()).toBe(forkPoint);
    expect(chain.account(settled)).toEqual(before);
    expect(receivers.every((to) => chain.account(to) === null)).toBe(true);
    expect(landed.every(({ signature }) => chain.status(signature) === null)).toBe(true);

    await chain.advance(2);
    expect(result.requeued.length).toBeGreaterThan(0);
    expect(result.requeued.length).toBeLessThan(landed.length);
    for (const { signature, slot } of landed) {
      const now = chain.status(signature);
      if (result.requeued.includes(signature)) expect(now?.slot).toBeGreaterThan(slot);
      else expect(now).toBeNull();
    }
    expect(dropSlots.every((slot) => chain.ledger.block(slot) === null)).toBe(true);
    expect(chain.ledger.block(chain.slot())?.hash).not.toBe(oldHash);

    const state = (of: typeof chain) => ({
      tip: of.ledger.tip(),
      finalized: of.finalizedSlot(),
      accounts: [settled, ...receivers].map((address) => of.account(address)?.lamports ?? null),
      statuses: landed.map(({ signature }) => of.status(signature)),
      past: [settled, ...receivers].map(
        (address) => of.state.accountAt(address, of.ledger.finalizedHeight())?.lamports ?? null,
      ),
    });
    const kept = state(chain);
    const again = createSolanaChain(options(dir, { skipEvery: 0 }));
    expect(state(again)).toEqual(kept);

    const deep = await again.fork({ depth: 1_000, reland: false });
    expect(deep.droppedSlots.length).toBe(kept.tip.height - chain.ledger.finalizedHeight());
    expect(again.finalizedSlot()).toBe(kept.finalized);
    expect(again.slot()).toBe(kept.finalized);
    await again.stop();
    await chain.stop();
  });

  test('over HTTP: accounts are read at their commitment, and a fork takes a confirmed transaction back', async () => {
    const devnet = await start({ slotMilliseconds: 100_000, skipEvery: 0 });
    const connection = new Connection(devnet.url, 'confirmed');
    const to = Keypair.generate().publicKey;
    const signature = await connection.requestAirdrop(to, 9_000_000);
    await admin(devnet.url, 'POST', 'advance', { blocks: 1 });
    const balances = async () =>
      Promise.all(
        (['processed', 'confirmed', 'finalized'] as const).map((commitment) =>
          connection.getBalance(to, commitment),
        ),
      );
    expect(await balances()).toEqual([9_000_000, 0, 0]);
    expect(
      await connection.getTransaction(signature, {
        commitment: 'confirmed',
        maxSupportedTransactionVersion: 0,
      }),
    ).toBeNull();
    await admin(devnet.url, 'POST', 'advance', { blocks: 2 });
    expect(await balances()).toEqual([9_000_000, 9_000_000, 0]);
    const landedIn =
      (
        await connection.getTransaction(signature, {
          commitment: 'confirmed',
          maxSupportedTransactionVersion: 0,
        })
      )?.slot ?? -1;

    const fork = await admin(devnet.url, 'POST', 'fork', { depth: 3 });
    expect(fork.body).toMatchObject({ abandoned: [signature], requeued: [] });
    await admin(devnet.url, 'POST', 'advance', { blocks: 4 });
    expect(await balances()).toEqual([0, 0, 0]);
    expect((await connection.getSignatureStatus(signature)).value).toBeNull();
    expect((await rpc(devnet.url, 'getBlock', landedIn, { commitment: 'confirmed' })).error?.code).toBe(
      -32007,
    );
    await devnet.close();
  });
});

describe('fault switches', () => {
  let devnet: SolanaDevnet;
  beforeAll(async () => {
    devnet = await start({ skipEvery: 0 });
  });
  afterAll(() => devnet.close());
  const fault = (spec: object) => admin(devnet.url, 'POST', 'faults', spec);
  const ask = (method = 'getSlot', signal?: AbortSignal) =>
    post(devnet.url, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [] }), signal);

  test.each([
    ['429', 429],
    ['500', 500],
    ['503', 503],
  ])('%s: answered as often as asked, then well again', async (kind, status) => {
    await fault({ kind, count: 2, ...(kind === '429' ? { retryAfter: 3 } : {}) });
    const first = await ask();
    expect(first.status).toBe(status);
    if (kind === '429') expect(first.headers.get('retry-after')).toBe('3');
    expect((await ask()).status).toBe(status);
    expect((await ask()).status).toBe(200);
  });

  test('stall: no answer, only for the methods named, until cleared', async () => {
    await fault({ kind: 'stall', methods: ['getBlock'] });
    expect((await ask('getSlot')).status).toBe(200);
    await expect(ask('getBlock', AbortSignal.timeout(300))).rejects.toThrow(/timeout/i);
    const waiting = ask('getBlock').then(
      () => 'answered',
      () => 'cut',
    );
    await until('the stall to have struck', async () =>
      JSON.stringify((await admin(devnet.url, 'GET', 'faults')).body).includes('"struck":2'),
    );
    await admin(devnet.url, 'DELETE', 'faults');
    expect(await waiting).toBe('cut');
    expect((await ask('getSlot')).status).toBe(200);
  });

  test('cut: the body ends early', async () => {
    await fault({ kind: 'cut', count: 1 });
    const response = await ask();
    await expect(response.text()).rejects.toThrow();
  });

  test('wrong-json and html: readable, and not an answer', async () => {
    await fault({ kind: 'wrong-json', count: 1 });
    expect(await (await ask()).json()).toMatchObject({ result: { unexpected: [true] } });
    await fault({ kind: 'html', count: 1 });
    const response = await ask();
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await response.text()).toContain('<html>');
  });

  test('probability: seeded, so that the same seed strikes the same requests', async () => {
    const strikes = async (seed: string) => {
      await fault({ kind: '500', probability: 0.5, seed, forMilliseconds: 60_000 });
      const statuses: number[] = [];
      for (let n = 0; n < 20; n++) statuses.push((await ask()).status);
      await admin(devnet.url, 'DELETE', 'faults');
      return statuses;
    };
    const first = await strikes('p');
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await strikes('p')).toEqual(first);
    expect(await strikes('q')).not.toEqual(first);
  });

  test('lag: this endpoint is behind and says so, another over the same chain is not', async () => {
    const other = await devnet.addEndpoint({ port: 0 });
    await until('a longer chain', () => devnet.chain.slot() > 25);
    await fault({ kind: 'lag', slots: 12 });
    expect((await rpc(devnet.url, 'getHealth')).error).toMatchObject({
      code: -32005,
      data: { numSlotsBehind: 12 },
    });
    expect((await rpc(other.url, 'getHealth')).result).toBe('ok');
    const tip = (await rpc(other.url, 'getSlot', { commitment: 'confirmed' })).result as number;
    expect((await rpc(devnet.url, 'getSlot', { commitment: 'processed' })).result).toBeLessThan(tip);
    expect((await rpc(devnet.url, 'getBlock', tip, { commitment: 'confirmed' })).error?.code).toBe(-32004);
    expect((await rpc(other.url, 'getBlock', tip, { commitment: 'confirmed' })).result).toBeDefined();
    await admin(devnet.url, 'DELETE', 'faults');
    await other.close();
  });

  test('missing-block: one endpoint claims that a block was skipped', async () => {
    const slot = devnet.chain.finalizedSlot();
    await fault({ kind: 'missing-block', slot, code: -32009 });
    expect((await rpc(devnet.url, 'getBlock', slot)).error?.code).toBe(-32009);
    expect((await rpc(devnet.url, 'getBlocks', slot - 1, slot)).result).toEqual([slot - 1]);
    await admin(devnet.url, 'DELETE', 'faults');
    expect((await rpc(devnet.url, 'getBlock', slot)).result).toBeDefined();
  });

  test('silent-websocket: accepted, then nothing; drop-websocket: cut', async () => {
    await fault({ kind: 'silent-websocket' });
    const socket = new WebSocket(devnet.wsUrl);
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(data.toString()));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send('{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}');
    const pong = new Promise((resolve) => socket.once('pong', resolve));
    socket.ping();
    await pong;
    const seen = devnet.chain.slot();
    await until('three blocks', () => devnet.chain.slot() > seen + 3);
    expect(messages).toEqual([]);
    await admin(devnet.url, 'DELETE', 'faults');
    await until('notifications', () => messages.length > 0);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await fault({ kind: 'drop-websocket', count: 1 });
    await closed;
    expect((await admin(devnet.url, 'GET', 'faults')).body).toEqual({ faults: [] });
  });

  test('a wrong admin request is answered 400 with what is wrong', async () => {
    expect(await fault({ kind: 'explode' })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('kind') },
    });
    expect(await fault({ kind: 'lag' })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('slots') },
    });
    expect(await admin(devnet.url, 'POST', 'fork', { depth: 0 })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('depth') },
    });
    expect((await admin(devnet.url, 'GET', 'nothing')).status).toBe(404);
  });

  test('pause and resume block production', async () => {
    await admin(devnet.url, 'POST', 'pause');
    const { body } = await admin(devnet.url, 'GET', 'heads');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await admin(devnet.url, 'GET', 'heads')).body).toEqual(body);
    await admin(devnet.url, 'POST', 'resume');
    await until('a new block', () => devnet.chain.slot() > (body as { slot: number }).slot);
  });

  test('an API key is asked for when the devnet has one', async () => {
    const locked = await start({}, { apiKey: 'secret' });
    expect((await ask()).status).toBe(200);
    const asked = (path: string) =>
      post(`${locked.url}${path}`, '{"jsonrpc":"2.0","id":1,"method":"getSlot"}');
    expect((await asked('/')).status).toBe(401);
    expect((await asked('/?api-key=wrong')).status).toBe(401);
    expect((await asked('/?api-key=secret')).status).toBe(200);
    await locked.close();
  });
});
