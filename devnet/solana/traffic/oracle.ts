/**
 * What truly happened, by the word of those who did it: every action is written down before it is sent, every
 * landing, failure and abandonment after it. The truth is folded from the actions that stand on the chain, in
 * the chain's order, never from what the chain's logs or balances say; so it can judge those who read the
 * chain.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { openJournal } from '../../shared/json-lines.js';
import type { LandedTransaction, SolanaChain } from '../chain/types.js';
import type { Action, ExpectedEvent, OracleEntry } from './model.js';
import { createTally, type OracleSummary, summarize } from './summary.js';
import { createWorld, type World } from './world.js';

export interface Oracle {
  /** Written before the transaction is sent. */
  intend(signature: string, action: Action, events: readonly ExpectedEvent[]): void;
  landed(transaction: LandedTransaction): void;
  abandoned(signature: string): void;
  /** The chain refused it for good. */
  lost(signature: string, reason: string): void;
  /** All of them, read from the file, in the order in which they were sent. */
  entries(): readonly OracleEntry[];
  /** How many actions were ever sent; also the next action's id. */
  sent(): number;
  /** State after every action that stands on the chain. */
  world(): World;
  summary(): OracleSummary;
  /** How many actions are not decided yet. */
  undecided(): number;
  /** Called when something else happened than was planned, so that a plan made before is void. */
  onSurprise(listener: () => void): void;
  toJson(): { readonly summary: OracleSummary; readonly entries: unknown };
  /** What lands afterwards is settled on the next opening. */
  close(): void;
}

const lineSchema = z.discriminatedUnion('is', [
  z.object({
    is: z.literal('intended'),
    signature: z.string(),
    action: z.custom<Action>(),
    events: z.custom<readonly ExpectedEvent[]>(),
  }),
  z.object({
    is: z.literal('landed'),
    signature: z.string(),
    slot: z.number(),
    transactionIndex: z.number(),
    error: z.unknown(),
  }),
  z.object({ is: z.literal('abandoned'), signature: z.string() }),
  z.object({ is: z.literal('lost'), signature: z.string(), reason: z.string() }),
]);
type Line = z.infer<typeof lineSchema>;

type OracleChain = Pick<SolanaChain, 'status' | 'finalizedSlot' | 'onLanded' | 'onAbandoned'>;

export interface OracleOptions {
  readonly dir: string;
  readonly chain: OracleChain;
  /**
   * Entries in memory, above which the finalized ones are folded into the settled world; 2,000 when absent.
   */
  readonly keptEntries?: number;
}

