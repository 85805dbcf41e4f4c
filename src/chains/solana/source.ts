/**
 * Solana as readers/ sees it: heads, proven spans of blocks, single transactions, an address's signatures,
 * and hints that something is new; over one or several RPC endpoints.
 */
import type { OwedCheck } from '../../events/batch.js';
import { NdxError } from '../../runtime/errors.js';
import type { Log } from '../../runtime/log.js';
import { NewestMap } from '../../runtime/newest-map.js';
import { type ByteBudget, createByteBudget } from '../http/bytes/budget.js';
import type { EndpointState, SourceMetrics } from '../http/endpoint.js';
import type { BlockSpan, Tip } from '../source.js';
import type { CheckOutcome } from '../witness/outcome.js';
import type { Judge } from '../witness/owed.js';
import type { CrossCheck } from '../witness/shares.js';
import { createWitness } from '../witness/witness.js';
import type { SolanaEndpoint } from './endpoint.js';
import { normaliseTransaction } from './normalise/transaction.js';
import { noTime, timeOf, withTime } from './read/block-time.js';
import { type ReadOptions, readSpans } from './read/blocks.js';
import { type Linked, placeOf } from './read/links.js';
import { readSignatures } from './read/signatures.js';
import { createHeads } from './read/tip.js';
import { followKeys } from './rpc/keys.js';
import { type Commitment, createSolanaRpc, type SignatureEntry, type Timeouts } from './rpc/methods.js';
import { createRpcPool } from './rpc/pool.js';
import { createSlotWatch, type WatchState, websocketUrl } from './rpc/websocket.js';
import type { SolanaBlock, SolanaTransaction } from './transaction.js';

export interface SolanaSourceOptions {
  readonly endpoints: readonly SolanaEndpoint[];
  /**
   * Base58 addresses: only transactions that name one of them are read. They may grow while a range is read;
   * a block yielded after that is read with all of them. Gives the same array as long as it only grows.
   */
  readonly keys: () => readonly string[];
  readonly log: Log;
  readonly metrics?: SourceMetrics;
  /** Newest transaction version that is read; default 1. */
  readonly maxSupportedTransactionVersion?: number;
  /** Requests at once to one endpoint; default 16. */
  readonly requestsAtOnce?: number;
  /** Default: 20 s for blocks and transactions, 5 s for the rest. */
  readonly timeouts?: Timeouts;
  /**
   * How many rounds over all endpoints may follow a failed first one, and milliseconds before the second;
   * defaults 4 and 250.
   */
  readonly retries?: number;
  readonly backoffMs?: number;
  /** Milliseconds without a websocket message that count as silence; default 15,000. */
  readonly silenceMs?: number;
  /** Called with the endpoint's redacted name at every silence. */
  readonly onSilence?: (endpoint: string) => void;
  /**
   * Milliseconds after which every endpoint is asked again for its newest slot, to know who is behind;
   * default 5,000.
   */
  readonly headsEveryMs?: number;
  /** What the bytes of answers count against; default: a budget of the source's own. */
  readonly budget?: ByteBudget | undefined;
  /** Which blocks are compared with another endpoint's list of their signatures; default CROSS_CHECK. */
  readonly crossCheck?: CrossCheck | undefined;
  readonly onCheck?: (outcome: CheckOutcome) => void;
  /** Entries in a page of getSignaturesForAddress; default 1,000. */
  readonly signaturePage?: number;
}

