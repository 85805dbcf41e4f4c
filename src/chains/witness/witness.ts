/**
 * Compares what one endpoint says of a block with what another says of it: the block's hash, its set of
 * transactions and their order. Parent links prove that no block is left out; nothing in a block proves that
 * its endpoint shows all of it, so that takes a witness. Why it goes so: docs/adr/0015.
 */
import type { OwedCheck } from '../../events/batch.js';
import { messageOf, NdxError } from '../../runtime/errors.js';
import type { Log } from '../../runtime/log.js';
import { pause } from '../../runtime/pause.js';
import { withDeadline } from '../http/deadline.js';
import { isAboutBlock, RpcError } from '../http/errors.js';
import { differenceOf, digestOf, type Listing } from './listing.js';
import type { CheckOutcome } from './outcome.js';
import { type Asking, createJudge, type Judge, type Words } from './owed.js';
import { createQuiet } from './quiet.js';
import { CROSS_CHECK, type CrossCheck } from './shares.js';
import { operatorOf, voteOf } from './vote.js';

/** A block that an endpoint has shown. */
export interface ShownBlock {
  readonly block: number;
  /** Whether the block cannot be undone any more. */
  readonly final: boolean;
  /** Redacted name of the endpoint. */
  readonly source: string;
  /** Whether it holds something of ours, as far as is known by now. */
  readonly ours: boolean;
  /** Called only when the block is compared. */
  readonly listing: () => Listing;
}

export interface WitnessDeps {
  /** As it stands in errors: `Solana`. */
  readonly chain: string;
  /** Names of all endpoints, those that answer such a question best first. */
  readonly endpoints: () => readonly string[];
  /** The listing by one endpoint, asked once. Rejects as a request through the pool. */
  readonly list: (
    block: number,
    how: { readonly final: boolean; readonly endpoint: string; readonly signal: AbortSignal },
  ) => Promise<Listing>;
  readonly shares?: CrossCheck | undefined;
  readonly log: Log;
  readonly onCheck?: ((outcome: CheckOutcome) => void) | undefined;
  /** Called with an endpoint that was outvoted, and with both sides of a dispute. */
  readonly doubt: (endpoint: string) => void;
  /** As in {@link JudgeDeps}. */
  readonly onDenied?: ((block: number) => void) | undefined;
  /** From 0 to 1; default Math.random. */
  readonly random?: () => number;
}

/** A block with what became of its comparison. */
export interface Attested<T> {
  readonly shown: T;
  /** Whether it was its turn, or it was left out by its share. */
  readonly compared: boolean;
  /** Set when no other endpoint gave its word in time: the block is to be compared later. */
  readonly owed: OwedCheck | null;
}

export interface Witness {
  /**
   * Fetches a block and, when it is its turn, compares it. A block whose endpoint is outvoted is fetched
   * again, from those that most believe.
   * @param fetch asks all endpoints, or those in `only`
   * @param how.patienceMs after so long without another endpoint's word, the block counts as owed
   * @throws NdxError SOURCES_DISAGREE (retryable) when endpoints contradict each other and no third settles
   * it
   */
  attested<T extends ShownBlock>(
    fetch: (only?: readonly string[]) => Promise<T>,
    how: Asking,
  ): Promise<Attested<T>>;
  readonly judge: Judge;
}

/** How long every block of an endpoint that was contradicted is compared, whatever the shares say. */
const SUSPECT_MS = 600_000;
/** How long the third and further endpoints may take to settle a contradiction. */
const VOTE_MS = 5_000;
/** Before an endpoint that does not have the block yet is asked for it again. */
const AGAIN_MS = 100;

