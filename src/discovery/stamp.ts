/** Marks each span with the newest announcement that it was read with. */
import type { DecodedSpan } from '../readers/reader.js';
import type { Discoveries } from './discoveries.js';

/**
 * The spans, each with the `knowledge` that the reader had before it read the span. A span whose reading
 * overlaps an announcement so counts as read without it.
 */
export async function* stamped(
  spans: AsyncIterable<DecodedSpan>,
  discoveries: Pick<Discoveries, 'knowledge'>,
): AsyncGenerator<DecodedSpan> {
  let before = discoveries.knowledge();
  for await (const span of spans) {
    yield { ...span, knowledge: before };
    before = discoveries.knowledge();
  }
}
