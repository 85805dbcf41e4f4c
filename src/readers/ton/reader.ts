/** TON as listener/, replay/ and discovery/ see it: the source and the decoders joined, with the accounts that become ours found on the way. */
import { mapInOrder } from '../../chains/http/in-order.js';
import type { OpenBlock } from '../../chains/ton/read/open-block.js';
import { createTonSource, type TonSource, type TonSourceOptions } from '../../chains/ton/source.js';
import type { TonTransaction } from '../../chains/ton/transaction.js';
import type { TonDecoderOptions } from '../../decoders/ton/decoder.js';
import type { TonFollow } from '../../decoders/ton/follow.js';
import { createTonDecoder } from '../../decoders/ton/registry.js';
import type { DecodedTransaction } from '../../events/event.js';
import { NdxError } from '../../runtime/errors.js';
import { type ChainReader, type DecodedSpan, type FoundTransaction, fingerprintOf } from '../reader.js';
import { createTonAccounts } from './discover.js';
import { createTonFacts, type TonFactsOptions } from './facts.js';
import { factsOf, packTonBlock, recordFacts, sellsBy, type TonMaterial, unpackTonBlock } from './raw.js';

export interface TonReaderOptions extends TonSourceOptions {
  readonly follow: TonFollow;
  readonly onRefusal?: TonFactsOptions['onRefusal'];
  readonly observe?: TonDecoderOptions['observe'];
}

export interface TonReader extends ChainReader {
  readonly source: TonSource;
  close(): Promise<void>;
}

/** Facts that lead to the need of more facts: a wallet, its master, its owner, … */
const ROUNDS = 16;

/** Blocks whose facts are asked for at once, so that one that waits for answers holds up nobody. */
const DECODED_AT_ONCE = 8;

/** Spans in memory while accounts found late are caught up with. */
const LOOK_AHEAD = 64;

interface Decoded {
  /** null: nothing of ours. */
  readonly decoded: DecodedTransaction | null;
  readonly material: TonMaterial;
}

interface Read {
  readonly transactions: readonly DecodedTransaction[];
  readonly discovered: readonly string[];
  /** Of all that was decoded, whether it held anything of ours or not. */
  readonly materials: readonly TonMaterial[];
}

