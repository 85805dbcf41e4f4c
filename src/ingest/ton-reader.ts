/** TON as ingest/ sees it: the source and the decoders joined, with the accounts that become ours found on the way. */
import type { OpenBlock } from '../chains/ton/read/open-block.js';
import { createTonSource, type TonSource, type TonSourceOptions } from '../chains/ton/source.js';
import type { TonTransaction } from '../chains/ton/transaction.js';
import type { TonFollow } from '../decoders/ton/follow.js';
import { createTonDecoder } from '../decoders/ton/registry.js';
import type { DecodedTransaction } from '../events/event.js';
import { NdxError } from '../runtime/errors.js';
import { type ChainReader, type FoundTransaction, fingerprintOf } from './reader.js';
import { createTonAccounts } from './ton-discovery.js';
import { createTonFacts } from './ton-knowledge.js';

export interface TonReaderOptions extends TonSourceOptions {
  readonly follow: TonFollow;
}

export interface TonReader extends ChainReader {
  readonly source: TonSource;
  close(): Promise<void>;
}

/** Facts that lead to the need of more facts: a wallet, its master, its owner, … */
const ROUNDS = 16;

/** Spans in memory while accounts found late are caught up with. */
const LOOK_AHEAD = 64;

interface Read {
  readonly transactions: readonly DecodedTransaction[];
  readonly discovered: readonly string[];
}

export function createTonReader({ follow, ...options }: TonReaderOptions): TonReader {
  const { log } = options;
  const source = createTonSource(options);
  const decoder = createTonDecoder(follow);
  const accounts = createTonAccounts(follow);
  const facts = createTonFacts(source);

  async function decode(transaction: TonTransaction, signal: AbortSignal): Promise<DecodedTransaction | null> {
    const input = { transaction, ancestors: await source.ancestors(transaction, signal) };
    const knowledge = facts.knowledgeFor(transaction);
    for (let round = 0; round < ROUNDS; round += 1) {
      const { transaction: decoded, needs } = decoder.decode(input, knowledge);
      if (needs.length === 0) return decoded;
      await facts.resolve(needs, transaction, signal);
    }
    log.warn({ transaction: transaction.hash }, 'a TON transaction asks for ever more facts: kept as undecodable');
    const problem = { code: 'undecodable', message: `facts were still missing after ${ROUNDS} rounds of questions` } as const;
    return { ...nothingOfOurs(transaction), problems: [problem] };
  }

  /** Contracts that sell an item of ours: whom it was handed to, or by whom it came. */
  function salesOf({ events, block }: DecodedTransaction): string[] {
    const held = events
      .filter(({ asset, outcome }) => asset.kind === 'nft' && outcome === 'ok')
      .flatMap(({ details, to, from }) => {
        const named = [to, from, ...Object.values(details ?? {})];
        return named.filter((value): value is string => typeof value === 'string');
      });
    return held.filter((address) => facts.isSale(address, { block, lt: 0n }));
  }

  /** What of the block is ours, with what its own transactions make ours. */
  async function readBlock(
    block: OpenBlock,
    wanted: (account: string) => boolean,
    signal: AbortSignal,
    onFound: (accounts: readonly string[]) => void = () => {},
  ): Promise<Read> {
    const decoded = new Map<string, DecodedTransaction | null>();
    const discovered = new Set<string>();
    for (let before = -1; before !== decoded.size; ) {
      before = decoded.size;
      const fresh = (await block.transactionsOf(wanted, signal)).filter(({ hash }) => !decoded.has(hash));
      const answers = await Promise.all(fresh.map((transaction) => decode(transaction, signal)));
      for (const [index, transaction] of fresh.entries()) {
        const ours = answers[index] ?? null;
        decoded.set(transaction.hash, ours);
        const found = follow.all ? [] : [...accounts.madeKnownBy(transaction), ...(ours ? salesOf(ours) : [])];
        for (const account of found) discovered.add(account);
        accounts.add(found);
        onFound(found);
      }
    }
    const transactions = [...decoded.values()].filter((transaction) => transaction !== null);
    return { transactions: transactions.sort((a, b) => a.transactionIndex - b.transactionIndex), discovered: [...discovered] };
  }

  async function readOne(block: OpenBlock, hash: string, signal: AbortSignal): Promise<FoundTransaction | null> {
    const transaction = await block.transaction(hash, signal);
    if (!transaction) return null;
    const decoded = await decode(transaction, signal);
    const discovered = [...accounts.madeKnownBy(transaction), ...(decoded ? salesOf(decoded) : [])];
    return { transaction: decoded ?? nothingOfOurs(transaction), source: block.source, discovered };
  }

  return {
    chain: 'ton',
    fingerprint: fingerprintOf(decoder.parts, follow),
    genesis: source.genesis,
    tip: source.tip,
    firstAvailable: source.firstAvailable,
    discovers: !follow.all,
    lookAhead: LOOK_AHEAD,
    follow: (addresses) => accounts.add([...addresses].map(([address]) => address)),
    source,
    async *read(range, { concurrency, signal }) {
      for await (const { fromBlock, toBlock, block, source: name } of source.read(range, { concurrency, signal })) {
        const { transactions, discovered } = block
          ? await readBlock(block, accounts.follows, signal)
          : { transactions: [], discovered: [] };
        yield { fromBlock, toBlock, source: name, transactions, ...(discovered.length > 0 ? { discovered } : {}) };
      }
    },
    async *readAddresses(addresses, range, { signal, late }) {
      accounts.add(addresses);
      const wanted = new Set(addresses);
      for await (const { fromBlock, toBlock, block, source: name } of source.read(range, { concurrency: 8, signal })) {
        if (!block) continue;
        const made = (found: readonly string[]) => {
          for (const address of found) if (late(address, fromBlock)) wanted.add(address);
        };
        const read = await readBlock(block, (account) => wanted.has(account), signal, made);
        yield { fromBlock, toBlock, source: name, ...read };
      }
    },
    async *readAddress(address, range, { signal }) {
      // So that what it makes known is followed from here on.
      accounts.add([address]);
      for await (const { block, hash } of source.history(address, range, signal)) {
        const found = await readOne(block, hash, signal);
        if (!found) continue;
        accounts.add(found.discovered ?? []);
        yield found;
      }
    },
    async readTransaction(hash, signal, at) {
      if (at !== undefined) return readOne(await source.open(at, signal), hash, signal);
      const found = await source.find(hash, signal);
      if (found === null)
        throw new NdxError(
          'TRANSACTION_NOT_FOUND',
          `the tables know no transaction ${hash}, and of the TON endpoints only those of toncenter v3 can be asked for a hash: set TONCENTER_V3_URL`,
        );
      const read: FoundTransaction[] = [];
      for (const { block, hash: own } of found) {
        const one = await readOne(block, own, signal);
        if (one) read.push(one);
      }
      // Of a trace, what is ours; of a single transaction, that, whatever it holds.
      const ours = read.filter(({ transaction: { events, problems = [] } }) => events.length + problems.length > 0);
      const [first, ...others] = ours.length > 0 ? ours : read;
      return first ? { ...first, others: others.map(({ transaction }) => transaction) } : null;
    },
    watch: source.watch,
    close: source.close,
  };
}

function nothingOfOurs(transaction: TonTransaction): DecodedTransaction {
  return {
    chain: 'ton',
    block: transaction.block,
    blockTime: transaction.now,
    transactionIndex: transaction.transactionIndex,
    transactionHash: transaction.hash,
    outcome: transaction.aborted ? 'failed' : 'ok',
    events: [],
  };
}
