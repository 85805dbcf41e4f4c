/** A small history on a real database, reconciled as the workers do it, and the API over it. */
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createApp } from '../../src/api/app.js';
import type { ApiDeps } from '../../src/api/deps.js';
import type { Batch } from '../../src/events/batch.js';
import type { ChainEvent, DecodedTransaction } from '../../src/events/event.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { writeChainState } from '../../src/store/chain-state.js';
import type { Database } from '../../src/store/database.js';
import { createReadClass } from '../../src/store/reads.js';
import { address, hash } from './addresses.js';
import { CONTEXT, NDT } from './events.js';

export const [ALICE, BOB, CAROL, MARKET, VAULT] = ['alice', 'bob', 'carol', 'market', 'vault'].map(
  address,
) as [string, string, string, string, string];
export const SONG = address('song');
export const GONE = address('gone');
export const COLLECTION = address('collection');
export const POOL = address('pool');
export const FINGERPRINT = 'f1';

export const START_TIME = 1_760_000_000;
const ONE = 1_000_000_000n;
const event = (
  fields: Omit<ChainEvent, 'eventIndex' | 'outcome' | 'decoder' | 'decoderVersion'> & Partial<ChainEvent>,
): ChainEvent => ({
  eventIndex: 0,
  outcome: 'ok',
  decoder: 'test',
  decoderVersion: 1,
  ...fields,
});

const nft = (tokenId: string) => ({
  asset: { kind: 'nft' as const, address: tokenId },
  amount: 1n,
  decimals: 0,
});
const ndt = (amount: bigint) => ({ asset: { kind: 'token' as const, address: NDT }, amount, decimals: 9 });
const moves = (...list: [from: string | null, to: string | null, amount: bigint][]) => ({
  movements: list.flatMap(([from, to, amount]) => [
    ...(from ? [{ token: NDT, account: address(`${from} ndt`), owner: from, delta: -amount }] : []),
    ...(to ? [{ token: NDT, account: address(`${to} ndt`), owner: to, delta: amount }] : []),
  ]),
});

export function transaction(
  name: string,
  block: number,
  events: readonly ChainEvent[],
  more: Partial<DecodedTransaction> = {},
): DecodedTransaction {
  return {
    chain: 'solana',
    block,
    blockTime: START_TIME + block,
    transactionIndex: 0,
    transactionHash: hash(name),
    outcome: 'ok',
    signer: ALICE,
    networkFee: 5000n,
    gasUsed: 1234n,
    events,
    ...more,
  };
}

/**
 * Minted, listed, sold; another one minted and burned; NDT minted, sent, staked, claimed, partly unstaked;
 * one failure.
 */
export const HISTORY: readonly DecodedTransaction[] = [
  transaction('fund', 100, [
    event({ kind: 'mint', ...ndt(10n * ONE), to: BOB, ...moves([null, BOB, 10n * ONE]) }),
  ]),
  transaction('mint', 101, [
    event({
      kind: 'mint',
      ...nft(SONG),
      to: ALICE,
      nft: { creator: ALICE, collection: COLLECTION, name: 'Song', royaltyBasisPoints: 500 },
    }),
  ]),
  transaction('list', 102, [
    event({
      kind: 'list',
      ...nft(SONG),
      from: ALICE,
      price: { amount: 2_500_000_000n, currency: NDT, decimals: 9 },
      marketplace: 'tracknft',
    }),
  ]),
  transaction('sale', 103, [
    event({
      kind: 'sale',
      ...nft(SONG),
      from: ALICE,
      to: BOB,
      price: { amount: 2_500_000_000n, currency: NDT, decimals: 9 },
      fees: { marketplace: 250_000_000n },
      marketplace: 'tracknft',
      ...moves([BOB, ALICE, 2_250_000_000n], [BOB, MARKET, 250_000_000n]),
    }),
  ]),
  transaction(
    'send',
    103,
    [event({ kind: 'transfer', ...ndt(ONE), from: BOB, to: CAROL, ...moves([BOB, CAROL, ONE]) })],
    {
      transactionIndex: 1,
    },
  ),
  transaction('mint gone', 104, [
    event({
      kind: 'mint',
      ...nft(GONE),
      to: CAROL,
      nft: { creator: ALICE, collection: COLLECTION, name: 'Gone' },
    }),
  ]),
  transaction('burn gone', 105, [event({ kind: 'burn', ...nft(GONE), from: CAROL })]),
  transaction('stake', 106, [
    event({
      kind: 'stake',
      ...ndt(3n * ONE),
      from: BOB,
      stake: { pool: POOL, lockSeconds: 30 * 86_400, apy: 12 },
      ...moves([BOB, VAULT, 3n * ONE]),
    }),
  ]),
  transaction('claim and unstake', 107, [
    event({
      kind: 'claim',
      ...ndt(ONE / 10n),
      from: BOB,
      stake: { pool: POOL },
      ...moves([VAULT, BOB, ONE / 10n]),
    }),
    event({
      eventIndex: 4096,
      kind: 'unstake',
      ...ndt(ONE),
      from: BOB,
      stake: { pool: POOL },
      ...moves([VAULT, BOB, ONE]),
    }),
  ]),
  transaction(
    'failed',
    107,
    [event({ kind: 'transfer', outcome: 'failed', ...nft(SONG), from: BOB, to: CAROL })],
    {
      transactionIndex: 1,
      outcome: 'failed',
      error: '{"InstructionError":[0,{"Custom":1}]}',
      problems: [{ code: 'logs-truncated', message: 'the log is cut off' }],
    },
  ),
];

const HEAD = 120;
const FINALIZED = 115;

export function batch(
  transactions: readonly DecodedTransaction[],
  fromBlock: number,
  toBlock: number,
): Batch {
  return {
    chain: 'solana',
    fingerprint: FINGERPRINT,
    finality: 'finalized',
    fromBlock,
    toBlock,
    scope: 'blocks',
    transactions,
    source: 'test',
  };
}

export async function write(db: Database, ...batches: readonly Batch[]): Promise<void> {
  for (const item of batches) await reconcile(db, item, CONTEXT, { job: 'test' });
}

/** HISTORY in blocks 100 to 107, 110 to 112 covered and empty, 113 to the head not read yet. */
export async function writeHistory(db: Database): Promise<void> {
  await write(db, batch(HISTORY, 100, 107), batch([], 110, 112));
  await writeChainState(db, {
    chain: 'solana',
    genesis: 'genesis',
    startBlock: 100,
    head: HEAD,
    headTime: START_TIME + HEAD,
    finalized: FINALIZED,
    finalizedTime: START_TIME + FINALIZED,
    fingerprint: FINGERPRINT,
    source: 'rpc.example',
  });
}

/** The app, with whatever it logs in `lines`. */
export function testApp(db: ApiDeps['db'], deps: Partial<ApiDeps> = {}) {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  const app = createApp({
    db,
    lists: createReadClass({ pool: db.pool, control: db.pool, mostWaiting: 100 }),
    operations: db,
    log,
    metrics: new Registry(),
    version: '1.2.3',
    readiness: async () => ({ ready: true, reasons: [] }),
    stream: {
      open: () => {
        throw new Error('this test opens no stream');
      },
    },
    symbols: (chain, token) =>
      CONTEXT.tokens.find((known) => known.chain === chain && known.address === token),
    ...deps,
  });
  return { app, lines };
}
