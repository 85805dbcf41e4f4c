/**
 * What the listener would put into the queue for a generated chain: decoded by the real decoders, packed as
 * ingest/ packs.
 */
import { loadNetwork, type Network } from '../../config/networks.js';
import { normaliseTransaction } from '../../src/chains/solana/normalise/transaction.js';
import { createSolanaDecoder } from '../../src/decoders/solana/registry.js';
import type { Batch } from '../../src/events/batch.js';
import { timeOfSlot } from './blocks.js';
import { createOurTraffic, type OurTrafficOptions } from './ours.js';

export interface BatchesOptions extends OurTrafficOptions {
  readonly fromSlot: number;
  readonly toSlot: number;
  /** Transactions of ours a block. */
  readonly ours: number;
  readonly blocksPerBatch: number;
}

const FINGERPRINT = 'bench';

/** From the project's root. */
export function benchNetwork(): Network {
  return loadNetwork('devnet', 'config/networks');
}

export function* generateBatches(options: BatchesOptions): Generator<Batch> {
  const { solana } = benchNetwork();
  if (!solana) throw new Error('the devnet network file follows no Solana');
  const decoder = createSolanaDecoder(solana.follow);
  const traffic = createOurTraffic(options);
  for (let from = options.fromSlot; from <= options.toSlot; from += options.blocksPerBatch) {
    const to = Math.min(options.toSlot, from + options.blocksPerBatch - 1);
    const transactions = [];
    for (let slot = from; slot <= to; slot++) {
      const blockTime = timeOfSlot(slot);
      for (const [at, { json }] of traffic.block(slot, options.ours, blockTime).entries()) {
        const decoded = decoder.decode(
          normaliseTransaction(JSON.parse(json), { slot, blockTime, transactionIndex: at * 10 }),
        );
        if (!decoded || decoded.problems)
          throw new Error(`transaction ${at} of slot ${slot} is not decoded whole`);
        transactions.push(decoded);
      }
    }
    yield {
      chain: 'solana',
      fingerprint: FINGERPRINT,
      finality: 'finalized',
      fromBlock: from,
      toBlock: to,
      scope: 'blocks',
      transactions,
      source: 'bench',
    };
  }
}
