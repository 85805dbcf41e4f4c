/**
 * Checks the links of what stands in coverage: stretches that adjoin follow upon each other, stretches that
 * begin or end with the same block name the same hash, and sampled ends are blocks of the chain.
 */
import type { Pool } from 'pg';
import type { BlockHash } from '../events/batch.js';
import type { Chain } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import { type StandingDeps, standingOf, wrongSides } from '../readers/standing.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import { type LinkedStretch, listStretches, sameBlock, seamsIn } from '../store/coverage/links.js';
import type { ChainView } from './chain-view.js';
import type { Findings } from './findings.js';
import { randomFrom } from './samples/random.js';
import { inParallel } from './samples/sampling.js';

export interface HashesDeps {
  readonly pool: Pool;
  readonly chain: Chain;
  readonly range: BlockRange;
  /** null: no endpoint is asked, so a contradiction is found but nobody says which side is wrong. */
  readonly view: Pick<ChainView, 'reader'> | null;
  /** Ends of stretches that are held against the endpoints, besides those that contradict each other. */
  readonly size: number;
  readonly seed: number;
  readonly findings: Findings;
  readonly signal: AbortSignal;
}

/** Covered blocks that the endpoints say are not the chain's. */
export interface FalseStretch extends BlockRange {
  readonly reason: string;
}

export interface HashesResult {
  /** Stretches looked at. */
  readonly checked: number;
  readonly unproven: readonly string[];
  /** Ascending, each once. What repair withdraws. */
  readonly denied: readonly FalseStretch[];
}

/** Two stretches that name different blocks where they have to name one. */
interface Contradiction {
  /** The stretch that ends with `last`, and the one that names `parent`. */
  readonly below: LinkedStretch;
  readonly above: LinkedStretch;
  readonly last: BlockHash;
  readonly parent: BlockHash;
}

/**
 * @returns what was looked at, and the stretches that every endpoint that answers denies
 * @throws the signal's reason when it is aborted, and errors other than NdxError
 */
export async function checkHashes(deps: HashesDeps): Promise<HashesResult> {
  const { pool, chain, range, view, findings } = deps;
  const all = await listStretches({ pool }, chain);
  const stretches = all.filter(
    ({ fromBlock, toBlock }) => fromBlock <= range.toBlock && toBlock >= range.fromBlock,
  );
  const unproven: string[] = [];
  const denied = new Map<string, FalseStretch>();
  const deny = ({ fromBlock, toBlock }: LinkedStretch, reason: string): void => {
    const key = keyOf({ fromBlock, toBlock });
    if (!denied.has(key)) denied.set(key, { fromBlock, toBlock, reason });
  };
  for (const contradiction of contradictionsIn(stretches)) {
    const sides = view ? await sidesOf(deps, view, contradiction, unproven) : [];
    for (const side of sides) deny(contradiction[side], 'the chain holds other blocks');
    const { above } = contradiction;
    const verdict =
      sides.length === 0
        ? 'which of the two is wrong was not said'
        : `wrong: ${sides.map((side) => keyOf(contradiction[side])).join(' and ')} (--repair reads it again)`;
    findings.add({
      check: 'hashes',
      problem: 'different',
      subject: 'coverage_range',
      key: keyOf(above),
      message: `${wordsOf(contradiction)}; ${verdict}`,
      block: above.fromBlock,
    });
  }
  if (view) await sampleEnds(deps, view, stretches, { denied, deny, unproven });
  const without = stretches.filter(({ parent, last }) => !parent && !last).length;
  if (without > 0)
    unproven.push(
      `${without} of ${stretches.length} covered stretches carry no links: read before links were kept, or from an archive`,
    );
  return {
    checked: stretches.length,
    unproven,
    denied: [...denied.values()].sort((a, b) => a.fromBlock - b.fromBlock),
  };
}

/**
 * Neighbours that do not follow upon each other, and stretches with a common first or last block that name
 * different hashes for it.
 * @param stretches in ascending order
 */
