/**
 * TON as listener/, replay/, discovery/ and verify/ see it: the source, and the decoder with the facts that
 * it asks the source for.
 */
import { mapInOrder } from '../../chains/http/in-order.js';
import type { OpenBlock } from '../../chains/ton/read/open-block.js';
import { createTonSource, type TonSource, type TonSourceOptions } from '../../chains/ton/source.js';
import type { TonTransaction } from '../../chains/ton/transaction.js';
import type { DecodedTransaction } from '../../events/event.js';
import { NdxError } from '../../runtime/errors.js';
import type { ChainReader, FoundTransaction } from '../reader.js';
import {
  byPlace,
  createTonBlockDecoder,
  nothingOfOurs,
  type Read,
  spanOf,
  type TonBlockDecoderOptions,
  undecodable,
} from './decoder.js';
import { createTonFacts, type TonFactsOptions } from './facts.js';
import { packTonBlock, recordFacts, type TonMaterial } from './raw.js';

export interface TonReaderOptions extends TonSourceOptions, TonBlockDecoderOptions {
  /** Called for every contract that is not believed. */
  readonly onRefusal?: TonFactsOptions['onRefusal'];
}

export interface TonReader extends ChainReader {
  readonly source: TonSource;
  close(): Promise<void>;
}

/**
 * Rounds of questions for one transaction: a fact may lead to the next (a wallet, its master, its owner, …).
 */
const ROUNDS = 16;

/** How many blocks ask for facts at once, so that one that waits for answers does not hold up the others. */
const DECODED_AT_ONCE = 8;

/** How many spans are held back while accounts that were discovered late are caught up with. */
const LOOK_AHEAD = 64;

interface Decoded {
  /** null: the transaction holds nothing of ours. */
  readonly decoded: DecodedTransaction | null;
  readonly material: TonMaterial;
}

export function createTonReader({ follow, onRefusal, observe, ...options }: TonReaderOptions): TonReader {
  const { log } = options;
  const { decoder, accounts, followed, foundBy, decodeRaw, ...reading } = createTonBlockDecoder({
    follow,
    observe,
  });
  const source = createTonSource({ ...options, ours: accounts.follows });
  const facts = createTonFacts(source, { log, onRefusal });

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

  /** Reads the wanted accounts' transactions in the block, and those of accounts that they make ours. */
  function createReading(
    block: OpenBlock,
    wanted: (account: string) => boolean,
    onFound: (accounts: readonly string[]) => void = () => {},
  ) {
    const decoded = new Map<string, DecodedTransaction | null>();
    const materials: TonMaterial[] = [];
    const discovered = new Set<string>();

    /** Decodes what is wanted by now and not decoded yet. @returns whether there was any */
    async function more(signal: AbortSignal): Promise<boolean> {
      const fresh = (await block.transactionsOf(wanted, signal)).filter(({ hash }) => !decoded.has(hash));
      const answers = await Promise.all(fresh.map((transaction) => decode(transaction, signal)));
      for (const [index, transaction] of fresh.entries()) {
        const answer = answers[index];
        const ours = answer?.decoded ?? null;
        if (answer) materials.push(answer.material);
        decoded.set(transaction.hash, ours);
        const found = foundBy(transaction, ours, facts.isSale);
        for (const account of found) discovered.add(account);
        accounts.add(found);
        onFound(found);
      }
      return fresh.length > 0;
    }

    return {
      more,
      /** To be called when everything that earlier blocks make ours is known. */
      async finish(signal: AbortSignal): Promise<Read> {
        while (await more(signal));
        if (decoded.size > 0) await source.vouch(block, signal);
        const transactions = [...decoded.values()].filter((transaction) => transaction !== null);
        return { transactions: transactions.sort(byPlace), discovered: [...discovered], materials };
      },
    };
  }

  async function readOne(
    block: OpenBlock,
    hash: string,
    signal: AbortSignal,
  ): Promise<FoundTransaction | null> {
    const transaction = await block.transaction(hash, signal);
    if (!transaction) return null;
    const { decoded } = await decode(transaction, signal);
    const discovered = foundBy(transaction, decoded, facts.isSale);
    return {
      transaction: decoded ?? nothingOfOurs(transaction),
      source: block.source,
      owed: source.owedOf(block),
      discovered,
    };
  }

  return {
    ...reading,
    genesis: source.genesis,
    tip: source.tip,
    firstAvailable: source.firstAvailable,
    finalNames: source.finalNames,
    doubt: source.doubt,
    lookAhead: LOOK_AHEAD,
    judge: source.judge,
    source,
    async *read(range, { concurrency, signal, patienceMs }) {
      const begun = mapInOrder(
        source.read(range, { concurrency, signal, patienceMs }),
        DECODED_AT_ONCE,
        signal,
        async (span, limited) => {
          const reading = createReading(span.block, accounts.follows);
          await reading.more(limited);
          return { ...span, reading };
        },
      );
      for await (const { fromBlock, toBlock, block, parentHash, reading, source: name } of begun) {
        const read = await reading.finish(signal);
        const raw = () => packTonBlock(toBlock, followed, read.materials);
        const link = { block: toBlock, hash: block.rootHash, parent: toBlock - 1, parentHash };
        yield { fromBlock, toBlock, source: name, link, raw, owed: source.owedOf(block), ...spanOf(read) };
      }
    },
    async *readAddresses(addresses, range, { signal, late }) {
      accounts.add(addresses);
      const wanted = new Set(addresses);
      for await (const { fromBlock, toBlock, block, source: name } of source.read(range, {
        concurrency: 8,
        signal,
      })) {
        const made = (found: readonly string[]) => {
          for (const address of found) if (late(address, fromBlock)) wanted.add(address);
        };
        const read = await createReading(block, (account) => wanted.has(account), made).finish(signal);
        yield { fromBlock, toBlock, source: name, owed: source.owedOf(block), ...spanOf(read) };
      }
    },
    async *readAddress(address, range, { signal }) {
      // The address is ours from here on.
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
      // Of a trace, only what is ours; when nothing is, everything that the hash names.
      const ours = read.filter(
        ({ transaction: { events, problems = [] } }) => events.length + problems.length > 0,
      );
      const [first, ...others] = ours.length > 0 ? ours : read;
      const owed = [first, ...others].flatMap((one) => one?.owed ?? []);
      return first ? { ...first, others: others.map(({ transaction }) => transaction), owed } : null;
    },
    watch: source.watch,
    close: source.close,
  };
}
