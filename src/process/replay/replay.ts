/**
 * A replay as a process of its own: what it reads (endpoints or archive), what it writes to (queue, its own
 * workers, database), and a shutdown that closes all of it.
 */
import { keepDeadLetters } from '../../dead-letters/keep.js';
import { openDiscoveries } from '../../discovery/discoveries.js';
import type { Batch } from '../../events/batch.js';
import type { Chain } from '../../events/event.js';
import { type BlockRange, blockCount } from '../../events/range.js';
import { locateTransactions } from '../../projections/locate.js';
import { createQueue } from '../../queue/queue.js';
import { createWorker } from '../../queue/worker.js';
import type { ChainReader } from '../../readers/reader.js';
import { reconcile } from '../../reconcile/reconcile.js';
import { replayAddress } from '../../replay/address.js';
import { replayArchive } from '../../replay/archive.js';
import { type DryRunSummary, dryRunRange } from '../../replay/dry-run.js';
import { dryRunTransaction, type Locate, replayRange, replayTransaction } from '../../replay/range.js';
import type { ReplayDeps, ReplaySummary } from '../../replay/run.js';
import { replayStale, staleWithin } from '../../replay/stale.js';
import { NdxError } from '../../runtime/errors.js';
import { createProgress, type Progress } from '../../runtime/progress.js';
import { createShutdown, type Shutdown } from '../../runtime/shutdown.js';
import { assertReady, createDatabase, type Database } from '../../store/database.js';
import { assertStoredChain } from '../chains/stored-chain.js';
import type { Context } from '../context.js';
import { projectionContextOf, queueBackendOf } from '../parts.js';
import { openInput, type ReplayInput } from './input.js';

/**
 * A transaction, or a range of blocks and perhaps one address in it. Hash and address are spelled as in the
 * tables.
 */
export type ReplayTarget = { readonly hash: string } | (BlockRange & { readonly address?: string });

export interface ReplayRequest {
  readonly chain: Chain;
  readonly target: ReplayTarget;
  /**
   * `stale` reads from the chain, but only blocks last read by other decoders or under another configuration.
   */
  readonly from: 'chain' | 'stale' | 'archive';
  /** Blocks fetched at once. */
  readonly concurrency: number;
  /** Batches that this process reconciles at once; 0 leaves all of them to other processes. */
  readonly workers: number;
}

/**
 * Reads the target again and reconciles it again, or with `dryRun` reports what that would change.
 * @throws NdxError INTERRUPTED when a signal ended it; the same replay started again continues.
 * CONFIG_INVALID when what it reads from is not configured
 */
export async function runReplay(
  context: Context,
  request: ReplayRequest & { readonly dryRun: true },
): Promise<DryRunSummary>;
export async function runReplay(
  context: Context,
  request: ReplayRequest & { readonly dryRun: false },
): Promise<ReplaySummary>;
export async function runReplay(
  context: Context,
  request: ReplayRequest & { readonly dryRun: boolean },
): Promise<DryRunSummary | ReplaySummary> {
  const { log } = context;
  const shutdown = createShutdown({ timeout: 30_000, report: (text) => log.warn(text) });
  try {
    return await context.withDatabase(async ({ url }) => {
      try {
        const db = createDatabase({
          url,
          poolSize: request.workers + 4,
          onIdleError: (error) => log.warn(error.message),
        });
        shutdown.add('database', () => db.close());
        await assertReady(db);
        const input = await openInput(context, request, shutdown);
        if (input.reader) await assertStoredChain(input.reader, db, request.chain, shutdown.signal);
        const progress = await progressOf(context, request, input, db);
        const summary =
          request.dryRun && input.reader
            ? await dryRun(context, request, input.reader, { db, shutdown, progress })
            : await replay(context, request, input, { db, url, shutdown, progress });
        progress?.end();
        return summary;
      } finally {
        await shutdown.stop('end');
      }
    });
  } catch (error) {
    if (shutdown.interrupted)
      throw new NdxError('INTERRUPTED', 'interrupted: start the same replay again to continue');
    throw error;
  } finally {
    shutdown.dispose();
  }
}

/**
 * Only for ranges of blocks read from the chain. For the other replays the number of blocks is not known
 * beforehand.
 */
async function progressOf(
  { out }: Context,
  { target, from }: ReplayRequest,
  { reader }: ReplayInput,
  db: Database,
): Promise<Progress | null> {
  if ('hash' in target || target.address !== undefined || !reader) return null;
  const total = blockCount(from === 'stale' ? await staleWithin({ reader, db }, target) : [target]);
  return createProgress({ label: 'replay', total, unit: 'blocks', stream: out.stderr });
}

interface Output {
  readonly db: Database;
  readonly shutdown: Shutdown;
  readonly progress: Progress | null;
}

const follow =
  (progress: Progress | null) =>
  ({ blocks, events }: { readonly blocks: number; readonly events: number }): void =>
    progress?.update(blocks, `${events} events`);

async function dryRun(
  { network, log }: Context,
  { target, concurrency }: ReplayRequest,
  reader: ChainReader,
  { db, shutdown: { signal }, progress }: Output,
): Promise<DryRunSummary> {
  // Load the addresses discovered in earlier blocks. A replay that writes does this by itself.
  await openDiscoveries(reader, db);
  const projections = projectionContextOf(network);
  const plan = (batch: Batch) => reconcile(db, batch, projections, { job: 'dry-run', dryRun: true });
  if ('hash' in target)
    return dryRunTransaction({ reader, hash: target.hash, locate: locateIn(db, reader.chain), plan, signal });
  const onProgress = follow(progress);
  return dryRunRange({ reader, range: target, concurrency, plan, signal, log, onProgress });
}

async function replay(
  { env, network, log }: Context,
  request: ReplayRequest,
  input: ReplayInput,
  { db, url, shutdown, progress }: Output & { readonly url: string },
): Promise<ReplaySummary> {
  const { chain, workers } = request;
  const projections = projectionContextOf(network);
  const backend = queueBackendOf(env, url);
  const queue = createQueue({ backend, chain, log });
  shutdown.add('queue', () => queue.close());
  await queue.ready();
  if (workers > 0) {
    const reconciled = keepDeadLetters({ db, chain }, (batch, job) =>
      reconcile(db, batch, projections, { job }),
    );
    const worker = createWorker({ backend, chain, concurrency: workers, log, ...reconciled });
    shutdown.add('worker', () => worker.close());
    await worker.ready();
  }
  return replayed(request, input, {
    queue,
    db,
    log,
    signal: shutdown.signal,
    onProgress: follow(progress),
  });
}

const locateIn =
  (db: Pick<Database, 'pool'>, chain: Chain): Locate =>
  (hash) =>
    locateTransactions(db, hash, chain);

function replayed(
  { target, from, concurrency }: ReplayRequest,
  input: ReplayInput,
  deps: Omit<ReplayDeps, 'reader'>,
): Promise<ReplaySummary> {
  if (input.decoder) {
    if ('hash' in target) throw new NdxError('USAGE', 'an archive is replayed by range');
    const { decoder: reader, archive } = input;
    return replayArchive({ ...deps, reader, archive, range: target, concurrency });
  }
  const { reader } = input;
  if ('hash' in target) {
    const locate = locateIn(deps.db, reader.chain);
    return replayTransaction({ ...deps, reader, locate, hash: target.hash });
  }
  const { address, ...range } = target;
  if (from === 'stale') return replayStale({ ...deps, reader, within: range, concurrency });
  return address === undefined
    ? replayRange({ ...deps, reader, range, concurrency })
    : replayAddress({ ...deps, reader, range, concurrency, address });
}