/** Opens `dir`/oracle.jsonl, and settles what a crash left open by what the chain says of each signature. */
export function openOracle({ dir, chain, keptEntries = 2_000 }: OracleOptions): Oracle {
  const journal = openJournal<Line>(join(dir, 'oracle.jsonl'), (value) => lineSchema.parse(value));
  const entries = new Map<string, OracleEntry>();
  const listeners: (() => void)[] = [];
  /** What cannot change any more, and its counts. */
  const settled = createWorld();
  const tally = createTally();
  /** Not before former runs are settled. */
  let compactAbove = Number.POSITIVE_INFINITY;
  let sent = 0;
  let closed = false;

  const inOrder = (): LandedEntry[] => [...entries.values()].filter(isLanded).sort(byPosition);

  function write(line: Line): void {
    const before = entries.get(line.signature)?.outcome;
    if (closed || !take(entries, line)) return;
    const after = entries.get(line.signature);
    journal.append(line);
    if (line.is === 'intended') sent = Math.max(sent, line.action.id + 1);
    if (entries.size > compactAbove) compact();
    if (!after) return;
    const asPlanned =
      line.is === 'intended' ||
      (before === 'sent' && after.outcome === (after.action.fails ? 'failed' : 'ok'));
    if (!asPlanned) for (const listener of listeners) listener();
  }

  /** What is finalized or lost for good is folded and leaves memory; it stays in the file. */
  function compact(): void {
    const finalized = chain.finalizedSlot();
    for (const entry of inOrder()) {
      if (entry.slot > finalized) break;
      settled.apply(entry.signature, entry.action, entry.events, entry.outcome === 'ok');
      tally.add(entry);
      entries.delete(entry.signature);
    }
    for (const entry of [...entries.values()].filter(({ outcome }) => outcome === 'lost')) {
      tally.add(entry);
      entries.delete(entry.signature);
    }
    compactAbove = entries.size + keptEntries;
  }

  const landed = ({ signature, slot, transactionIndex, error }: LandedTransaction): void => {
    if (entries.has(signature)) write({ is: 'landed', signature, slot, transactionIndex, error });
  };
  const abandoned = (signature: string): void => {
    if (entries.has(signature)) write({ is: 'abandoned', signature });
  };

  for (const line of journal.read()) {
    take(entries, line);
    if (line.is === 'intended') sent = Math.max(sent, line.action.id + 1);
  }
  for (const { signature, outcome } of [...entries.values()]) {
    const status = chain.status(signature);
    if (status) landed(status);
    else if (outcome === 'sent')
      write({ is: 'lost', signature, reason: 'the chain does not know it after a restart' });
    else if (outcome === 'ok' || outcome === 'failed') abandoned(signature);
  }
  compact();
  chain.onLanded(landed);
  chain.onAbandoned(abandoned);

  const world = (): World => {
    const state = createWorld(settled);
    for (const { signature, action, events, outcome } of inOrder())
      state.apply(signature, action, events, outcome === 'ok');
    return state;
  };
  const summary = (): OracleSummary => {
    const counted = createTally(tally);
    for (const entry of entries.values()) counted.add(entry);
    return summarize(world(), counted);
  };
  const allEntries = (): OracleEntry[] => {
    const all = new Map<string, OracleEntry>();
    for (const line of journal.read()) take(all, line);
    return [...all.values()];
  };

  return {
    intend: (signature, action, events) => write({ is: 'intended', signature, action, events }),
    landed,
    abandoned,
    lost: (signature, reason) => write({ is: 'lost', signature, reason }),
    entries: allEntries,
    sent: () => sent,
    world,
    summary,
    undecided: () => [...entries.values()].filter((entry) => entry.outcome === 'sent').length,
    onSurprise: (listener) => void listeners.push(listener),
    toJson: () => ({ summary: summary(), entries: plain(allEntries()) }),
    close() {
      closed = true;
      journal.close();
    },
  };
}

/** @returns whether the line changed anything */
function take(entries: Map<string, OracleEntry>, line: Line): boolean {
  if (line.is === 'intended') {
    const { signature, action, events } = line;
    entries.set(signature, { signature, action, events, outcome: 'sent' });
    return true;
  }
  const entry = entries.get(line.signature);
  if (!entry) return false;
  const { signature, action, events } = entry;
  if (line.is === 'landed') {
    const { slot, transactionIndex, error = null } = line;
    if (isLanded(entry) && entry.slot === slot && entry.transactionIndex === transactionIndex) return false;
    const outcome = error === null ? 'ok' : 'failed';
    entries.set(signature, { signature, action, events, outcome, slot, transactionIndex, error });
    return true;
  }
  if (entry.outcome === line.is) return false;
  entries.set(signature, { signature, action, events, outcome: line.is });
  return true;
}

type LandedEntry = OracleEntry & { readonly slot: number; readonly transactionIndex: number };

function isLanded(entry: OracleEntry): entry is LandedEntry {
  return entry.slot !== undefined && entry.transactionIndex !== undefined;
}

function byPosition(a: LandedEntry, b: LandedEntry): number {
  return a.slot - b.slot || a.transactionIndex - b.transactionIndex;
}

/** As JSON: amounts are decimal strings. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)),
  );
}
