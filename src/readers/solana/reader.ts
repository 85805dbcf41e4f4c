/**
 * Solana as listener/, replay/, discovery/ and verify/ see it: the RPC source, and the decoder of what it
 * gives.
 */
import { mapInOrder } from '../../chains/http/in-order.js';
import type { SignatureEntry } from '../../chains/solana/rpc/methods.js';
import { createSolanaSource, type SolanaSourceOptions } from '../../chains/solana/source.js';
import type { SolanaBlock } from '../../chains/solana/transaction.js';
import type { BlockLink } from '../../events/batch.js';
import { NdxError } from '../../runtime/errors.js';
import type { ChainReader } from '../reader.js';
import { createSolanaBlockDecoder, type Decoded, type SolanaBlockDecoderOptions } from './decoder.js';
import { mintOf } from './mint-of.js';

export interface SolanaReaderOptions extends Omit<SolanaSourceOptions, 'keys'>, SolanaBlockDecoderOptions {}

export interface SolanaReader extends ChainReader {
  close(): Promise<void>;
}

/** How many spans are held in memory while NFTs discovered late are caught up with. */
const LOOK_AHEAD = 512;

export function createSolanaReader({ follow, observe, ...options }: SolanaReaderOptions): SolanaReader {
  const { decodeBlock, decodeTransaction, decodeRaw, learnMint, keys, ...reading } = createSolanaBlockDecoder(
    {
      follow,
      ...(observe ? { observe } : {}),
    },
  );
  const source = createSolanaSource({ ...options, keys });

  const readTransaction: ChainReader['readTransaction'] = async (hash, signal) => {
    const found = await source.transaction(hash, signal);
    if (!found) return null;
    const { transaction: raw, owed } = found;
    const first = decodeTransaction(raw);
    const { transaction, holders } = (await learnMints(first.unnamed, raw.slot, signal))
      ? decodeTransaction(raw)
      : first;
    return { transaction, holders, owed, source: source.endpointsState()[0]?.name ?? 'solana' };
  };

  /** Finds out the mints of metadata accounts. @returns whether any was learnt */
  const learnMints = async (metadata: readonly string[], slot: number, signal: AbortSignal) => {
    let learnt = false;
    for (const account of new Set(metadata)) {
      const mint = await mintOf(source, account, slot, signal);
      if (mint === null) continue;
      learnMint(account, mint);
      learnt = true;
    }
    return learnt;
  };

  const decodedWithMints = async (
    block: SolanaBlock,
    again: (() => SolanaBlock) | undefined,
    signal: AbortSignal,
  ): Promise<Decoded> => {
    const first = decodeBlock(block, again);
    return (await learnMints(first.unnamed, block.slot, signal)) ? decodeBlock(block, again) : first;
  };

  return {
    ...reading,
    genesis: source.genesis,
    tip: source.tip,
    firstAvailable: source.firstAvailable,
    lookAhead: LOOK_AHEAD,
    judge: source.judge,
    async *read(range, { finality, concurrency, signal, patienceMs }) {
      for await (const span of source.read(range, { finality, concurrency, signal, patienceMs })) {
        const { fromBlock, toBlock, block, again, after, raw, source: name, owed } = span;
        const { unnamed, ...decoded } =
          block === null ? { transactions: [], unnamed: [] } : await decodedWithMints(block, again, signal);
        yield {
          fromBlock,
          toBlock,
          source: name,
          ...decoded,
          ...(block === null ? {} : { link: linkOf(block) }),
          ...(after ? { after } : {}),
          ...(owed ? { owed } : {}),
          ...(raw ? { raw } : {}),
        };
      }
    },
    finalNames: source.finalNames,
    doubt: source.doubt,
    finalLink: async (block, signal) => linkOf(await source.finalHeader(block, signal)),
    readTransaction,
    async *readAddress(address, { fromBlock, toBlock }, { finality, signal, concurrency = 4, skip }) {
      const signatures = source.signatures(address, { from: fromBlock, to: toBlock, finality }, signal);
      yield* mapInOrder(wanted(signatures, skip), concurrency, signal, async ({ signature, slot }, own) => {
        const found = await readTransaction(signature, own);
        // A list names it, so it exists, or a fork has just taken it away: either way, what was read is not
        // complete.
        if (!found)
          throw new NdxError(
            'BLOCK_UNAVAILABLE',
            `Solana: no endpoint gives ${signature} of slot ${slot} yet`,
            { retryable: true },
          );
        return found;
      });
    },
    watch: (onHint, signal) => source.watch(() => onHint(), signal),
    silent: () => {
      const { silent, endpoint } = source.watchState();
      return silent ? endpoint : null;
    },
    close: () => source.close(),
  };
}

async function* wanted(
  signatures: AsyncIterable<SignatureEntry>,
  skip: (hash: string) => boolean = () => false,
): AsyncGenerator<SignatureEntry> {
  for await (const entry of signatures) if (!skip(entry.signature)) yield entry;
}

function linkOf(
  block: Pick<SolanaBlock, 'slot' | 'blockhash' | 'parentSlot' | 'previousBlockhash'>,
): BlockLink {
  return {
    block: block.slot,
    hash: block.blockhash,
    parent: block.parentSlot,
    parentHash: block.previousBlockhash,
  };
}
