/**
 * NFTs that a followed collection vouches for after they were minted and moved, through the whole way from an
 * RPC endpoint to the ledger and the archive: an NFT of Token Metadata, whose verification names no mint and
 * whose transfer only token accounts, and a compressed one, which no account names at all.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import bs58 from 'bs58';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDirectoryArchive } from '../../src/archive/directory.js';
import type { SolanaTransaction, TokenBalance } from '../../src/chains/solana/transaction.js';
import { metadataOf } from '../../src/decoders/solana/metadata/metadata-account.js';
import {
  BUBBLEGUM_PROGRAM,
  TOKEN_METADATA_PROGRAM,
  TOKEN_PROGRAM,
} from '../../src/decoders/solana/programs.js';
import { createListener } from '../../src/listener/listener.js';
import { locateTransactions } from '../../src/projections/locate.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import { type BatchQueue, createQueue } from '../../src/queue/queue.js';
import { type BatchWorker, createWorker } from '../../src/queue/worker.js';
import { createSolanaBlockDecoder } from '../../src/readers/solana/decoder.js';
import { createSolanaReader, type SolanaReader } from '../../src/readers/solana/reader.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { replayArchive } from '../../src/replay/archive.js';
import { replayRange, replayTransaction } from '../../src/replay/range.js';
import { listCoverage } from '../../src/store/coverage/coverage.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { allTables, changesOf, dump } from '../support/dump.js';
import { CONTEXT } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { type FakeRpc, fakeChain, signatureOf, startFakeRpc } from '../support/fake-solana-rpc.js';
import { silentLog } from '../support/silent-log.js';
import {
  compressedTransfer,
  global,
  key,
  leaf,
  leafId,
  move,
  nftBalance,
  text,
  u32,
  vault,
  wallet,
} from '../support/solana-nfts.js';
import { type Build, buildTransaction, type Call, u64 } from '../support/solana-transaction.js';

const [OWNER, BUYER, THIRD] = [wallet('owner'), wallet('buyer'), wallet('third')];
const [MINT, COLLECTION, TREE] = [vault('mint'), vault('collection'), vault('tree')];
const METADATA = metadataOf(MINT) ?? '';
const LEAF = leafId(TREE, 7n);
const [AT_OWNER, AT_BUYER, AT_THIRD] = ['owner', 'buyer', 'third'].map((name) => vault(`account of ${name}`));
const HEAD = 90;

const call = (program: string, accounts: readonly string[], data: readonly number[], calls: Call[] = []) => ({
  ...{ program, accounts, data: Uint8Array.from(data), calls },
});
const held = (account: string | undefined, owner: string): TokenBalance[] => [
  nftBalance(account ?? '', MINT, owner),
];
const NAMES = [...text('Drop'), ...text('D'), ...text('https://drop'), 0x2c, 1];
const UNVERIFIED = [...NAMES, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, ...u32(0)];

const HISTORY: ReadonlyMap<number, Build> = new Map<number, Build>([
  [
    20,
    {
      keys: [OWNER],
      calls: [
        call(TOKEN_PROGRAM, [MINT], [20, 0, ...key(OWNER), 0]),
        call(TOKEN_PROGRAM, [MINT, AT_OWNER ?? '', OWNER], [7, ...u64(1n)]),
        call(TOKEN_METADATA_PROGRAM, [METADATA, MINT, OWNER, OWNER, OWNER], [33, ...NAMES, 0, 0, 0, 1, 0]),
        call(TOKEN_PROGRAM, [MINT, OWNER], [6, 0, 0]),
      ],
      post: held(AT_OWNER, OWNER),
    },
  ],
  [
    25,
    {
      keys: [OWNER],
      calls: [
        call(
          BUBBLEGUM_PROGRAM,
          [vault('filler'), OWNER, OWNER, TREE, OWNER, OWNER],
          [...global('mint_v1'), ...UNVERIFIED],
          [leaf(LEAF, OWNER, 7n)],
        ),
      ],
    },
  ],
  [
    30,
    {
      keys: [OWNER],
      calls: [move(AT_OWNER ?? '', AT_BUYER ?? '', OWNER)],
      pre: held(AT_OWNER, OWNER),
      post: held(AT_BUYER, BUYER),
    },
  ],
  // Neither the mint nor an account of the transaction before.
  [
    34,
    {
      keys: [BUYER],
      calls: [move(AT_BUYER ?? '', AT_THIRD ?? '', BUYER)],
      pre: held(AT_BUYER, BUYER),
      post: held(AT_THIRD, THIRD),
    },
  ],
  [35, { keys: [OWNER], calls: [compressedTransfer(TREE, OWNER, BUYER, 7n)] }],
  [
    60,
    {
      keys: [OWNER],
      calls: [call(TOKEN_METADATA_PROGRAM, [METADATA, OWNER, OWNER, COLLECTION], [18])],
    },
  ],
  [
    61,
    {
      keys: [OWNER],
      calls: [
        call(
          BUBBLEGUM_PROGRAM,
          [vault('filler'), BUYER, BUYER, TREE, OWNER, OWNER, OWNER, OWNER, COLLECTION],
          [
            ...global('verify_collection'),
            ...new Array(96).fill(3),
            ...u64(7n),
            ...u32(0),
            ...[...NAMES, 0, 1, 0, 1, 0, 1, 1, 0, ...key(COLLECTION), 0, 0, ...u32(0)],
          ],
          [leaf(LEAF, BUYER, 7n)],
        ),
      ],
    },
  ],
  [
    70,
    {
      keys: [THIRD],
      calls: [move(AT_THIRD ?? '', AT_OWNER ?? '', THIRD)],
      pre: held(AT_THIRD, THIRD),
      post: held(AT_OWNER, OWNER),
    },
  ],
  [71, { keys: [BUYER], calls: [compressedTransfer(TREE, BUYER, THIRD, 7n)] }],
]);
const TOLD = [
  `20 mint ${MINT}`,
  `25 mint ${LEAF}`,
  `30 transfer ${MINT}`,
  `34 transfer ${MINT}`,
  `35 transfer ${LEAF}`,
  `60 update ${MINT}`,
  `61 update ${LEAF}`,
  `70 transfer ${MINT}`,
  `71 transfer ${LEAF}`,
];

/** As getBlock gives it in `json`. */
function answer({ accountKeys, instructions, logs, ...transaction }: SolanaTransaction, slot: number) {
  const at = (account: string) => accountKeys.indexOf(account);
  const form = (one: SolanaTransaction['instructions'][number]) => ({
    ...{ programIdIndex: at(one.programId), accounts: one.accounts.map(at), data: bs58.encode(one.data) },
    stackHeight: one.stackHeight,
  });
  const outer = instructions.filter(({ inner }) => inner === -1);
  const balances = (list: readonly TokenBalance[]) =>
    list.map(({ account, mint, owner, amount, decimals }) => ({
      ...{ accountIndex: at(account), mint, owner, programId: TOKEN_PROGRAM },
      uiTokenAmount: { amount: String(amount), decimals, uiAmount: null, uiAmountString: '' },
    }));
  const none = new Array(accountKeys.length).fill(1);
  return {
    meta: {
      ...{ err: null, fee: 5000, computeUnitsConsumed: 150, logMessages: logs, rewards: null },
      innerInstructions: outer
        .map((_, index) => ({
          index,
          instructions: instructions
            .filter((one) => one.outer === index && one.inner !== -1)
            .map((one) => form(one)),
        }))
        .filter((inner) => inner.instructions.length > 0),
      ...{ loadedAddresses: { readonly: [], writable: [] }, preBalances: none, postBalances: none },
      preTokenBalances: balances(transaction.preTokenBalances),
      postTokenBalances: balances(transaction.postTokenBalances),
    },
    transaction: {
      message: {
        accountKeys,
        header: { numReadonlySignedAccounts: 0, numReadonlyUnsignedAccounts: 0, numRequiredSignatures: 1 },
        instructions: outer.map(form),
        recentBlockhash: vault('recent'),
      },
      signatures: [signatureOf(slot)],
    },
    version: 'legacy',
  };
}