export interface SolanaSource {
  /** Hash of the chain's first block; see ChainReader.genesis. */
  genesis(signal: AbortSignal, expected?: string | null): Promise<string>;
  tip(signal: AbortSignal): Promise<Tip>;
  /** Oldest slot that the endpoint keeps. */
  firstAvailable(signal: AbortSignal): Promise<number>;
  /** Name and parent of a final block. @throws NdxError BLOCK_UNAVAILABLE when the slot has none */
  finalHeader(slot: number, signal: AbortSignal): Promise<Linked>;
  /** The final block's hash as each endpoint says it; see ChainReader.finalNames. */
  finalNames(
    slot: number,
    signal: AbortSignal,
  ): Promise<readonly { readonly block: number; readonly hash: string; readonly source: string }[]>;
  /** See ChainReader.doubt. */
  doubt(endpoint: string): void;
  /** Proven spans in order; see read/blocks.ts. */
  read(
    range: { readonly fromBlock: number; readonly toBlock: number },
    options: Pick<ReadOptions, 'finality' | 'concurrency' | 'signal' | 'patienceMs'>,
  ): AsyncIterable<BlockSpan<SolanaBlock>>;
  /** Of blocks that no other endpoint gave its word of in time; see witness/owed.ts. */
  readonly judge: Judge;
  /**
   * Read at `confirmed`, with its true index in its block, and what is owed of that block. null: no endpoint
   * knows it.
   * @throws NdxError BLOCK_UNAVAILABLE (retryable) when its block lost it to a fork meanwhile
   */
  transaction(
    signature: string,
    signal: AbortSignal,
  ): Promise<{ readonly transaction: SolanaTransaction; readonly owed: readonly OwedCheck[] } | null>;
  /** First bytes of an account's data; null: no such account. See rpc/methods.ts. */
  accountData(address: string, length: number, at: number, signal: AbortSignal): Promise<Buffer | null>;
  /** Newest first, each once; see read/signatures.ts. `finality` defaults to finalized. */
  signatures(
    address: string,
    range: { readonly from: number; readonly to: number; readonly finality?: Commitment },
    signal: AbortSignal,
  ): AsyncIterable<SignatureEntry>;
  /** Calls `onHint` with each slot that a websocket names, until the signal fires. Only hints. */
  watch(onHint: (slot: number) => void, signal: AbortSignal): void;
  watchState(): WatchState;
  endpointsState(): readonly EndpointState[];
  close(): Promise<void>;
}

/** Ends of reads that are kept for each finality: live, the gap filler and replays read side by side. */
const ENDS_KEPT = 16;
/** How long a transaction that is read alone waits for another endpoint's word of its place. */
const LIST_PATIENCE_MS = 1_000;

