/**
 * TON as readers/ sees it: the newest masterchain block, proven blocks, single transactions with what caused
 * them, an account's history, get-methods and states; over one or several endpoints of three APIs.
 */
import type { OwedCheck } from '../../events/batch.js';
import { NdxError } from '../../runtime/errors.js';
import type { Log } from '../../runtime/log.js';
import { type ByteBudget, createByteBudget } from '../http/bytes/budget.js';
import type { EndpointState, SourceMetrics } from '../http/endpoint.js';
import type { Tip } from '../source.js';
import type { CheckOutcome } from '../witness/outcome.js';
import type { Judge } from '../witness/owed.js';
import type { CrossCheck } from '../witness/shares.js';
import { createWitness } from '../witness/witness.js';
import type { StackItem } from './cells/stack.js';
import type { TonEndpointConfig } from './endpoints/config.js';
import type { AccountState, MethodResult, TonEndpoint, TonSdk } from './endpoints/endpoint.js';
import { createTonPool } from './pool.js';
import { createAncestors } from './read/ancestors.js';
import { createTonBlocks, type TonReadOptions, type TonSpan } from './read/blocks.js';
import { type Found, readHistory } from './read/history.js';
import { locate } from './read/locate.js';
import type { OpenBlock } from './read/open-block.js';
import { createTonTip } from './read/tip.js';
import type { TonTransaction } from './transaction.js';

export interface TonSourceOptions {
  readonly endpoints: readonly TonEndpointConfig[];
  readonly log: Log;
  readonly metrics?: SourceMetrics;
  /** Requests at once to one endpoint; default 16. */
  readonly requestsAtOnce?: number;
  /** Milliseconds a request; default 20,000. */
  readonly timeoutMs?: number;
  /**
   * How many rounds over all endpoints may follow a failed first one, and milliseconds before the second;
   * defaults 4 and 250.
   */
  readonly retries?: number;
  readonly backoffMs?: number;
  /**
   * Milliseconds after which every endpoint is asked again for its newest block, to know who is behind;
   * default 5,000.
   */
  readonly headsEveryMs?: number;
  /** What the bytes of answers count against; default: a budget of the source's own. */
  readonly budget?: ByteBudget | undefined;
  /** Which blocks are compared with another endpoint's list of their transactions; default CROSS_CHECK. */
  readonly crossCheck?: CrossCheck | undefined;
  readonly onCheck?: (outcome: CheckOutcome) => void;
  /** Whether an account is ours, as far as is known by now; default: every one is. */
  readonly ours?: (account: string) => boolean;
  /** Milliseconds between two calls of a watcher: the APIs do not tell of new blocks; default 500. */
  readonly pollMs?: number;
}

export interface TonSource {
  /** Root hash of the first masterchain block; see ChainReader.genesis. */
  genesis(signal: AbortSignal, expected?: string | null): Promise<string>;
  tip(signal: AbortSignal): Promise<Tip>;
  firstAvailable(signal: AbortSignal): Promise<number>;
  /** Proven blocks in order; see read/blocks.ts. */
  read(
    range: { readonly fromBlock: number; readonly toBlock: number },
    options: TonReadOptions,
  ): AsyncIterable<TonSpan>;
  /** Of blocks that no other endpoint gave its word of in time; see witness/owed.ts. */
  readonly judge: Judge;
  /** The block, when that is owed of it; see read/blocks.ts. */
  owedOf(block: OpenBlock): readonly OwedCheck[];
  /** A masterchain block's root hash as each endpoint says it; see ChainReader.finalNames. */
  finalNames(
    block: number,
    signal: AbortSignal,
  ): Promise<readonly { readonly block: number; readonly hash: string; readonly source: string }[]>;
  /** See ChainReader.doubt. */
  doubt(endpoint: string): void;
  open(block: number, signal: AbortSignal): Promise<OpenBlock>;
  /** See read/blocks.ts. */
  vouch(block: OpenBlock, signal: AbortSignal): Promise<void>;
  /** Parent first, the trace's root last. */
  ancestors(transaction: TonTransaction, signal: AbortSignal): Promise<readonly TonTransaction[]>;
  /** An account's transactions in the range, newest first. */
  history(
    account: string,
    range: { readonly fromBlock: number; readonly toBlock: number },
    signal: AbortSignal,
  ): AsyncIterable<Found>;
  /**
   * The transactions that a hash names: their own, or all of the trace that the hash of its root or message
   * names. null: no endpoint can be asked for a hash.
   */
  find(hash: string, signal: AbortSignal): Promise<readonly Found[] | null>;
  /**
   * Whether `account` and `run` answer for the block that is asked for: toncenter v3 alone knows only the
   * newest state.
   */
  readonly exact: boolean;
  /**
   * Hash of the code that a block leaves an account with, where a block read lately says it by itself: costs
   * no request.
   */
  codeHash(address: string, block: number): string | null;
  /** The state that a block leaves. */
  account(address: string, block: number, signal: AbortSignal): Promise<AccountState>;
  /** Runs a get-method on the state that a block leaves; see {@link exact}. */
  run(
    address: string,
    method: string,
    args: readonly StackItem[],
    block: number,
    signal: AbortSignal,
  ): Promise<MethodResult>;
  /**
   * The newest block, and states at a block, through the SDK's clients: for what is asked seldom. Works only
   * where {@link exact}.
   */
  readonly sdk: {
    newest(signal: AbortSignal): Promise<number>;
    account(
      address: string,
      block: number,
      signal: AbortSignal,
    ): Promise<Pick<AccountState, 'active' | 'frozen'>>;
    run: TonSource['run'];
  };
  /** Calls `onHint` at a fixed interval until the signal fires. */
  watch(onHint: () => void, signal: AbortSignal): void;
  endpointsState(): readonly EndpointState[];
  close(): Promise<void>;
}