/** Without `shares`, compares every block that holds something of ours and one of a hundred others. */
export function createWitness(deps: WitnessDeps): Witness {
  const { chain, log, doubt } = deps;
  const shares = deps.shares ?? CROSS_CHECK;
  const random = deps.random ?? Math.random;
  const suspects = new Map<string, number>();
  const quiet = createQuiet();
  const judge = createJudge({
    ...deps,
    othersThan,
    words: (block, how) => vote(block, true, new Map(), how),
  });

  function isTurn({ ours, source }: ShownBlock): boolean {
    const until = suspects.get(source) ?? 0;
    if (until > performance.now()) return true;
    const share = ours ? shares.ours : shares.others;
    return share >= 1 || random() < share;
  }

  function suspect(names: readonly string[]): void {
    for (const name of names) {
      suspects.set(name, performance.now() + SUSPECT_MS);
      doubt(name);
    }
  }

  /** Asks one endpoint until it has the block. @returns null: it does not keep the block */
  async function ask(
    { block, final }: Pick<ShownBlock, 'block' | 'final'>,
    endpoint: string,
    signal: AbortSignal,
  ): Promise<Listing | null> {
    for (;;) {
      try {
        return await deps.list(block, { final, endpoint, signal });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof RpcError)) throw error;
        if (error.reason === 'cleaned-up') return null;
        if (!isAboutBlock(error)) throw error;
      }
      await pause(AGAIN_MS, signal);
    }
  }

  /** Endpoints of other operators, or where there is none, other APIs of the same one. */
  function othersThan(source: string): readonly string[] {
    const others = deps.endpoints().filter((name) => name !== source);
    const elsewhere = others.filter((name) => operatorOf(name) !== operatorOf(source));
    return elsewhere.length > 0 ? elsewhere : others;
  }

  /** The first word that another endpoint gives in time. */
  async function second(
    shown: ShownBlock,
    { signal, patienceMs }: Asking,
  ): Promise<readonly [string, Listing] | 'owed' | 'unanswered'> {
    const others = othersThan(shown.source);
    let kept = false;
    const deadline = performance.now() + patienceMs;
    for (const endpoint of others.filter(quiet.mayBeAsked)) {
      const left = deadline - performance.now();
      if (left <= 0) break;
      try {
        const listing = await withDeadline(signal, left, (limited) => ask(shown, endpoint, limited));
        quiet.answered(endpoint);
        if (listing !== null) return [endpoint, listing];
      } catch (error) {
        signal.throwIfAborted();
        quiet.failed(endpoint);
        log.debug({ endpoint, block: shown.block, error: messageOf(error) }, 'no word of the block yet');
        kept = true;
      }
    }
    return kept || others.some((name) => !quiet.mayBeAsked(name)) ? 'owed' : 'unanswered';
  }

  /** The words of all endpoints that answer, with those known already. */
  async function vote(
    block: number,
    final: boolean,
    known: ReadonlyMap<string, Listing>,
    { signal, patienceMs }: Asking,
  ): Promise<Words> {
    const said = new Map(known);
    const without = new Set<string>();
    const others = deps.endpoints().filter((name) => !known.has(name));
    await withDeadline(signal, patienceMs, async (limited) => {
      const asked = others.map(async (endpoint) => {
        const listing = await ask({ block, final }, endpoint, limited);
        if (listing === null) without.add(endpoint);
        else said.set(endpoint, listing);
      });
      await Promise.allSettled(asked);
    });
    signal.throwIfAborted();
    return { said, without };
  }

  function note(outcome: CheckOutcome): void {
    deps.onCheck?.(outcome);
  }

  function disputed(block: number, difference: string): NdxError {
    note('disputed');
    return new NdxError(
      'SOURCES_DISAGREE',
      `${chain}: endpoints contradict each other about block ${block}, and no third one settles it: ${difference}`,
      { retryable: true },
    );
  }

  return {
    judge,
    async attested(fetch, how) {
      const shown = await fetch();
      const { block, source } = shown;
      if (deps.endpoints().length < 2 || !isTurn(shown)) return { shown, compared: false, owed: null };
      const mine = shown.listing();
      const other = await second(shown, how);
      if (other === 'owed' || other === 'unanswered') {
        note(other);
        return { shown, compared: true, owed: other === 'owed' ? laterOf(shown, mine) : null };
      }
      const difference = differenceOf([source, mine], other);
      if (difference === null) {
        note('agreed');
        return { shown, compared: true, owed: null };
      }
      // Before a block is final, endpoints may be on different branches: which one stays shows later.
      if (!shown.final && mine.hash !== other[1].hash) {
        note('owed');
        return { shown, compared: true, owed: laterOf(shown, mine) };
      }
      const { said } = await vote(block, shown.final, new Map([[source, mine], other]), {
        signal: how.signal,
        patienceMs: VOTE_MS,
      });
      const winner = voteOf(said);
      if (winner === null) {
        suspect([source, other[0]]);
        log.error({ block, said: [...said.keys()] }, `endpoints contradict each other: ${difference}`);
        throw disputed(block, difference);
      }
      const losers = [...said.keys()].filter((name) => !winner.names.includes(name));
      suspect(losers);
      log.error(
        { block, believed: winner.names, denied: losers },
        `endpoints contradict each other, most of them settle it: ${difference}`,
      );
      note('outvoted');
      if (winner.names.includes(source)) return { shown, compared: true, owed: null };
      const again = await fetch(winner.names);
      if (digestOf(again.listing()) === winner.digest) return { shown: again, compared: true, owed: null };
      throw disputed(block, `${again.source} shows another block than it listed; before, ${difference}`);
    },
  };
}

function laterOf({ block, source }: ShownBlock, listing: Listing): OwedCheck {
  return { block, digest: digestOf(listing), source };
}
