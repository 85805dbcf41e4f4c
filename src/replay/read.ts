/**
 * Reads a range to its end: what is not proven yet is asked for again, what fails for a while is tried again.
 */
import type { Batch } from '../events/batch.js';
import type { BlockRange } from '../events/range.js';
import { toBatches } from '../readers/batches.js';
import type { BatchLimits } from '../readers/limits.js';
import type { ChainReader, DecodedSpan } from '../readers/reader.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import { backoff, pause } from '../runtime/pause.js';

interface ReadAllOptions {
  /** Blocks fetched at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly limits: BatchLimits;
  readonly log: Log;
  /** What the spans pass through before they are packed. */
  readonly through?: (spans: AsyncIterable<DecodedSpan>) => AsyncIterable<DecodedSpan>;
}

/** Tries without progress before reading fails: about a minute, besides what the source itself tries. */
const PATIENCE = 8;

const LONGEST_BACKOFF_MS = 15_000;

/** Batches of the range, in order and without a gap. @throws NdxError of the last try */
export async function* readBatches(
  reader: ChainReader,
  range: BlockRange,
  base: Pick<Batch, 'finality' | 'replay'>,
  { concurrency, signal, limits, log, through = (spans) => spans }: ReadAllOptions,
): AsyncGenerator<Batch> {
  let next = range.fromBlock;
  let tries = 0;
  while (next <= range.toBlock) {
    signal.throwIfAborted();
    const before = next;
    let failure: unknown;
    try {
      const spans = reader.read(
        { fromBlock: next, toBlock: range.toBlock },
        { finality: base.finality, concurrency, signal },
      );
      for await (const batch of toBatches(reader, through(spans), base, limits)) {
        yield batch;
        next = batch.toBlock + 1;
      }
      if (next > range.toBlock) return;
      failure = new NdxError(
        'BLOCK_UNAVAILABLE',
        `blocks ${next} to ${range.toBlock} cannot be proven skipped: no block after them is known yet`,
        {
          retryable: true,
        },
      );
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
    tries = next > before ? 1 : tries + 1;
    if (tries >= PATIENCE || !(failure instanceof NdxError && failure.retryable)) throw failure;
    log.warn({ chain: reader.chain, next, tries, error: messageOf(failure) }, 'reading again');
    await pause(backoff(tries, LONGEST_BACKOFF_MS), signal);
  }
}