/** @throws NdxError CONFIG_INVALID when no endpoint is configured */
export function createSolanaSource(options: SolanaSourceOptions): SolanaSource {
  const { log } = options;
  const budget = options.budget ?? createByteBudget();
  const pool = createRpcPool({
    budget,
    endpoints: options.endpoints,
    log,
    metrics: options.metrics,
    concurrency: options.requestsAtOnce ?? 16,
    retries: options.retries ?? 4,
    backoffMs: options.backoffMs ?? 250,
  });
  const timeouts = options.timeouts ?? { blockMs: 20_000, smallMs: 5_000 };
  const rpc = createSolanaRpc(pool, timeouts, options.maxSupportedTransactionVersion ?? 1);
  const heads = createHeads({ rpc, pool, log, everyMs: options.headsEveryMs ?? 5_000 });
  const keys = followKeys(options.keys);
  const witness = createWitness({
    chain: 'Solana',
    endpoints: () => pool.names,
    list: async (block, { final, endpoint, signal }) => {
      const how = { signal, only: [endpoint], retries: 0 };
      const { value } = await rpc.signaturesOf(block, final ? 'finalized' : 'confirmed', how);
      return { hash: value.blockhash, names: value.signatures };
    },
    shares: options.crossCheck,
    log,
    onCheck: options.onCheck,
    doubt: pool.doubt,
  });
  const watch = createSlotWatch({
    endpoints: options.endpoints.flatMap(({ url, wsUrl, headers }) =>
      wsUrl === null
        ? []
        : [{ url: wsUrl ?? websocketUrl(url), ...(headers === undefined ? {} : { headers }) }],
    ),
    log,
    silenceMs: options.silenceMs ?? 15_000,
    onSilence: options.onSilence,
    backoffMs: options.backoffMs ?? 250,
  });

  /** The transaction as an endpoint gives it; null only when every endpoint says that it does not know it. */
  async function find(
    signature: string,
    signal: AbortSignal,
  ): Promise<{ readonly slot: number; readonly blockTime?: number | null | undefined } | null> {
    const { value: first, endpoint } = await rpc.transaction(signature, 'confirmed', { signal });
    if (first !== null) return first;
    let failure: unknown;
    for (const name of pool.names.filter((other) => other !== endpoint)) {
      try {
        const { value } = await rpc.transaction(signature, 'confirmed', { signal, only: [name] });
        if (value !== null) return value;
      } catch (error) {
        if (signal.aborted) throw error;
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
    return null;
  }

  /**
   * The blocks that earlier reads ended with, by the last slot that was proven with them: a read that begins
   * right after that slot knows its parent.
   */
  const ends = {
    finalized: new NewestMap<number, Linked>(ENDS_KEPT),
    confirmed: new NewestMap<number, Linked>(ENDS_KEPT),
  };

  async function* remembered(
    range: { readonly fromBlock: number; readonly toBlock: number },
    options: ReadOptions,
  ): AsyncGenerator<BlockSpan<SolanaBlock>, void, undefined> {
    const own = ends[options.finality];
    let provenTo = range.fromBlock - 1;
    let previous: Linked | null = own.get(provenTo) ?? null;
    // A block that was only confirmed may have been replaced since; who reads confirmed blocks looks for
    // forks.
    const known =
      options.finality === 'finalized'
        ? { previous }
        : { perhaps: previous ?? ends.finalized.get(provenTo) ?? null };
    try {
      for await (const read of readSpans(
        { rpc, keys, log, window: 1_000, witness, budget, onContradiction: pool.doubt },
        range,
        { ...options, ...known },
      )) {
        const span = await withTime(rpc, read, options.finality, options.signal);
        if (span.block !== null) {
          heads.sawTime(span.block.slot, span.block.blockTime);
          previous = placeOf(span.block);
        }
        provenTo = span.toBlock;
        yield span;
      }
    } finally {
      if (previous) own.set(provenTo, previous);
    }
  }

  async function missingTime(slot: number, signal: AbortSignal): Promise<number> {
    const { value: header } = await rpc.header(slot, 'confirmed', { signal });
    const time = header.blockTime ?? (await timeOf(rpc, { slot, ...header }, 'confirmed', signal));
    if (time === null) throw noTime(slot);
    return time;
  }

  /** The block's signatures, by which a transaction read alone knows its place. */
  async function attestedList(slot: number, signal: AbortSignal) {
    const fetch = async (only?: readonly string[]) => {
      const { value, endpoint } = await rpc.signaturesOf(slot, 'confirmed', {
        signal,
        ...(only ? { only } : {}),
      });
      const listing = () => ({ hash: value.blockhash, names: value.signatures });
      return { value, block: slot, final: false, source: endpoint, ours: true, listing };
    };
    const { shown, owed } = await witness.attested(fetch, { signal, patienceMs: LIST_PATIENCE_MS });
    return { block: shown.value, owed: owed ? [owed] : [] };
  }

  return {
    judge: witness.judge,
    genesis: (signal, expected = null) => pool.genesis(signal, expected),
    tip: (signal) => heads.tip(signal),
    firstAvailable: async (signal) => (await rpc.firstAvailableBlock({ signal })).value,
    finalHeader: async (slot, signal) => ({
      slot,
      ...(await rpc.header(slot, 'finalized', { signal })).value,
    }),
    finalNames: async (slot, signal) => {
      const header = (only: readonly string[]) => rpc.header(slot, 'finalized', { signal, only });
      const answers = await pool.each(header);
      return answers.map(({ value, endpoint }) => ({ block: slot, hash: value.blockhash, source: endpoint }));
    },
    doubt: pool.doubt,
    read: remembered,
    async transaction(signature, signal) {
      const found = await find(signature, signal);
      if (found === null) return null;
      const { slot } = found;
      const { block, owed } = await attestedList(slot, signal);
      const transactionIndex = block.signatures.indexOf(signature);
      if (transactionIndex < 0) {
        throw new NdxError(
          'BLOCK_UNAVAILABLE',
          `Solana: transaction ${signature} was in slot ${slot} and is no longer: a fork; try again`,
          {
            retryable: true,
          },
        );
      }
      const blockTime = found.blockTime ?? block.blockTime ?? (await missingTime(slot, signal));
      const place = { slot, blockTime, transactionIndex };
      return { transaction: normaliseTransaction(found, place, 'result'), owed };
    },
    async accountData(address, length, at, signal) {
      const { value } = (await rpc.accountData(address, length, at, { signal })).value;
      return value === null ? null : Buffer.from(value.data[0], 'base64').subarray(0, length);
    },
    signatures: (address, { from, to, finality }, signal) =>
      readSignatures({ rpc, endpoints: pool.names, log, page: options.signaturePage ?? 1_000 }, address, {
        from,
        to,
        finality: finality ?? 'finalized',
        signal,
      }),
    watch: (onHint, signal) => watch.start(onHint, signal),
    watchState: () => watch.state(),
    endpointsState: () => pool.state(),
    close: () => pool.close(),
  };
}
