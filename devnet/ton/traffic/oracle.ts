/**
 * What truly happened, by the word of those who did it: every action is written down before it is sent. Of
 * the chain it asks only whether the transactions that the action meant to cause are in its trace and
 * succeeded, and by what hash they are known; never what they say. So it can judge those who read the chain.
 */
import { join } from 'node:path';
import { loadTransaction } from '@ton/core';
import { z } from 'zod';
import { openJournal } from '../../shared/json-lines.js';
import type { FinishedTrace, TonChain } from '../chain/chain.js';
import type { Action, At, ExpectedEvent, Landed, OracleEntry } from './model.js';
import { createTally, type OracleSummary, summarize } from './summary.js';
import { createWorld, type World } from './world.js';

export interface Oracle {
  /** Written before the message is sent. */
  intend(external: string, action: Action, events: readonly ExpectedEvent[], checks: readonly At[]): void;
  /** No account took the message. */
  lost(external: string, reason: string): void;
  /** All of them, read from the file, in the order in which they were sent. */
  entries(): readonly OracleEntry[];
  /** How many actions were ever sent; also the next action's id. */
  sent(): number;
  /** State after every finished action. */
  readonly world: World;
  summary(): OracleSummary;
  /** Actions that are not finished. */
  undecided(): readonly Action[];
  toJson(): { readonly summary: OracleSummary; readonly entries: unknown };
  /** What finishes afterwards is settled on the next opening. */
  close(): void;
}

const landedSchema = z.object({
  transactionHash: z.string().nullable(),
  outcome: z.enum(['ok', 'failed', 'missing']),
});
const lineSchema = z.discriminatedUnion('is', [
  z.object({
    is: z.literal('intended'),
    external: z.string(),
    action: z.custom<Action>(),
    events: z.custom<readonly ExpectedEvent[]>(),
    checks: z.custom<readonly At[]>(),
  }),
  z.object({
    is: z.literal('finished'),
    external: z.string(),
    root: z.string(),
    landed: z.array(landedSchema),
    asPlanned: z.boolean(),
  }),
  z.object({ is: z.literal('lost'), external: z.string(), reason: z.string() }),
]);
type Line = z.infer<typeof lineSchema>;
type Intended = Extract<Line, { is: 'intended' }>;

type OracleChain = Pick<TonChain, 'status' | 'onFinished' | 'trace' | 'ledger'>;

/** Finds each wanted transaction in a trace; one that was found is not found again. */
function locate(chain: OracleChain, root: string, wanted: readonly At[]): Landed[] {
  const trace = chain
    .trace(root)
    .sort((a, b) => a.entry.lt - b.entry.lt)
    .map((located) => {
      const { inMessage, description } = loadTransaction(
        chain.ledger.readTransactionCell(located).beginParse(),
      );
      const body = inMessage?.body.beginParse();
      const op = body && body.remainingBits >= 32 ? body.loadUint(32) : null;
      const failed = description.type === 'generic' && description.aborted;
      return { account: located.entry.account, hash: located.entry.hash, op, failed };
    });
  return wanted.map(({ account, op }) => {
    const index = trace.findIndex(
      (candidate) => candidate.account === account && (op === null || candidate.op === op),
    );
    const [found] = index < 0 ? [] : trace.splice(index, 1);
    return found
      ? { transactionHash: found.hash, outcome: found.failed ? 'failed' : 'ok' }
      : { transactionHash: null, outcome: 'missing' };
  });
}

function entryOf({ external, action, events }: Intended, line: Line | undefined): OracleEntry {
  const common = { external, action, events };
  if (line?.is === 'lost') return { ...common, outcome: 'lost', landed: [], reason: line.reason };
  if (line?.is !== 'finished') return { ...common, outcome: 'sent', landed: [] };
  const { root, landed, asPlanned } = line;
  const failed = events.some(({ at }) => at.outcome === 'failed');
  return { ...common, outcome: asPlanned ? (failed ? 'failed' : 'ok') : 'unplanned', landed, root };
}

/** Opens `dir`/oracle.jsonl, and settles what a crash left open by what the chain says of each message. */
export function openOracle({ dir, chain }: { readonly dir: string; readonly chain: OracleChain }): Oracle {
  const journal = openJournal<Line>(join(dir, 'oracle.jsonl'), (value) => lineSchema.parse(value));
  /** Only what is not finished stays in memory. */
  const open = new Map<string, Intended>();
  const world = createWorld();
  const tally = createTally();
  let sent = 0;
  let closed = false;

  function take(line: Line): boolean {
    if (line.is === 'intended') {
      open.set(line.external, line);
      sent = Math.max(sent, line.action.id + 1);
      return true;
    }
    const intended = open.get(line.external);
    if (!intended) return false;
    open.delete(line.external);
    tally.add(entryOf(intended, line));
    if (line.is === 'finished') world.apply(intended.action, intended.events, line.landed, line.asPlanned);
    return true;
  }
  function write(line: Line): void {
    if (closed || (line.is !== 'intended' && !open.has(line.external))) return;
    journal.append(line);
    take(line);
  }
  function finished({ external, root }: FinishedTrace): void {
    const intended = open.get(external);
    if (!intended) return;
    const wanted = [...intended.events.map(({ at }) => at), ...intended.checks];
    const found = locate(chain, root, wanted);
    const asPlanned = found.every(({ outcome }, index) => outcome === wanted[index]?.outcome);
    write({ is: 'finished', external, root, landed: found.slice(0, intended.events.length), asPlanned });
  }

  for (const line of journal.read()) take(line);
  for (const external of [...open.keys()]) {
    const status = chain.status(external);
    const root = chain.ledger.transactionByMessage(external)?.entry.hash;
    if (status === null)
      write({ is: 'lost', external, reason: 'the chain does not know it after a restart' });
    else if (status === 'finished' && root !== undefined) finished({ external, root });
  }
  chain.onFinished(finished);

  const entries = (): OracleEntry[] => {
    const intended = new Map<string, Intended>();
    const results = new Map<string, Line>();
    for (const line of journal.read()) {
      if (line.is === 'intended') intended.set(line.external, line);
      else results.set(line.external, line);
    }
    return [...intended.values()].map((line) => entryOf(line, results.get(line.external)));
  };
  const summary = (): OracleSummary => summarize(world, tally);
  return {
    intend: (external, action, events, checks) => write({ is: 'intended', external, action, events, checks }),
    lost: (external, reason) => write({ is: 'lost', external, reason }),
    entries,
    sent: () => sent,
    world,
    summary,
    undecided: () => [...open.values()].map(({ action }) => action),
    toJson: () => ({ summary: summary(), entries: entries().map(plainEntry) }),
    close() {
      closed = true;
      journal.close();
    },
  };
}

/** As JSON: amounts are decimal strings; every event stands beside the transaction in which it happened. */
function plainEntry({ external, action, events, landed, outcome, root, reason }: OracleEntry): unknown {
  const shown = {
    signature: external,
    external,
    root,
    outcome,
    reason,
    action,
    events: events.map((event, index) => {
      const { transactionHash, outcome: went } = landed[index] ?? {
        transactionHash: null,
        outcome: 'missing',
      };
      return { ...event, transactionHash, outcome: went };
    }),
  };
  return JSON.parse(
    JSON.stringify(shown, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)),
  );
}
