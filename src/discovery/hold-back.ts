/** Holds back spans that discover addresses late, until these addresses are caught up with. */
import type { DecodedSpan } from '../readers/reader.js';
import { type CaughtUp, catchUp } from './catch-up.js';
import type { DiscoveryDeps } from './deps.js';
import { inChainOrder } from './findings.js';
import { lateDiscoveries } from './late.js';

/**
 * Passes the spans on, each once its late discoveries are caught up with. Catching up waits for other
 * processes, so spans are held back in groups of up to the reader's `lookAhead` (1 when it has none), and the
 * discoveries of one group are caught up with at once.
 * @throws NdxError as catchUp; what the spans throw
 */
export async function* holdBackLate(
  deps: DiscoveryDeps,
  spans: AsyncIterable<DecodedSpan>,
  signal: AbortSignal,
): AsyncGenerator<DecodedSpan> {
  const most = deps.reader.lookAhead ?? 1;
  let held: DecodedSpan[] = [];
  const release = async (): Promise<readonly DecodedSpan[]> => {
    const released = held;
    held = [];
    return caughtUp(deps, released, signal);
  };
  try {
    for await (const span of spans) {
      if (held.length === 0 && lateDiscoveries(span, deps.discoveries).length === 0) {
        yield span;
        continue;
      }
      held.push(span);
      if (held.length >= most) yield* await release();
    }
  } catch (error) {
    yield* await release();
    throw error;
  }
  yield* await release();
}

/**
 * @returns the spans, completed by transactions that they lack: those of addresses discovered while catching
 * up
 */
async function caughtUp(
  deps: DiscoveryDeps,
  spans: readonly DecodedSpan[],
  signal: AbortSignal,
): Promise<readonly DecodedSpan[]> {
  const late = new Map<string, number>();
  for (const span of spans)
    for (const [address, since] of lateDiscoveries(span, deps.discoveries))
      late.set(address, Math.min(since, late.get(address) ?? since));
  const [first, last] = [spans[0], spans.at(-1)];
  if (late.size === 0 || !first || !last) return spans;
  const held = { fromBlock: first.fromBlock, toBlock: last.toBlock };
  const { addresses, knowledge, ...found } = await catchUp(deps, late, signal, held);
  await deps.discoveries.remember(addresses);
  return spans.map((span) => ({ ...withMissing(span, found), knowledge }));
}

/** A transaction that both hold counts as it was found: it was decoded with more addresses. */
function withMissing(span: DecodedSpan, { inHeld, owed }: Pick<CaughtUp, 'inHeld' | 'owed'>): DecodedSpan {
  const isIn = ({ block }: { readonly block: number }) => block >= span.fromBlock && block <= span.toBlock;
  const more = inHeld.filter(
    (found) => isIn(found) && found.events.length + (found.problems ?? []).length > 0,
  );
  if (more.length === 0) return span;
  const again = new Set(more.map(({ transactionHash }) => transactionHash));
  const others = span.transactions.filter(({ transactionHash }) => !again.has(transactionHash));
  return {
    ...span,
    transactions: [...others, ...more].sort(inChainOrder),
    ...(span.owed ? { owed: [...span.owed, ...owed.filter(isIn)] } : {}),
  };
}
