/**
 * Solana as listener/, replay/, discovery/ and verify/ see it: the RPC source, and the decoder of what it
 * gives.
 */
import { mapInOrder } from '../../chains/http/in-order.js';
import { createSolanaSource, type SolanaSourceOptions } from '../../chains/solana/source.js';
import type { SolanaBlock } from '../../chains/solana/transaction.js';
import type { BlockLink } from '../../events/batch.js';
import { NdxError } from '../../runtime/errors.js';
import type { ChainReader } from '../reader.js';
import { createSolanaBlockDecoder, type SolanaBlockDecoderOptions } from './decoder.js';

export interface SolanaReaderOptions extends Omit<SolanaSourceOptions, 'keys'>, SolanaBlockDecoderOptions {}

export interface SolanaReader extends ChainReader {
  close(): Promise<void>;
}

/** How many spans are held in memory while NFTs discovered late are caught up with. */
const LOOK_AHEAD = 512;

export function createSolanaReader({ follow, observe, ...options }: SolanaReaderOptions): SolanaReader {
  const { decodeBlock, decodeTransaction, decodeRaw, keys, ...reading } = createSolanaBlockDecoder({
    follow,
    ...(observe ? { observe } : {}),
  });
  const source = createSolanaSource({ ...options, keys });

  const readTransaction: ChainReader['readTransaction'] = async (hash, signal) => {
    const raw = await source.transaction(hash, signal);
    if (!raw) return null;
    return { transaction: decodeTransaction(raw), source: source.endpointsState()[0]?.name ?? 'solana' };
  };

  return {
    ...reading,
    genesis: source.genesis,
    tip: source.tip,
    firstAvailable: source.firstAvailable,
    lookAhead: LOOK_AHEAD,
    async *read(range, { finality, concurrency, signal }) {
      for await (const { fromBlock, toBlock, block, again, after, raw, source: name } of source.read(range, {
        finality,
        concurrency,
        signal,
      })) {
        const decoded = block === null ? { transactions: [] } : decodeBlock(block, again);
        yield {
          fromBlock,
          toBlock,
          source: name,
          ...decoded,
          ...(block === null ? {} : { link: linkOf(block) }),
          ...(after ? { after } : {}),
          ...(raw ? { raw } : {}),
        };
      }
    },
    finalNames: source.finalNames,
    doubt: source.doubt,
    finalLink: async (block, signal) => linkOf(await source.finalHeader(block, signal)),
    readTransaction,
    async *readAddress(address, { fromBlock, toBlock }, { finality, signal, concurrency = 4 }) {
      const signatures = source.signatures(address, { from: fromBlock, to: toBlock, finality }, signal);
      yield* mapInOrder(signatures, concurrency, signal, async ({ signature, slot }, own) => {
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
