/** Dead letters and undecodable transactions, as `ndx dead` shows, retries and drops them. */

import { CHAINS, type Chain, type JsonObject } from '../events/event.js';
import { flattenEvent } from '../events/json.js';
import type { BatchQueue } from '../queue/queue.js';
import type { ChainReader } from '../readers/reader.js';
import { NdxError } from '../runtime/errors.js';
import type { Database } from '../store/database.js';
import { type DeadDocument, listDeadDocuments } from './document-rows.js';
import { dropLetter, dropTransaction } from './drop.js';
import { keepFailedJobs } from './keep-failed.js';
import { batchOf } from './letter.js';
import { type KeptDeadLetter, listDeadLetters, readDeadLetter } from './letter-rows.js';
import { listProblemTransactions, type ProblemTransaction } from './problem-rows.js';
import { retryDeadLetter, retryTransaction } from './retry.js';

export interface DeadLettersDeps {
  readonly db: Pick<Database, 'pool' | 'prisma'>;
  /** Opens the queue of a chain when it is first needed; `readerOf` does so for readers. */
  readonly queueOf: (chain: Chain) => BatchQueue;
  readonly readerOf: (chain: Chain) => Promise<ChainReader>;
  /** The transaction as the chain's endpoint gives it, for `show`. */
  readonly rawTransaction: (chain: Chain, hash: string, block: number) => Promise<unknown>;
  /**
   * Told when a queue cannot be asked for jobs that failed lately: then only what the database holds is seen.
   */
  readonly onQueueAway: (chain: Chain, error: unknown) => void;
  readonly signal: AbortSignal;
}

/** A dead letter without its payload; times in ISO 8601. */
export interface LetterSummary extends Omit<KeptDeadLetter, 'job' | 'payload' | 'failedAt' | 'retriedAt'> {
  /** The queue's id of the job. */
  readonly id: string;
  readonly failedAt: string;
  readonly retriedAt: string | null;
}

export interface Retried {
  readonly id: string;
  /** The queue's id of the new job. */
  readonly job?: string;
  /** Why it could not be retried. */
  readonly error?: string;
}

/**
 * An id is a dead letter's job id or the hash of an undecodable transaction; null instead of ids means all.
 */
export interface DeadLetters {
  /** Newest first, at most `limit` of each kind. Documents are of no chain: with one, none is listed. */
  list(filter: { readonly chain?: Chain; readonly limit: number }): Promise<{
    readonly letters: readonly LetterSummary[];
    readonly transactions: readonly ProblemTransaction[];
    readonly documents: readonly DeadDocument[];
  }>;
  /**
   * A dead letter with the events of its batch, or an undecodable transaction with its raw form.
   * @throws NdxError DEAD_LETTER_NOT_FOUND when nothing has this id; what the endpoint said
   */
  show(id: string): Promise<object>;
  /**
   * Puts a dead letter's batch back into the queue; reads and decodes an undecodable transaction again. With
   * several ids, one that cannot be retried is reported in `error` and the others go on.
   * @throws NdxError DEAD_LETTER_NOT_FOUND when nothing has one of the ids; with a single id also
   * JOB_INVALID, TRANSACTION_NOT_FOUND or what the endpoints said
   */
  retry(ids: readonly string[] | null, chain?: Chain): Promise<readonly Retried[]>;
  /**
   * Forgets them, with a row in `audit_entry` for each.
   * @returns the ids dropped
   * @throws NdxError DEAD_LETTER_NOT_FOUND when nothing has one of the ids
   */
  drop(ids: readonly string[] | null, chain?: Chain): Promise<readonly string[]>;
}

type Item = { readonly letter: KeptDeadLetter } | { readonly transaction: ProblemTransaction };

/** How many of each kind null ("all") takes at once. */
const MOST = 20_000;

export function createDeadLetters(deps: DeadLettersDeps): DeadLetters {
  const { db, queueOf, readerOf, rawTransaction, onQueueAway, signal } = deps;

  /** Saves failed jobs that the queues hold and the database does not hold yet. */
  async function refresh(chains: readonly Chain[]): Promise<void> {
    await Promise.all(
      chains.map(async (chain) => {
        try {
          await keepFailedJobs({ db, queue: queueOf(chain) });
        } catch (error) {
          onQueueAway(chain, error);
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

  async function retryOne(item: Item): Promise<string> {
    if ('letter' in item) return retryDeadLetter({ db, queue: queueOf(item.letter.chain) }, item.letter);
    const { chain } = item.transaction;
    const reader = await readerOf(chain);
    return retryTransaction({ reader, queue: queueOf(chain) }, item.transaction, signal);
  }

  return {
    list: async ({ chain, limit }) => {
      await refresh(chain ? [chain] : CHAINS);
      const letters = (await listDeadLetters(db, { chain, limit })).map(summaryOf);
      return {
        letters,
        transactions: await listProblemTransactions(db, { chain, limit }),
        documents: chain === undefined ? await listDeadDocuments(db, limit) : [],
      };
    },
    show: async (id) => {
      await refresh(CHAINS);
      const item = await find(id);
      if ('letter' in item) return contentOf(item.letter);
      const { chain, transactionHash, block } = item.transaction;
      return { ...item.transaction, raw: await rawTransaction(chain, transactionHash, block) };
    },
    retry: async (ids, chain) => {
      const retried: Retried[] = [];
      for (const item of await choose(ids, chain)) {
        try {
          retried.push({ id: idOf(item), job: await retryOne(item) });
        } catch (error) {
          // An item that cannot be retried must not keep the others from being retried.
          if (signal.aborted || !(error instanceof NdxError) || ids?.length === 1) throw error;
          retried.push({ id: idOf(item), error: error.message });
        }
      }
      return retried;
    },
    drop: async (ids, chain) => {
      const dropped: string[] = [];
      for (const item of await choose(ids, chain)) {
        if ('letter' in item) await dropLetter({ db, queue: queueOf(item.letter.chain) }, item.letter);
        else await dropTransaction(db, item.transaction);
        dropped.push(idOf(item));
      }
      return dropped;
    },
  };
}

function idOf(item: Item): string {
  return 'letter' in item ? item.letter.job : item.transaction.transactionHash;
}

function summaryOf({
  job,
  payload: _payload,
  failedAt,
  retriedAt,
  ...letter
}: KeptDeadLetter): LetterSummary {
  return {
    id: job,
    ...letter,
    failedAt: new Date(failedAt).toISOString(),
    retriedAt: retriedAt === null ? null : new Date(retriedAt).toISOString(),
  };
}

/** The letter with the events of its batch; with the payload as text when the batch cannot be read. */
function contentOf(letter: KeptDeadLetter): object {
  const read = batchOf(letter);
  if (read.batch === null) return { ...summaryOf(letter), unreadable: read.reason, payload: letter.payload };
  const { transactions, ...batch } = read.batch;
  const events: JsonObject[] = transactions.flatMap((transaction) =>
    transaction.events.map((event) => flattenEvent(transaction, event)),
  );
  return {
    ...summaryOf(letter),
    batch: { ...batch, transactions: transactions.map((transaction) => transaction.transactionHash) },
    events,
  };
}
