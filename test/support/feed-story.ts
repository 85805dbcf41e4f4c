/** What the feed's consumers are tried with (forks, replays, sequencers that fight), and what they hold. */
import fc from 'fast-check';
import type pg from 'pg';
import { expect } from 'vitest';
import type { Batch } from '../../src/events/batch.js';
import type { DecodedTransaction } from '../../src/events/event.js';
import { number } from '../../src/feed/number.js';
import { readLedger } from '../../src/store/ledger/ledger.js';
import { BLOCKS, history } from './events.js';
import { eventually } from './eventually.js';

const [FIRST = [], SECOND = []] = fc.sample(history, { numRuns: 2, seed: 11 });

/**
 * A branch, another one, the final chain, and replays of it by a newer decoder, in pieces of three blocks.
 */
export function story(): Batch[] {
  const pieces = (all: readonly DecodedTransaction[], more: Partial<Batch>): Batch[] =>
    Array.from({ length: BLOCKS / 3 }, (_, at) => {
      const [fromBlock, toBlock] = [at * 3 + 1, at * 3 + 3];
      const transactions = all.filter(({ block }) => block >= fromBlock && block <= toBlock);
      const of = {
        chain: 'solana',
        fingerprint: 'f',
        finality: 'finalized',
        scope: 'blocks',
        source: 'test',
      } as const;
      return { ...of, fromBlock, toBlock, transactions, ...more };
    });
  const read = (all: readonly DecodedTransaction[], decoderVersion: number) =>
    all.map((item) => ({ ...item, events: item.events.map((event) => ({ ...event, decoderVersion })) }));
  return [
    ...pieces(FIRST, { finality: 'confirmed', blocks: [] }),
    ...pieces(SECOND, { finality: 'confirmed', blocks: [] }),
    ...pieces(FIRST, { finality: 'confirmed', blocks: [] }),
    ...pieces(SECOND, {}),
    ...pieces(read(SECOND, 2), { replay: 'r' }),
    // A decoder that reads nothing in some of them.
    ...pieces(
      read(
        SECOND.filter((_, at) => at % 3 > 0),
        3,
      ),
      { replay: 'r' },
    ),
    ...pieces(read(SECOND, 4), { replay: 'r' }),
  ];
}

/** Two sequencers at once, one of them killed now and then. */
export async function fight(sequencers: pg.Pool, killer: pg.Pool | null): Promise<void> {
  const step = () =>
    number(sequencers, 2).catch((error: unknown) => expect(String(error)).toMatch(/terminat|connection/i));
  await Promise.all([step(), step(), killer?.query(KILL)]);
}

/** In this database only: the tables of other tests have the same ids, because all are copies of one. */
const KILL = `SELECT pg_terminate_backend(pid) FROM pg_locks
  WHERE relation = 'feed_state'::regclass AND mode = 'RowShareLock'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()`;

/** Numbers until nothing waits: other tests share the server, and their transactions hold ours up. */
export function numbered(pool: pg.Pool): Promise<unknown> {
  return eventually(async () => expect((await number(pool)).left).toBe('none'));
}

interface Body {
  readonly transactionHash: string;
  readonly eventIndex: number;
  readonly block: number;
  readonly finality: string;
  readonly kind: string;
  readonly decoderVersion: number;
}

const lineOf = ({ transactionHash, eventIndex, block, finality, kind, decoderVersion }: Body): string =>
  `${transactionHash}/${eventIndex} ${block} ${finality} ${kind} ${decoderVersion}`;

/** The ledger, an event a line, as {@link createHolder} holds it. */
export async function ledgerLines(pool: Pick<pg.Pool, 'query'>): Promise<string[]> {
  const rows = await readLedger(pool, 'true', []);
  return rows
    .map(({ event, ...place }) =>
      lineOf({ ...place, ...event, decoderVersion: event.decoderVersion, kind: event.kind }),
    )
    .sort();
}

/** Folds what is told by events' identity, as docs/api.md asks of consumers. */
export function createHolder() {
  const held = new Map<string, string>();
  return {
    apply: (type: string, event: unknown): void => {
      const body = event as Body;
      const identity = `${body.transactionHash}/${body.eventIndex}`;
      if (type === 'withdrawn') held.delete(identity);
      else held.set(identity, lineOf(body));
    },
    /** After a reset: the tables are read anew. */
    replace: (lines: readonly string[]): void => {
      held.clear();
      for (const line of lines) held.set(line.slice(0, line.indexOf(' ')), line);
    },
    lines: (): string[] => [...held.values()].sort(),
  };
}

/** Compares ids of the feed by their numbers. */
export function byId(a: string, b: string): number {
  const [one, other] = [a, b].map((id) => id.split('.').map(Number));
  const [x = [], y = []] = [one, other];
  return (x[0] ?? 0) - (y[0] ?? 0) || (x[1] ?? 0) - (y[1] ?? 0) || (x[2] ?? 0) - (y[2] ?? 0);
}
