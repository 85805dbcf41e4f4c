/** What `ndx dead` does, over database, queues and chains. Queues and endpoints are opened when they are needed. */

import { openDiscoveries } from '../discovery/discoveries.js';
import { CHAINS, type Chain, type JsonObject } from '../events/event.js';
import { flattenEvent } from '../events/json.js';
import { openChain } from '../process/chain.js';
import type { Context } from '../process/context.js';
import { openOracle } from '../process/oracle.js';
import { queueBackendOf } from '../process/parts.js';
import { type BatchQueue, createQueue } from '../queue/queue.js';
import { transactionsBatch } from '../readers/batches.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import { createShutdown } from '../runtime/shutdown.js';
import { recordAudit } from '../store/audit.js';
import { assertReady, createDatabase, inTransaction } from '../store/database.js';
import { batchOf, keepFailedJobs, retryDeadLetter } from './letters.js';
import {
  dropProblem,
  forgetDeadLetters,
  type KeptDeadLetter,
  listDeadLetters,
  listProblemTransactions,
  type ProblemTransaction,
  readDeadLetter,
} from './store.js';

export interface DeadOffice {
  list(options: { readonly chain?: Chain; readonly limit: number; readonly json?: true }): Promise<void>;
  show(id: string, json: boolean): Promise<void>;
  /** `ids` null: all. */
  retry(
    ids: readonly string[] | null,
    options: { readonly chain?: Chain; readonly json?: true },
  ): Promise<void>;
  drop(
    ids: readonly string[] | null,
    options: { readonly chain?: Chain; readonly json?: true },
  ): Promise<void>;
}

type Item = { readonly letter: KeptDeadLetter } | { readonly transaction: ProblemTransaction };

/** `--all` takes so many at once. */
const MOST = 20_000;
/** Milliseconds: somebody sits and waits. */
const QUEUE_DEADLINE = 5_000;

