/**
 * The transactions that name one address, without reading whole blocks: for programs that are used seldom.
 * getSignaturesForAddress can omit and repeat, so pages overlap, and a page that does not join the one before
 * it is asked for again elsewhere. A node that is behind would leave out the newest without a word, so it is
 * asked only for what it has seen.
 */

import { messageOf } from '../../../runtime/errors.js';
import type { Log } from '../../../runtime/log.js';
import type { Commitment, SignatureEntry, SolanaRpc } from '../rpc/methods.js';

export interface SignaturesOptions {
  /** Inclusive slots. */
  readonly from: number;
  readonly to: number;
  readonly finality: Commitment;
  readonly signal: AbortSignal;
}

export interface SignatureReaderDeps {
  readonly rpc: SolanaRpc;
  readonly endpoints: readonly string[];
  readonly log: Log;
  /** Entries a page, at most 1,000. */
  readonly page: number;
}

/** Share of a page that the next one must repeat. */
const OVERLAP = 1 / 20;

/** Newest first, each signature once. Not proof of completeness: for that, read the blocks. */
export async function* readSignatures(
  { rpc, endpoints, log, page }: SignatureReaderDeps,
  address: string,
  { from, to, finality, signal }: SignaturesOptions,
): AsyncGenerator<SignatureEntry, void, undefined> {
  const overlap = Math.max(1, Math.floor(page * OVERLAP));
  const ask = async (
    before: string | null,
    how: { only?: readonly string[]; retries?: number } = {},
  ): Promise<readonly SignatureEntry[]> =>
    newestFirst(
      (
        await rpc.signaturesForAddress(
          address,
          { before, limit: page, commitment: finality, upTo: to },
          { signal, ...how },
        )
      ).value,
    );
  /**
   * Every endpoint's answer, put together: what one omits another may have. Those that cannot be asked now
   * are told, as long as one can.
   */
  const askAll = async (before: string | null): Promise<readonly SignatureEntry[]> => {
    const all: SignatureEntry[] = [];
    const failures: unknown[] = [];
    for (const endpoint of endpoints) {
      try {
        all.push(...(await ask(before, { only: [endpoint], retries: 0 })));
      } catch (error) {
        if (signal.aborted) throw error;
        failures.push(error);
        log.warn({ address, endpoint }, `signatures could not be compared: ${messageOf(error)}`);
      }
    }
    if (failures.length === endpoints.length) throw failures[0];
    return newestFirst(all);
  };

  const anchor = await anchorAfter(rpc, to, finality, signal);
  let before = anchor;
  // What the next page must repeat, and what must not be yielded twice: pages only go back in time, so the
  // last page is enough.
  let repeated: readonly SignatureEntry[] = [];
  let seen = new Set<string>();
  while (true) {
    let entries = await ask(before);
    const joins = repeated.every(({ signature }) => entries.some((entry) => entry.signature === signature));
    if (!joins)
      log.warn(
        { address, before },
        'a page of signatures does not join the one before it: asking every endpoint',
      );
    const isNew = ({ signature }: SignatureEntry): boolean => !seen.has(signature);
    // Where one endpoint's history ends, another's may go on.
    if (!joins || (!entries.some(isNew) && endpoints.length > 1)) entries = await askAll(before);
    const fresh = entries.filter(isNew);
    const oldest = fresh.at(-1);
    if (oldest === undefined) {
      if (before === null || before !== anchor) return;
      // The endpoint may not know the anchor's signature: begin at the newest instead.
      before = null;
      continue;
    }
    for (const entry of fresh) if (entry.slot >= from && entry.slot <= to) yield entry;
    if (oldest.slot < from) return;
    seen = new Set([...repeated, ...entries].map(({ signature }) => signature));
    const tail = entries.length > overlap + 1 ? entries.slice(-overlap - 1) : entries.slice(-1);
    before = tail[0]?.signature ?? null;
    repeated = tail.slice(1);
  }
}

/**
 * A signature newer than all of the range, so that a range far back does not begin at the newest page; null
 * when none is needed or known.
 */
async function anchorAfter(
  rpc: SolanaRpc,
  to: number,
  commitment: Commitment,
  signal: AbortSignal,
): Promise<string | null> {
  const { value } = await rpc.blocksFrom(to + 1, 1, commitment, { signal });
  const slot = value[0];
  if (slot === undefined) return null;
  const block = await rpc.signaturesOf(slot, commitment, { signal });
  return block.value.signatures.at(-1) ?? null;
}

function newestFirst(entries: readonly SignatureEntry[]): readonly SignatureEntry[] {
  const unique = new Map(entries.map((entry) => [entry.signature, entry]));
  // Stable: inside a slot the node's own order stays.
  return [...unique.values()].sort((a, b) => b.slot - a.slot);
}