const never = new AbortController().signal;
let rpc: FakeRpc;
/** Closed: its NFT was burned. Pruned: neither are its transactions to be had any more. */
let account: 'open' | 'closed' | 'pruned' = 'open';
const open: (() => Promise<unknown>)[] = [];
const folder = mkdtempSync(join(tmpdir(), 'ndx-verified-later-'));

beforeAll(async () => {
  const named = new Map<number, readonly string[]>();
  const chain = fakeChain(
    Array.from({ length: HEAD }, (_, at) => at + 1),
    (slot) => {
      const build = HISTORY.get(slot);
      if (build === undefined) return [];
      const transaction = buildTransaction(build);
      named.set(slot, transaction.accountKeys);
      return [answer(transaction, slot)];
    },
  );
  rpc = await startFakeRpc(chain);
  rpc.fault = (method, [first, config]) => {
    if (method === 'getSignaturesForAddress') {
      const { before, limit } = config as { before?: string; limit: number };
      const listed = [...named]
        .filter(([slot, keys]) => slot <= rpc.head && keys.includes(String(first)))
        .filter(() => account !== 'pruned' || first !== METADATA)
        .map(([slot]) => ({ signature: signatureOf(slot), slot, err: null }))
        .toSorted((a, b) => b.slot - a.slot);
      const from = listed.findIndex(({ signature }) => signature === before) + 1;
      return { result: listed.slice(from, from + limit) };
    }
    if (method !== 'getAccountInfo') return undefined;
    const data = Buffer.from([4, ...key(OWNER), ...key(MINT)]).toString('base64');
    return {
      result: { context: { slot: rpc.head }, value: account === 'open' ? { data: [data, 'base64'] } : null },
    };
  };
});
afterAll(async () => {
  for (const close of open.reverse()) await close();
  await rpc.close();
  rmSync(folder, { recursive: true });
});

const FOLLOW = {
  programs: [],
  tokens: [],
  nfts: { mints: [], collections: [COLLECTION], creators: [], all: false },
};

