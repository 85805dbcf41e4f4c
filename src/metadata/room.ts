/**
 * What the metadata process does, over and over: carries what changed into the tables, puts due documents
 * into the queue, and asks for what the queue hands out. Any number of processes may do so at once. The
 * database decides what is due; the queue only spreads it, so a queue that was wiped delays and loses
 * nothing.
 */
import type { QueueBackend } from '../queue/backend.js';
import { createDocumentQueue, createDocumentWorker, type DocumentQueue } from '../queue/documents.js';
import { messageOf } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import { createWakeup } from '../runtime/pause.js';
import { seldom } from '../runtime/seldom.js';
import type { Database } from '../store/database.js';
import { type Attended, attend } from './attend.js';
import type { Resolver } from './fetch/resolver.js';
import { carryMarks } from './tables/carry.js';
import { takeDue } from './tables/documents.js';

export interface RoomDeps {
  readonly db: Pick<Database, 'pool'>;
  readonly backend: QueueBackend;
  readonly resolver: Resolver;
  readonly log: Log;
  /** Documents asked for at the same time. */
  readonly concurrency: number;
  readonly onAttended?: (outcome: Attended) => void;
  readonly prefix?: string;
}

export interface Room {
  readonly queue: DocumentQueue;
  ready(): Promise<void>;
  /** Why it cannot work now; empty when it can. */
  reasons(): readonly string[];
  /** Asks for nothing more, lets go of what is asked for, and resolves when all has ended. */
  close(): Promise<void>;
}

/** Milliseconds between looks when there was nothing to do. */
const IDLE_MS = 500;
const AFTER_ERROR_MS = 2_000;
/**
 * Jobs that wait in the queue for each document asked for at once: few, so that what is urgent comes soon.
 */
const AHEAD = 4;

export function openRoom(deps: RoomDeps): Room {
  const { db, backend, resolver, log, concurrency, onAttended, prefix } = deps;
  const ending = new AbortController();
  const { signal } = ending;
  const told = seldom(log);
  const failing = new Map<string, string>();
  const marked = createWakeup();
  const parts = { backend, log, ...(prefix === undefined ? {} : { prefix }) };
  const queue = createDocumentQueue(parts);
  const worker = createDocumentWorker({
    ...parts,
    concurrency,
    handle: async (id) => {
      const outcome = await attend({ db, resolver, signal }, id);
      onAttended?.(outcome);
      if (outcome === 'changed') marked.wake();
    },
  });

  /** Runs `step` until the end; it says whether there may be more to do at once. */
  const loop = async (name: string, step: () => Promise<boolean>, wakeup = createWakeup()): Promise<void> => {
    while (!signal.aborted) {
      let wait = IDLE_MS;
      try {
        if (await step()) wait = 0;
        failing.delete(name);
      } catch (error) {
        failing.set(name, `${name}: ${messageOf(error)}`);
        told.warn({ error: messageOf(error) }, `metadata: ${name} failed and is tried again`);
        wait = AFTER_ERROR_MS;
      }
      if (wait > 0) await wakeup.wait(wait, signal).catch(() => undefined);
    }
  };

  const due = createWakeup();
  const loops = [
    loop(
      'carrying',
      async () => {
        const { marks, found } = await carryMarks(db);
        if (found > 0) due.wake();
        return marks > 0;
      },
      marked,
    ),
    loop(
      'queueing',
      async () => {
        const room = concurrency * AHEAD - (await queue.counts()).waiting;
        if (room < concurrency) return false;
        const jobs = await takeDue(db, room);
        if (jobs.length > 0) await queue.add(jobs);
        return jobs.length === room;
      },
      due,
    ),
  ];

  return {
    queue,
    ready: () => worker.ready(),
    reasons: () => [...failing.values(), ...(worker.running() ? [] : ['the worker takes no jobs'])],
    close: async () => {
      ending.abort(new Error('the metadata process ends'));
      await Promise.all(loops);
      await worker.close();
      await queue.close();
    },
  };
}
