/** Composes what `ndx dead` works on. Queues and endpoints are opened when they are first needed. */
import { createDeadLetters, type DeadLetters } from '../dead-letters/dead-letters.js';
import { openDiscoveries } from '../discovery/discoveries.js';
import type { Chain } from '../events/event.js';
import { createQueue } from '../queue/queue.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import { createShutdown } from '../runtime/shutdown.js';
import { assertReady, createDatabase } from '../store/database.js';
import { assertStoredChain } from './chains/stored-chain.js';
import { openChain, openOracle } from './chains/table.js';
import type { Context } from './context.js';
import { queueBackendOf } from './parts.js';

/** Milliseconds. Short, because a person is waiting for the answer. */
const QUEUE_DEADLINE = 5_000;

/**
 * Opens the database and the dead letters in it while `work` runs.
 * @throws NdxError INTERRUPTED when a signal ended it, and whatever `work` throws
 */
export async function withDeadLetters(
  context: Context,
  work: (deadLetters: DeadLetters) => Promise<void>,
): Promise<void> {
  const { env, log, out } = context;
  const shutdown = createShutdown({ timeout: 10_000, report: (text) => log.warn(text) });
  const { signal } = shutdown;
  try {
    await context.withDatabase(async ({ url }) => {
      try {
        const db = createDatabase({ url, poolSize: 4, onIdleError: (error) => log.warn(error.message) });
        shutdown.add('database', () => db.close());
        await assertReady(db);
        const deadLetters = createDeadLetters({
          db,
          signal,
          queueOf: remembered((chain) => {
            const backend = queueBackendOf(env, url);
            const queue = createQueue({ backend, chain, log, deadline: QUEUE_DEADLINE });
            shutdown.add(`queue ${chain}`, () => queue.close());
            return queue;
          }),
          readerOf: remembered(async (chain) => {
            const { reader, close } = await openChain(context, chain);
            shutdown.add(`endpoints ${chain}`, close);
            await assertStoredChain(reader, db, chain, signal);
            await openDiscoveries(reader, db);
            return reader;
          }),
          rawTransaction: async (chain, hash, block) => {
            const oracle = await openOracle(context, chain);
            try {
              await assertStoredChain(oracle, db, chain, signal);
              return await oracle.rawTransaction(hash, signal, block);
            } finally {
              await oracle.close();
            }
          },
          onQueueAway: (chain, error) =>
            out.note(
              `The ${chain} queue cannot be asked, what follows is as the database has it: ${messageOf(error)}`,
            ),
        });
        await work(deadLetters);
      } finally {
        await shutdown.stop('end');
      }
    });
  } catch (error) {
    if (shutdown.interrupted) throw new NdxError('INTERRUPTED', 'interrupted');
    throw error;
  } finally {
    shutdown.dispose();
  }
}

/** Calls `make` once per chain, when the chain is first asked for. */
function remembered<V>(make: (chain: Chain) => V): (chain: Chain) => V {
  const made = new Map<Chain, V>();
  return (chain) => {
    const known = made.get(chain);
    if (known !== undefined) return known;
    const value = make(chain);
    made.set(chain, value);
    return value;
  };
}