export function createTonReader({ follow, onRefusal, observe, ...options }: TonReaderOptions): TonReader {
  const { log } = options;
  const source = createTonSource(options);
  const decoder = createTonDecoder(follow, { observe });
  const accounts = createTonAccounts(follow);
  const facts = createTonFacts(source, { log, onRefusal });
  /** Names what is followed, whatever decodes it. */
  const followed = fingerprintOf([], follow);

  async function decode(transaction: TonTransaction, signal: AbortSignal): Promise<Decoded> {
    const input = { transaction, ancestors: await source.ancestors(transaction, signal) };
    const { facts: known, record } = recordFacts(facts.knownFor(transaction));
    const material = { input, facts: record };
    for (let round = 0; round < ROUNDS; round += 1) {
      const { transaction: decoded, needs } = decoder.decode(input, known);
      if (needs.length === 0) return { decoded, material };
      await facts.resolve(needs, transaction, signal);
    }
    log.warn(
      { transaction: transaction.hash },
      'a TON transaction asks for ever more facts: kept as undecodable',
    );
    return {
      decoded: undecodable(transaction, `facts were still missing after ${ROUNDS} rounds of questions`),
      material,
    };
  }

  /** Contracts that sell an item of ours: whom it was handed to, or by whom it came. */
  function salesOf({ events, block }: DecodedTransaction, isSale = facts.isSale): string[] {
    const held = events
      .filter(({ asset, outcome }) => asset.kind === 'nft' && outcome === 'ok')
      .flatMap(({ details, to, from }) => {
        const named = [to, from, ...Object.values(details ?? {})];
        return named.filter((value): value is string => typeof value === 'string');
      });
    return held.filter((address) => isSale(address, { block, lt: 0n }));
  }

  /** What of the block is ours, with what its own transactions make ours. */
  function createReading(
    block: OpenBlock,
    wanted: (account: string) => boolean,
    onFound: (accounts: readonly string[]) => void = () => {},
  ) {
    const decoded = new Map<string, DecodedTransaction | null>();
    const materials: TonMaterial[] = [];
    const discovered = new Set<string>();

    /** What is wanted by now and not decoded yet; whether there was any. */
    async function more(signal: AbortSignal): Promise<boolean> {
      const fresh = (await block.transactionsOf(wanted, signal)).filter(({ hash }) => !decoded.has(hash));
      const answers = await Promise.all(fresh.map((transaction) => decode(transaction, signal)));
      for (const [index, transaction] of fresh.entries()) {
        const answer = answers[index];
        const ours = answer?.decoded ?? null;
        if (answer) materials.push(answer.material);
        decoded.set(transaction.hash, ours);
        const found = follow.all
          ? []
          : [...accounts.madeKnownBy(transaction), ...(ours ? salesOf(ours) : [])];
        for (const account of found) discovered.add(account);
        accounts.add(found);
        onFound(found);
      }
      return fresh.length > 0;
    }

    return {
      more,
      /** To be called when all that earlier blocks make ours is known. */
      async finish(signal: AbortSignal): Promise<Read> {
        while (await more(signal));
        const transactions = [...decoded.values()].filter((transaction) => transaction !== null);
        return { transactions: transactions.sort(byPlace), discovered: [...discovered], materials };
      },
    };
  }

  /** As {@link createReading}, without asking anybody. */
  function readArchived(block: number, raw: Uint8Array): Read {
    const materials = unpackTonBlock(block, followed, raw);
    const isSale: typeof facts.isSale = (address, at) =>
      sellsBy(
        materials.map((material) => material.facts),
        address,
        at.block,
      );
    const discovered = new Set<string>();
    const transactions: DecodedTransaction[] = [];
    for (const material of materials) {
      const { transaction } = material.input;
      const { transaction: decoded, needs } = decoder.decode(material.input, factsOf(material.facts));
      // Other decoders than those of then may ask for more. It can be tried again where an endpoint is at hand.
      const missing = needs.map(({ kind, address }) => `${kind} ${address}`).join(', ');
      const ours =
        needs.length > 0
          ? undecodable(transaction, `the archive does not hold what decoding asks for: ${missing}`)
          : decoded;
      if (ours) transactions.push(ours);
      const found = follow.all
        ? []
        : [...accounts.madeKnownBy(transaction), ...(ours ? salesOf(ours, isSale) : [])];
      for (const account of found) discovered.add(account);
    }
    accounts.add(discovered);
    return { transactions: transactions.sort(byPlace), discovered: [...discovered], materials };
  }

  async function readOne(
    block: OpenBlock,
    hash: string,
    signal: AbortSignal,
  ): Promise<FoundTransaction | null> {
    const transaction = await block.transaction(hash, signal);
    if (!transaction) return null;
    const { decoded } = await decode(transaction, signal);
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
      const begun = mapInOrder(
        source.read(range, { concurrency, signal }),
        DECODED_AT_ONCE,
        signal,
        async (span, limited) => {
          const reading = span.block ? createReading(span.block, accounts.follows) : null;
          await reading?.more(limited);
          return { ...span, reading };
        },
      );
      for await (const { fromBlock, toBlock, reading, source: name } of begun) {
        const read = reading ? await reading.finish(signal) : NOTHING;
        const raw = () => packTonBlock(toBlock, followed, read.materials);
        yield { fromBlock, toBlock, source: name, raw, ...spanOf(read) };
      }
    },
    decodeRaw: (block, raw) => ({
      fromBlock: block,
      toBlock: block,
      source: 'archive',
      ...spanOf(readArchived(block, raw)),
    }),
    async *readAddresses(addresses, range, { signal, late }) {
      accounts.add(addresses);
      const wanted = new Set(addresses);
      for await (const { fromBlock, toBlock, block, source: name } of source.read(range, {
        concurrency: 8,
        signal,
      })) {
        if (!block) continue;
        const made = (found: readonly string[]) => {
          for (const address of found) if (late(address, fromBlock)) wanted.add(address);
        };
        const read = await createReading(block, (account) => wanted.has(account), made).finish(signal);
        yield { fromBlock, toBlock, source: name, ...spanOf(read) };
      }
    },
    async *readAddress(address, range, { signal }) {
      // So that what it makes known is followed from here on.
      accounts.add([address]);
      for await (const { block, hash } of source.history(address, range, signal)) {
        const found = await readOne(block, hash, signal);
        if (!found)
          throw new NdxError(
            'BLOCK_UNAVAILABLE',
            `TON: block ${block.seqno} is shown without transaction ${hash} of ${address}`,
            {
              retryable: true,
            },
          );
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
      const ours = read.filter(
        ({ transaction: { events, problems = [] } }) => events.length + problems.length > 0,
      );
      const [first, ...others] = ours.length > 0 ? ours : read;
      return first ? { ...first, others: others.map(({ transaction }) => transaction) } : null;
    },
    watch: source.watch,
    close: source.close,
  };
}

const NOTHING: Read = { transactions: [], discovered: [], materials: [] };

function spanOf({ transactions, discovered }: Read): Pick<DecodedSpan, 'transactions' | 'discovered'> {
  return { transactions, ...(discovered.length > 0 ? { discovered } : {}) };
}

function byPlace(a: DecodedTransaction, b: DecodedTransaction): number {
  return a.transactionIndex - b.transactionIndex;
}

function undecodable(transaction: TonTransaction, message: string): DecodedTransaction {
  return { ...nothingOfOurs(transaction), problems: [{ code: 'undecodable', message }] };
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