interface Side {
  readonly db: Database;
  readonly queue: BatchQueue;
  told(): Promise<string[]>;
  tables(): ReturnType<typeof dump>;
}

async function side(): Promise<Side> {
  const database: TestDatabase = await createTestDatabase();
  const db = createDatabase({ url: database.url, poolSize: 8 });
  const backend: QueueBackend = { kind: 'postgres', url: database.url };
  const queue = createQueue({ backend, chain: 'solana', log: silentLog });
  await queue.ready();
  const worker: BatchWorker = createWorker({
    ...{ backend, chain: 'solana', concurrency: 4, log: silentLog },
    handle: (batch, job) => reconcile(db, batch, CONTEXT, { job }),
  });
  open.push(async () => {
    await worker.close();
    await queue.close();
    await db.close();
    await database.drop();
  });
  return {
    db,
    queue,
    told: async () => {
      const { rows } = await db.pool.query<{ block: string; kind: string; asset: string }>(
        'SELECT block, kind, asset FROM ledger_event ORDER BY block',
      );
      return rows.map(({ block, kind, asset }) => `${block} ${kind} ${asset}`);
    },
    tables: async () =>
      dump(
        db.pool,
        (await allTables(db.pool)).filter((name) => name !== '_prisma_migrations'),
      ),
  };
}

function reader(): SolanaReader {
  const made = createSolanaReader({
    ...{ endpoints: [{ url: rpc.url, wsUrl: null }], log: silentLog, retries: 1, backoffMs: 5 },
    follow: FOLLOW,
  });
  open.push(() => made.close());
  return made;
}

const deps = ({ db, queue }: Side) => ({ db, queue, log: silentLog, signal: never });
const RANGE = { fromBlock: 1, toBlock: 85 };

test('promises 1 and 3: their mints and the moves between are fetched, live and from an archive, and a replay changes nothing', async () => {
  const live = await side();
  const chain = reader();
  rpc.head = 50;
  const listener = createListener({
    ...{ near: 0, reader: chain, db: live.db, queue: live.queue, log: silentLog },
    policy: { finality: 'finalized', startBlock: 1 },
    timing: { poll: 50, gaps: 50, grace: 3000, aside: 300, merge: 300 },
    archive: createDirectoryArchive(folder),
  });
  const stop = new AbortController();
  const ended = listener.run(stop.signal);
  const covered = (toBlock: number) =>
    eventually(async () => {
      const [first, ...more] = await listCoverage(live.db, 'solana', chain.fingerprint);
      expect(more).toEqual([]);
      expect(first?.toBlock).toBeGreaterThanOrEqual(toBlock);
    });
  await covered(49);
  expect(await live.told()).toEqual([]);
  rpc.head = HEAD;
  await covered(85);
  await eventually(async () => expect(await live.told()).toEqual(TOLD));
  stop.abort();
  await ended;
  await eventually(async () => expect(await live.queue.counts()).toMatchObject({ waiting: 0, active: 0 }));

  const before = await live.tables();
  const replayed = await replayRange({ ...deps(live), reader: reader(), range: RANGE, concurrency: 2 });
  expect(replayed).toMatchObject({ events: TOLD.length, created: 0, changed: 0, withdrawn: 0 });
  for (const block of [20, 30, 60, 61])
    expect(
      await replayTransaction({
        ...deps(live),
        reader: reader(),
        locate: (hash) => locateTransactions(live.db, hash, 'solana'),
        hash: signatureOf(block),
      }),
    ).toMatchObject({ events: 1, created: 0, changed: 0, withdrawn: 0 });
  expect(changesOf(before, await live.tables()).filter((text) => !text.includes('coverage'))).toEqual([]);

  const offline = await side();
  const archive = createDirectoryArchive(folder);
  const again = () =>
    replayArchive({
      ...{ ...deps(offline), range: RANGE, concurrency: 2, archive },
      reader: createSolanaBlockDecoder({ follow: FOLLOW }),
    });
  expect(await again()).toMatchObject({ events: TOLD.length, created: TOLD.length, failedJobs: [] });
  expect(await offline.told()).toEqual(TOLD);
  expect(await again()).toMatchObject({ events: TOLD.length, created: 0, changed: 0, withdrawn: 0 });
});

test('promise 8: where nobody knows the mint of what is verified any more, it is told', async () => {
  rpc.head = HEAD;
  const fresh = await side();
  const problems = async () =>
    (await fresh.db.pool.query('SELECT block::int, code FROM decode_problem')).rows;
  const replayed = () =>
    replayRange({ ...deps(fresh), reader: reader(), range: RANGE, concurrency: 2 }).then(fresh.told);
  account = 'pruned';
  expect(await replayed()).toEqual(TOLD.filter((text) => text.includes(LEAF)));
  expect(await problems()).toEqual([{ block: 60, code: 'undecodable' }]);
  // The account's first transaction names it, too.
  account = 'closed';
  expect(await replayed()).toEqual(TOLD);
  expect(await problems()).toEqual([]);
});