/** @throws NdxError CONFIG_INVALID when no endpoint is configured */
export function createTonSource(options: TonSourceOptions): TonSource {
  const { log } = options;
  const pool = createTonPool({
    endpoints: options.endpoints,
    log,
    metrics: options.metrics,
    budget: options.budget ?? createByteBudget(),
    concurrency: options.requestsAtOnce ?? 16,
    timeoutMs: options.timeoutMs ?? 20_000,
    retries: options.retries ?? 4,
    backoffMs: options.backoffMs ?? 250,
  });
  const blocks = createTonBlocks({
    pool,
    log,
    ours: options.ours ?? (() => true),
    witness: () => witness,
  });
  const witness = createWitness({
    chain: 'TON',
    // TonClient4 lists a block without what its transactions hold, so it is asked first.
    endpoints: () => pool.preferring('v4', 'toncenter-v2', 'toncenter-v3'),
    list: (block, { endpoint, signal }) => blocks.list(block, endpoint, signal),
    shares: options.crossCheck,
    log,
    onCheck: options.onCheck,
    doubt: pool.doubt,
    onDenied: (block) => blocks.forget(block),
  });
  const ancestors = createAncestors({ pool, blocks });
  const tip = createTonTip({ pool, everyMs: options.headsEveryMs ?? 5_000 });
  const finders = options.endpoints.some(({ kind }) => kind === 'toncenter-v3');

  const ask = async <T>(
    method: string,
    work: (endpoint: TonEndpoint) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> =>
    (await pool.ask(method, work, { signal, prefer: pool.preferring('v4', 'toncenter-v2', 'toncenter-v3') }))
      .value;
  // The index answers for its newest state, whatever block is asked for: another answer in its place would
  // change what is decoded.
  const exact = options.endpoints.some(({ kind }) => kind !== 'toncenter-v3');
  const states = pool
    .preferring('v4', 'toncenter-v2', 'toncenter-v3')
    .filter((name) => !exact || !name.endsWith('(toncenter-v3)'));
  const askState = async <T>(
    method: string,
    work: (endpoint: TonEndpoint) => Promise<T>,
    block: number,
    signal: AbortSignal,
  ) => (await pool.ask(method, work, { signal, block, prefer: states, only: states })).value;

  return {
    exact,
    judge: witness.judge,
    owedOf: blocks.owedOf,
    genesis: (signal, expected = null) => pool.genesis(signal, expected),
    tip,
    firstAvailable: (signal) => ask('first', (endpoint) => endpoint.first({ signal }), signal),
    read: (range, how) => blocks.read(range, how),
    finalNames: async (block, signal) => {
      const ask = (only: readonly string[]) =>
        pool.ask('rootHash', (endpoint) => endpoint.rootHash(block, { signal }), { signal, only, block });
      const answers = await pool.each(ask);
      return answers.map(({ value, endpoint }) => ({ block, hash: value, source: endpoint }));
    },
    doubt: pool.doubt,
    open: (block, signal) => blocks.open(block, { signal, bulk: true }),
    vouch: blocks.vouch,
    ancestors: (transaction, signal) => ancestors.of(transaction, signal),
    history: (account, range, signal) => readHistory({ pool, blocks }, account, range, signal),
    async find(hash, signal) {
      if (!finders) return null;
      const only = pool.preferring('toncenter-v3').filter((name) => name.endsWith('(toncenter-v3)'));
      const { value } = await pool.ask(
        'find',
        async (endpoint) => (await endpoint.find?.(hash, { signal })) ?? [],
        { signal, only },
      );
      const found: Found[] = [];
      for (const item of value) {
        found.push({ block: await locate({ pool, blocks }, item, signal), hash: item.hash });
      }
      return found;
    },
    codeHash: (address, block) => blocks.recentAt(block)?.codeHash(address) ?? null,
    account: (address, block, signal) =>
      askState('account', (endpoint) => endpoint.account(address, block, { signal }), block, signal),
    run: (address, method, args, block, signal) =>
      askState(
        `run ${method}`,
        (endpoint) => endpoint.run(address, method, args, block, { signal }),
        block,
        signal,
      ),
    sdk: {
      newest: async (signal) => {
        const options = { signal, prefer: states, only: states };
        return (await pool.ask('newest', (endpoint) => sdkOf(endpoint).newest({ signal }), options)).value;
      },
      account: (address, block, signal) =>
        askState('account', (endpoint) => sdkOf(endpoint).account(address, block, { signal }), block, signal),
      run: (address, method, args, block, signal) =>
        askState(
          `run ${method}`,
          (endpoint) => sdkOf(endpoint).run(address, method, args, block, { signal }),
          block,
          signal,
        ),
    },
    watch(onHint, signal) {
      if (signal.aborted) return;
      const timer = setInterval(onHint, options.pollMs ?? 500);
      signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    },
    endpointsState: () => pool.state(),
    close: () => pool.close(),
  };
}

function sdkOf({ sdk, name }: TonEndpoint): TonSdk {
  if (sdk === undefined) throw new NdxError('INTERNAL', `${name}: its API has no SDK`);
  return sdk;
}
