/**
 * Lists the transactions that name one address without reading whole blocks: for addresses that are used
 * seldom. getSignaturesForAddress can omit and repeat entries, so pages overlap, and a page that does not
 * join the one before it is asked for again elsewhere. A node that is behind would silently leave out the
 * newest entries, so only a node that has seen the whole range is asked.
 */

import { messageOf } from '../../../runtime/errors.js';
import type { Log } from '../../../runtime/log.js';
import { RpcError } from '../../http/errors.js';
import type { Commitment, SignatureEntry, SolanaRpc } from '../rpc/methods.js';

export interface SignaturesOptions {
  /** First and last slot, both included. */
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
/** How often the end of the history is asked for again when no repeated entry confirms it. */
const ENDS_ASKED_AGAIN = 2;

/** Where a page begins, and what it must hold to join the one before it. */
interface Start {
  /** null: at the newest. */
  readonly before: Pick<SignatureEntry, 'signature' | 'slot'> | null;
  readonly repeated: readonly SignatureEntry[];
  /** Signatures of earlier pages, which cannot come again. */
  readonly passed: ReadonlySet<string>;
}

/**
 * The entries of the range, newest first, each signature once. This is no proof of completeness: for that,
 * read the blocks.
 * @throws RpcError RPC_BAD_RESPONSE when no endpoint gives a page that joins the one before it
 */
export async function* readSignatures(
  { rpc, endpoints, log, page }: SignatureReaderDeps,
  address: string,
  { from, to, finality, signal }: SignaturesOptions,
): AsyncGenerator<SignatureEntry, void, undefined> {
  const overlap = Math.max(1, Math.floor(page * OVERLAP));
  const ask = async (
    { before }: Start,
    wrong: (entries: readonly SignatureEntry[]) => string | null,
    how: { only?: readonly string[]; retries?: number } = {},
  ): Promise<readonly SignatureEntry[]> => {
    const asked = { before: before?.signature ?? null, limit: page, commitment: finality, upTo: to };
    return newestFirst((await rpc.signaturesForAddress(address, asked, wrong, { signal, ...how })).value);
  };
  /**
   * The answers of all endpoints together: what one omits another may have. An endpoint that cannot be asked
   * now is logged; when none can be, the first one's error is thrown.
   */
  const askAll = async (start: Start): Promise<readonly SignatureEntry[]> => {
    const all: SignatureEntry[] = [];
    const failures: unknown[] = [];
    for (const endpoint of endpoints) {
      try {
        all.push(
          ...(await ask(start, (entries) => notOlder(start, entries), { only: [endpoint], retries: 0 })),
        );
      } catch (error) {
        if (signal.aborted) throw error;
        failures.push(error);
        log.warn({ address, endpoint }, `signatures could not be compared: ${messageOf(error)}`);
      }
    }
    if (failures.length === endpoints.length) throw failures[0];
    return newestFirst(all);
  };
  const askPage = async (start: Start): Promise<readonly SignatureEntry[]> => {
    try {
      return await ask(start, (entries) => notOlder(start, entries) ?? notJoined(start, entries));
    } catch (error) {
      if (!(error instanceof RpcError) || error.reason !== 'bad-response' || endpoints.length < 2)
        throw error;
      log.warn(
        { address, before: start.before?.signature },
        `no endpoint's page of signatures joins the one before it, putting all together: ${error.message}`,
      );
      const entries = await askAll(start);
      if (notJoined(start, entries) !== null) throw error;
      return entries;
    }
  };

  let start: Start = {
    before: await anchorAfter(rpc, to, finality, signal),
    repeated: [],
    passed: new Set(),
  };
  for (let ends = 0; ; ) {
    const known = new Set([...start.passed, ...start.repeated.map(({ signature }) => signature)]);
    const isNew = ({ signature }: SignatureEntry): boolean => !known.has(signature);
    let entries = await askPage(start);
    // Where one endpoint's history ends, another's may go on.
    if (!entries.some(isNew) && endpoints.length > 1) entries = await askAll(start);
    const fresh = entries.filter(isNew);
    const oldest = fresh.at(-1);
    if (oldest === undefined) {
      // The entries that the page repeats confirm its end. Nothing confirms that a history is empty.
      if (start.repeated.length > 0 || ends >= ENDS_ASKED_AGAIN) return;
      // The endpoint may not know the anchor's signature: begin at the newest instead.
      start = { ...start, before: null };
      ends += 1;
      continue;
    }
    for (const entry of fresh) if (entry.slot >= from && entry.slot <= to) yield entry;
    if (oldest.slot < from) return;
    const [next, ...repeated] = entries.slice(-overlap - 1);
    // The entry is alone on its page: the page is asked for once more, and has to hold it again.
    if (next === undefined || repeated.length === 0) {
      start = { ...start, repeated: entries };
      continue;
    }
    // Pages only go back in time, so only entries of the last page may come again.
    const passed = new Set(entries.map(({ signature }) => signature));
    for (const { signature } of repeated) passed.delete(signature);
    start = { before: next, repeated, passed };
  }
}

/** What in a page is not older than its start, in words; null: nothing. `before` itself may come again. */
function notOlder({ before, passed }: Start, entries: readonly SignatureEntry[]): string | null {
  const newer = entries.find(
    ({ signature, slot }) =>
      signature !== before?.signature && (passed.has(signature) || (before !== null && slot > before.slot)),
  );
  return newer === undefined
    ? null
    : `a page with ${newer.signature} of slot ${newer.slot}, which is not older than ${before?.signature} of slot ${before?.slot}`;
}

/** What a page lacks of the entries that it must repeat, in words; null: nothing. */
function notJoined({ before, repeated }: Start, entries: readonly SignatureEntry[]): string | null {
  const there = new Set(entries.map(({ signature }) => signature));
  const missing = repeated.find(({ signature }) => !there.has(signature));
  return missing === undefined
    ? null
    : `a page older than ${before?.signature} without ${missing.signature}, which was shown there before`;
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
): Promise<Start['before']> {
  const { value } = await rpc.blocksFrom(to + 1, 1, commitment, { signal });
  const slot = value[0];
  if (slot === undefined) return null;
  const block = await rpc.signaturesOf(slot, commitment, { signal });
  const signature = block.value.signatures.at(-1);
  return signature === undefined ? null : { signature, slot };
}

function newestFirst(entries: readonly SignatureEntry[]): readonly SignatureEntry[] {
  const unique = new Map(entries.map((entry) => [entry.signature, entry]));
  // Stable: inside a slot the node's own order stays.
  return [...unique.values()].sort((a, b) => b.slot - a.slot);
}
