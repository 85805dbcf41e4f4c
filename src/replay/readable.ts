/** Checks before a replay that its range can be read. */
import type { BlockRange } from '../events/range.js';
import type { ChainReader } from '../readers/reader.js';
import { NdxError } from '../runtime/errors.js';

/**
 * Refuses a range that cannot be read as a whole now.
 * @throws NdxError INPUT_INVALID when the range is empty or not final yet, BLOCK_UNAVAILABLE when it begins
 * before what the endpoints keep
 */
export async function assertReadable(
  reader: ChainReader,
  { fromBlock, toBlock }: BlockRange,
  signal: AbortSignal,
): Promise<void> {
  if (fromBlock > toBlock || fromBlock < 0)
    throw new NdxError('INPUT_INVALID', `blocks ${fromBlock} to ${toBlock} are no range`);
  const [tip, oldest] = await Promise.all([reader.tip(signal), reader.firstAvailable(signal)]);
  if (toBlock > tip.finalized)
    throw new NdxError(
      'INPUT_INVALID',
      `block ${toBlock} is not final yet: the newest final block of ${reader.chain} is ${tip.finalized}`,
    );
  if (fromBlock < oldest)
    throw new NdxError(
      'BLOCK_UNAVAILABLE',
      `the ${reader.chain} endpoints keep no blocks below ${oldest}: configure an archive endpoint to replay from ${fromBlock}`,
    );
}
