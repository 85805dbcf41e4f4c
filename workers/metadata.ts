/**
 * The process of metadata (`ndx metadata`): asks for what the uris of NFTs name, and shows it on NFT and
 * NFTMetadata. Run as many as the load needs; nothing waits for them.
 */
import { openRoom } from '../src/metadata/room.js';
import type { Context } from '../src/process/context.js';
import { problemsOf, tablesOf } from '../src/process/health/readiness.js';
import { watchQueue } from '../src/process/health/watched-parts.js';
import { type Started, type Working, work } from '../src/process/health/working.js';
import { openResolver } from '../src/process/metadata/resolver.js';
import { queueBackendOf } from '../src/process/parts.js';
import { assertWritable } from '../src/store/faults/writable.js';

/**
 * Looks after metadata until the process is told to end.
 * @throws NdxError when it cannot start; STUCK when a watchdog ended it
 */
export async function run(context: Context): Promise<void> {
  const { env, log } = context;
  const { concurrency } = env.metadata;
  const start = async ({ db, url, metrics, shutdown, end }: Working): Promise<Started> => {
    const backend = queueBackendOf(env, url);
    const { resolver, close } = openResolver(env);
    shutdown.add('outbound', close);
    const room = openRoom({
      db,
      backend,
      resolver,
      log,
      concurrency,
      onAttended: (outcome) => metrics.metadata.inc({ outcome }),
    });
    shutdown.add('metadata', () => room.close());
    await room.ready();
    return {
      watched: [watchQueue('metadata', room.queue, end, env.stuckAfter)],
      reasons: async () => [
        ...room.reasons(),
        ...(await problemsOf([assertWritable(db, tablesOf('metadata', backend)), room.queue.writable()])),
      ],
      say: () => log.info({ concurrency }, 'looking after metadata'),
    };
  };
  // Answers come one by one, and storing one takes a millisecond.
  await work(context, { poolSize: Math.min(concurrency, 8) + 2, timeout: 30_000 }, start);
}