export async function withDeadOffice(
  context: Context,
  work: (office: DeadOffice) => Promise<void>,
): Promise<void> {
  const { env, log } = context;
  const shutdown = createShutdown({ timeout: 10_000, report: (text) => log.warn(text) });
  try {
    await context.withDatabase(async ({ url }) => {
      try {
        const db = createDatabase({ url, poolSize: 4, onIdleError: (error) => log.warn(error.message) });
        shutdown.add('database', () => db.close());
        await assertReady(db);
        const queueOf = remembered((chain: Chain) => {
          const queue = createQueue({
            backend: queueBackendOf(env, url),
            chain,
            log,
            deadline: QUEUE_DEADLINE,
          });
          shutdown.add(`queue ${chain}`, () => queue.close());
          return queue;
        });
        const readerOf = remembered(async (chain: Chain) => {
          const { reader, close } = openChain(context, chain);
          shutdown.add(`endpoints ${chain}`, close);
          await openDiscoveries(reader, db);
          return reader;
        });
        await work(createOffice(context, db, queueOf, readerOf, shutdown.signal));
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

function createOffice(
  context: Context,
  db: ReturnType<typeof createDatabase>,
  queueOf: (chain: Chain) => BatchQueue,
  readerOf: (chain: Chain) => Promise<ReturnType<typeof openChain>['reader']>,
  signal: AbortSignal,
): DeadOffice {
  const { out } = context;

  /** What the queue knows and the database does not yet. The database's own are shown also when the queue is away. */
  async function refresh(chains: readonly Chain[]): Promise<void> {
    await Promise.all(
      chains.map(async (chain) => {
        try {
          await keepFailedJobs({ db, queue: queueOf(chain) });
        } catch (error) {
          out.note(
            `The ${chain} queue cannot be asked, what follows is as the database has it: ${messageOf(error)}`,
          );
        }
      }),
    );
  }

  async function find(id: string): Promise<Item> {
    const letter = await readDeadLetter(db, id);
    if (letter) return { letter };
    const [transaction] = await listProblemTransactions(db, { hash: id, limit: 1 });
    if (transaction) return { transaction };
    throw new NdxError(
      'DEAD_LETTER_NOT_FOUND',
      `no dead letter and no undecodable transaction has the id ${id}: see \`ndx dead list\``,
    );
  }

  async function choose(ids: readonly string[] | null, chain: Chain | undefined): Promise<Item[]> {
    await refresh(chain ? [chain] : CHAINS);
    if (ids) return Promise.all(ids.map(find));
    const letters = await listDeadLetters(db, { chain, limit: MOST });
    const transactions = await listProblemTransactions(db, { chain, limit: MOST });
    return [
      ...letters.map((letter) => ({ letter })),
      ...transactions.map((transaction) => ({ transaction })),
    ];
  }

  /** @returns id of the job that tries again */
  async function retryOne(item: Item): Promise<string> {
    if ('letter' in item) return retryDeadLetter({ db, queue: queueOf(item.letter.chain) }, item.letter);
    const { chain, transactionHash, block } = item.transaction;
    const reader = await readerOf(chain);
    const found = await reader.readTransaction(transactionHash, signal, block);
    if (!found)
      throw new NdxError(
        'TRANSACTION_NOT_FOUND',
        `the ${chain} endpoints know no transaction ${transactionHash}`,
      );
    const { finalized } = await reader.tip(signal);
    const finality = found.transaction.block <= finalized ? 'finalized' : 'confirmed';
    return queueOf(chain).add(transactionsBatch(reader, [found.transaction], found.source, finality), {
      lane: 'backfill',
      revive: true,
    });
  }

  async function dropOne(item: Item): Promise<void> {
    const audit = { actor: 'ndx dead drop', action: 'delete', reason: 'dropped by hand', after: null };
    if ('letter' in item) {
      const { job, chain, reason, fromBlock, toBlock, attempts } = item.letter;
      await queueOf(chain).remove(job);
      await inTransaction(db.pool, async (client) => {
        await forgetDeadLetters({ pool: client }, [job]);
        await recordAudit(client, [
          {
            ...audit,
            chain,
            subject: 'dead_letter',
            key: job,
            before: { reason, fromBlock, toBlock, attempts },
          },
        ]);
      });
      return;
    }
    const { chain, transactionHash, block, problems } = item.transaction;
    await inTransaction(db.pool, async (client) => {
      await dropProblem(client, chain, transactionHash);
      const before = { block, problems: problems.map(({ code, message }) => ({ code, message })) };
      await recordAudit(client, [
        { ...audit, chain, subject: 'decode_problem', key: transactionHash, before },
      ]);
    });
  }

  async function raw(transaction: ProblemTransaction): Promise<unknown> {
    const oracle = openOracle(context, transaction.chain);
    try {
      return await oracle.rawTransaction(transaction.transactionHash, signal, transaction.block);
    } finally {
      await oracle.close();
    }
  }

  return {
    list: async ({ chain, limit, json }) => {
      await refresh(chain ? [chain] : CHAINS);
      const letters = (await listDeadLetters(db, { chain, limit })).map(summary);
      const transactions = await listProblemTransactions(db, { chain, limit });
      if (json) return out.json({ letters, transactions });
      if (letters.length + transactions.length === 0) return out.print('No dead letters.');
      out.table(
        ['id', 'chain', 'blocks', 'when', 'attempts', 'why'],
        [
          ...letters.map((item) => [
            item.id,
            item.chain,
            item.fromBlock === null ? '?' : `${item.fromBlock}..${item.toBlock}`,
            item.failedAt,
            item.retriedAt ? 'retried' : String(item.attempts),
            item.reason,
          ]),
          ...transactions.map((item) => [
            item.transactionHash,
            item.chain,
            String(item.block),
            item.blockTime === null ? '?' : new Date(item.blockTime * 1000).toISOString(),
            '',
            item.problems.map((problem) => `${problem.code}: ${problem.message}`).join('; '),
          ]),
        ],
      );
    },
    show: async (id, json) => {
      await refresh(CHAINS);
      const item = await find(id);
      const shown =
        'letter' in item ? contentOf(item.letter) : { ...item.transaction, raw: await raw(item.transaction) };
      if (json) return out.json(shown);
      for (const [name, value] of Object.entries(shown)) {
        const text =
          typeof value === 'object' && value !== null
            ? `\n${JSON.stringify(value, null, 2)}`
            : String(value ?? '-');
        out.print(`${out.paint.bold(name)}: ${text}`);
      }
    },
    retry: async (ids, { chain, json }) => {
      const retried: { id: string; job?: string; error?: string }[] = [];
      for (const item of await choose(ids, chain)) {
        try {
          retried.push({ id: idOf(item), job: await retryOne(item) });
        } catch (error) {
          // One that cannot be retried does not keep the others from it.
          if (signal.aborted || !(error instanceof NdxError) || ids?.length === 1) throw error;
          retried.push({ id: idOf(item), error: error.message });
        }
      }
      if (json) out.json({ retried });
      else
        for (const { id, job, error } of retried)
          out.print(job ? `${id}: queued as ${job}` : `${id}: ${error}`);
    },
    drop: async (ids, { chain, json }) => {
      const dropped: string[] = [];
      for (const item of await choose(ids, chain)) {
        await dropOne(item);
        dropped.push(idOf(item));
      }
      if (json) out.json({ dropped });
      else out.print(`${dropped.length} dropped.`);
    },
  };
}

function idOf(item: Item): string {
  return 'letter' in item ? item.letter.job : item.transaction.transactionHash;
}

function summary({ job, payload: _payload, failedAt, retriedAt, ...letter }: KeptDeadLetter) {
  return {
    id: job,
    ...letter,
    failedAt: new Date(failedAt).toISOString(),
    retriedAt: retriedAt === null ? null : new Date(retriedAt).toISOString(),
  };
}

/** The letter with the events of its batch, or with its payload as it is when that cannot be read. */
function contentOf(letter: KeptDeadLetter): object {
  const read = batchOf(letter);
  if (read.batch === null) return { ...summary(letter), unreadable: read.reason, payload: letter.payload };
  const { transactions, ...batch } = read.batch;
  const events: JsonObject[] = transactions.flatMap((transaction) =>
    transaction.events.map((event) => flattenEvent(transaction, event)),
  );
  return {
    ...summary(letter),
    batch: { ...batch, transactions: transactions.map((transaction) => transaction.transactionHash) },
    events,
  };
}

function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