function contradictionsIn(stretches: readonly LinkedStretch[]): Contradiction[] {
  const found: Contradiction[] = seamsIn(stretches).map(({ below, above }) => ({
    below,
    above,
    last: below.last,
    parent: above.parent,
  }));
  const begins = new Map<number, LinkedStretch>();
  const ends = new Map<number, LinkedStretch>();
  for (const stretch of stretches) {
    const first = begins.get(stretch.fromBlock);
    if (first?.parent && stretch.parent && !sameBlock(first.parent, stretch.parent))
      found.push({ below: first, above: stretch, last: first.parent, parent: stretch.parent });
    if (stretch.parent) begins.set(stretch.fromBlock, stretch);
    const other = ends.get(stretch.toBlock);
    if (other?.last && stretch.last && !sameBlock(other.last, stretch.last))
      found.push({ below: other, above: stretch, last: other.last, parent: stretch.last });
    if (stretch.last) ends.set(stretch.toBlock, stretch);
  }
  return found;
}

async function sidesOf(
  { signal }: HashesDeps,
  { reader }: Pick<ChainView, 'reader'>,
  contradiction: Contradiction,
  unproven: string[],
): Promise<readonly ('below' | 'above')[]> {
  try {
    return await wrongSides({ reader }, contradiction, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof NdxError)) throw error;
    unproven.push(`${wordsOf(contradiction)}: ${messageOf(error)}`);
    return [];
  }
}

interface Noted {
  readonly denied: ReadonlyMap<string, FalseStretch>;
  readonly deny: (stretch: LinkedStretch, reason: string) => void;
  readonly unproven: string[];
}

/** Holds ends of stretches, chosen by the seed, against every endpoint. */
async function sampleEnds(
  { size, seed, findings, signal }: HashesDeps,
  { reader }: Pick<ChainView, 'reader'>,
  stretches: readonly LinkedStretch[],
  { denied, deny, unproven }: Noted,
): Promise<void> {
  if (!reader.finalNames) return;
  const deps: StandingDeps = { reader };
  const random = randomFrom(seed);
  const ends = stretches
    .filter((stretch) => !denied.has(keyOf(stretch)))
    .flatMap((stretch) => endsOf(stretch, reader.firstBlock).map((block) => ({ stretch, block })))
    .map((end) => ({ ...end, place: random() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, size);
  await inParallel(ends, async ({ stretch, block }) => {
    const name = `block ${block.block} of hash ${block.hash}, at an end of what is covered (${keyOf(stretch)})`;
    try {
      const standing = await standingOf(deps, block, signal);
      if (standing === 'absent') unproven.push(`${name}: no endpoint has a block of that number`);
      if (standing === 'disputed') unproven.push(`${name}: the endpoints name different hashes`);
      // Its other end may have said so already.
      if (standing !== 'denied' || denied.has(keyOf(stretch))) return;
      const reason = `every endpoint that answers names another hash for block ${block.block} than ${block.hash}`;
      deny(stretch, reason);
      findings.add({
        check: 'hashes',
        problem: 'different',
        subject: 'coverage_range',
        key: keyOf(stretch),
        message: `${reason} (--repair reads it again)`,
        block: stretch.fromBlock,
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof NdxError)) throw error;
      unproven.push(`${name}: ${messageOf(error)}`);
    }
  });
}

/** The links of a stretch that name a block of the chain. What is said to precede the first block is none. */
function endsOf({ fromBlock, parent, last }: LinkedStretch, firstBlock: number): BlockHash[] {
  const before = parent && parent.block >= firstBlock && parent.block < fromBlock ? [parent] : [];
  return last ? [...before, last] : before;
}

function keyOf({ fromBlock, toBlock }: BlockRange): string {
  return fromBlock === toBlock ? `block=${fromBlock}` : `blocks=${fromBlock}..${toBlock}`;
}

function wordsOf({ below, above, last, parent }: Contradiction): string {
  return `${keyOf(above)} names block ${parent.block} of hash ${parent.hash}, where ${keyOf(below)} names block ${last.block} of hash ${last.hash}`;
}
