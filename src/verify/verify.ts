/**
 * Proves that the tables equal the chain (promise 9): coverage has no gaps and its stretches follow upon each
 * other, every event is as it was written, every derived row equals a fresh fold of the ledger, and samples
 * equal what the chain answers now. Changes nothing.
 */

import type { Chain } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import type { ProjectionContext } from '../projections/projection.js';
import type { RowDifference } from '../projections/row-difference.js';
import { NdxError } from '../runtime/errors.js';
import { readChainState } from '../store/chain-state.js';
import type { Database } from '../store/database.js';
import type { ChainView } from './chain-view.js';
import { compareTables } from './compare.js';
import { checkCoverage } from './coverage.js';
import { createFindings } from './findings.js';
import { type AlteredTransaction, foldLedger } from './fold.js';
import { checkHashes, type FalseStretch } from './hashes.js';
import { checkLinks } from './links.js';
import { checkMetadata } from './metadata.js';
import type { CheckSummary, VerifyReport } from './report.js';
import { sampleBalances } from './samples/balances.js';
import { sampleBlocks } from './samples/blocks.js';
import { sampleOwners } from './samples/owners.js';
import type { SampleDeps, SampleResult } from './samples/sampling.js';
import { sampleStakes } from './samples/stakes.js';
import { withShadow } from './shadow.js';

export interface VerifyDeps {
  readonly db: Pick<Database, 'pool' | 'prisma'>;
  readonly chain: Chain;
  readonly context: ProjectionContext;
  /** null: the chain is not asked, and no samples are taken. */
  readonly view: ChainView | null;
  readonly signal: AbortSignal;
  readonly onProgress?: (step: {
    readonly block: number;
    readonly range: BlockRange;
    readonly events: number;
  }) => void;
}

export interface VerifyOptions {
  /** The range to verify, inclusive; default: everything from the start block to the newest final block. */
  readonly fromBlock?: number | undefined;
  readonly toBlock?: number | undefined;
  /** Number of samples of each kind: NFTs, balances, stakers and blocks. */
  readonly sample: number;
  readonly seed: number;
  /** Most differences listed for each table; all are counted. */
  readonly limit: number;
  /** Blocks that each digest of the report is over; default 10,000. */
  readonly blocksPerDigest?: number;
  /** Milliseconds that running workers get to reconcile what is under way. */
  readonly patience: number;
}

export interface Verification {
  readonly report: VerifyReport;
  /** What repair needs, together with `altered` and `denied`. */
  readonly differences: readonly RowDifference[];
  readonly altered: readonly AlteredTransaction[];
  readonly denied: readonly FalseStretch[];
}

const BLOCKS_PER_DIGEST = 10_000;

/**
 * Verifies one chain.
 * @throws NdxError INPUT_INVALID when the database has followed no such chain yet, or `toBlock` is not final
 * @throws the signal's reason when it is aborted, and errors of the endpoints
 */
export async function verify(deps: VerifyDeps, options: VerifyOptions): Promise<Verification> {
  const { db, chain, context, view, signal } = deps;
  const { pool } = db;
  const state = await readChainState(db, chain);
  if (!state)
    throw new NdxError(
      'INPUT_INVALID',
      `this database has followed no ${chain} chain yet: start with \`ndx up\` or \`ndx listen\``,
    );
  const fingerprint = view?.reader.fingerprint ?? state.fingerprint;
  const finalized = state.finalized;
  const range = { fromBlock: options.fromBlock ?? state.startBlock, toBlock: options.toBlock ?? finalized };
  if (range.toBlock > finalized)
    throw new NdxError(
      'INPUT_INVALID',
      `block ${range.toBlock} is not final: the newest final block is ${finalized}`,
    );
  const findings = createFindings(options.limit);
  const blocksPerDigest = options.blocksPerDigest ?? BLOCKS_PER_DIGEST;

  const blocks = await checkCoverage({
    pool,
    chain,
    fingerprint,
    range,
    patience: options.patience,
    findings,
    signal,
  });
  await checkLinks({ pool, patience: options.patience, findings, signal });
  const { sample: size, seed } = options;
  const hashes = await checkHashes({ pool, chain, range, view, size, seed, findings, signal });
  const { fold, tables, documents } = await withShadow(pool, chain, async (client) => {
    const onProgress =
      deps.onProgress && ((block: number, events: number) => deps.onProgress?.({ block, range, events }));
    const folded = await foldLedger({
      client,
      chain,
      context,
      range,
      blocksPerDigest,
      findings,
      signal,
      onProgress,
    });
    signal.throwIfAborted();
    const compared = await compareTables(client, chain, range, options.limit, findings);
    return {
      fold: folded,
      tables: compared,
      documents: await checkMetadata(client, chain, options.limit, findings, signal),
    };
  });
  const sampled =
    view && options.sample > 0 ? await takeSamples(deps, view, options, state.startBlock, range) : [];
  for (const finding of sampled.flatMap((result) => result.findings)) findings.add(finding);

  const checks: CheckSummary[] = [
    { check: 'coverage', checked: blocks, unit: 'blocks', found: findings.count('coverage') },
    {
      check: 'hashes',
      checked: hashes.checked,
      unit: 'stretches',
      found: findings.count('hashes'),
      ...(hashes.unproven.length > 0 ? { unproven: hashes.unproven } : {}),
    },
    { check: 'ledger', checked: fold.events, unit: 'events', found: findings.count('ledger') },
    { check: 'tables', checked: tables.rows, unit: 'rows', found: findings.count('tables') },
    { check: 'metadata', checked: documents, unit: 'documents', found: findings.count('metadata') },
    ...sampled.map(({ check, checked, unproven }) => ({
      check,
      checked,
      unit: 'samples',
      found: findings.count(check),
      unproven,
    })),
  ];
  return {
    report: {
      chain,
      fingerprint,
      range,
      finalized,
      holds: checks.every((check) => check.found === 0),
      checks,
      findings: findings.list(),
      digests: { blocksPerRange: blocksPerDigest, total: fold.total, ranges: fold.digests },
      samples: { size: sampled.length > 0 ? options.sample : 0, seed: options.seed },
    },
    differences: tables.differences,
    altered: fold.altered,
    denied: hashes.denied,
  };
}

async function takeSamples(
  { db: { pool }, signal }: VerifyDeps,
  view: ChainView,
  options: VerifyOptions,
  startBlock: number,
  range: BlockRange,
): Promise<SampleResult[]> {
  const { sample: size, seed, patience } = options;
  const deps: SampleDeps = {
    pool,
    view,
    startBlock,
    size,
    seed,
    patience,
    waiting: { inVain: false },
    signal,
  };
  const results = [await sampleBlocks(deps, range), await sampleOwners(deps)];
  if (view.oracle) results.push(await sampleBalances(deps, view.oracle));
  results.push(await sampleStakes(deps));
  return results;
}
