/**
 * Reads a range to its end: blocks that are not proven yet are asked for again, and errors that may pass are
 * tried again.
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
  /** What the spans pass through before they are packed into batches, e.g. holdBackLate. */
  readonly through?: (spans: AsyncIterable<DecodedSpan>) => AsyncIterable<DecodedSpan>;
}

/**
 * Tries without progress before reading fails: about a minute, in addition to the retries of the source
 * itself.
 */
const PATIENCE = 8;

const LONGEST_BACKOFF_MS = 15_000;

/**
 * Batches of the range, in order and without a gap.
 * @throws NdxError of the last try: one that is not retryable at once, others after eight tries without
 * progress; BLOCK_UNAVAILABLE when no block after the range proves its end; the signal's reason
 */
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
