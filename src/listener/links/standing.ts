/** What the endpoints say about a block that the tables stand on. */
import type { BlockHash } from '../../events/batch.js';
import type { BlockRange } from '../../events/range.js';
import type { ChainReader, NamedBlock } from '../../readers/reader.js';
import { NdxError } from '../../runtime/errors.js';
import type { ListenerContext } from '../context.js';

/**
 * About a block in the final chain. `holds`: every endpoint that answers names it. `denied`: every one names
 * another hash. `absent`: none has a block of that number. `disputed`: they differ, or the reader cannot ask.
 */
export type Standing = 'holds' | 'denied' | 'absent' | 'disputed';

/**
 * Whether the final chain holds the block, by the word of every endpoint that has it. Endpoints that name
 * another hash are reported to the reader as doubtful.
 * @throws NdxError other than BLOCK_UNAVAILABLE that the endpoints answer with
 */
export async function standingOf(
  { reader, log }: Pick<ListenerContext, 'reader' | 'log'>,
  block: BlockHash,
  signal: AbortSignal,
): Promise<Standing> {
  if (!reader.finalNames) return 'disputed';
  let names: readonly NamedBlock[];
  try {
    names = await reader.finalNames(block.block, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof NdxError) || error.code !== 'BLOCK_UNAVAILABLE') throw error;
    return 'absent';
  }
  const others = names.filter(({ hash }) => hash !== block.hash);
  if (others.length === 0) return 'holds';
  const said = names.map(({ source, hash }) => `${source}: ${hash}`);
  log.warn(
    { chain: reader.chain, ...block, said },
    'endpoints name another block than the one that the tables stand on',
  );
  for (const { source } of others) reader.doubt?.(source);
  return others.length === names.length ? 'denied' : 'disputed';
}

/** The BLOCK_UNAVAILABLE error (retryable) that says what contradicts the covered range. */
export function contradiction(reader: Pick<ChainReader, 'chain'>, range: BlockRange, what: string): NdxError {
  const { fromBlock, toBlock } = range;
  return new NdxError(
    'BLOCK_UNAVAILABLE',
    `${reader.chain}: what is covered from block ${fromBlock} to ${toBlock} is contradicted: ${what}`,
    { retryable: true },
  );
}
