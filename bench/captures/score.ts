/**
 * Precision and recall of decoded events against what captures are expected to hold, per marketplace and
 * kind.
 */
import type { ChainEvent, DecodedTransaction, Kind } from '../../src/events/event.js';

/** One fact that a capture must give. Absent fields are not checked. */
export interface ExpectedFact {
  /** Several where the source's own name covers several of ours. */
  readonly kinds: readonly Kind[];
  readonly marketplace?: string | undefined;
  readonly outcome?: 'ok' | 'failed' | undefined;
  readonly asset?: string | undefined;
  /** A number: rounded by its source. */
  readonly price?: bigint | number | undefined;
  readonly amount?: bigint | number | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /**
   * Events of which it may be a part: one that is there already, met by another fact or not, is enough, and
   * is counted once.
   */
  readonly partOf?: readonly ExpectedFact[] | undefined;
}

export interface Capture {
  readonly name: string;
  readonly chain: 'solana' | 'ton';
  readonly expected: readonly ExpectedFact[];
  /** The expectation names only some facts: events beyond it are not wrong. */
  readonly partial: boolean;
  readonly decoded: readonly DecodedTransaction[];
  /** What could not be read of it. */
  readonly notes: readonly string[];
  /** What was not believed for want of facts: said only where something is missed. */
  readonly doubts?: readonly string[];
}

export interface Score {
  readonly chain: string;
  readonly marketplace: string;
  readonly kind: string;
  readonly expected: number;
  readonly found: number;
  readonly right: number;
}

/** A fact that no event met, or an event that no fact asked for. */
export interface Fault {
  readonly capture: string;
  readonly type: 'miss' | 'false event';
  readonly text: string;
}

export interface Report {
  readonly scores: readonly Score[];
  readonly faults: readonly Fault[];
  readonly captures: number;
}

/**
 * Counts, by chain, marketplace and kind, which expected facts the decoded events meet; names every miss and
 * false event.
 */
export function scoreCaptures(captures: readonly Capture[]): Report {
  const scores = new Map<
    string,
    { chain: string; marketplace: string; kind: string; expected: number; found: number; right: number }
  >();
  const faults: Fault[] = [];
  const row = (chain: string, marketplace: string | undefined, kind: string) => {
    const key = `${chain} ${marketplace ?? ''} ${kind}`;
    const found = scores.get(key) ?? {
      chain,
      marketplace: marketplace ?? '-',
      kind,
      expected: 0,
      found: 0,
      right: 0,
    };
    scores.set(key, found);
    return found;
  };
  for (const { name, chain, expected, partial, decoded, notes, doubts = [] } of captures) {
    const before = faults.length;
    const failures = expected.some(({ outcome }) => outcome !== 'ok');
    const events = decoded
      .flatMap((transaction) => transaction.events)
      .filter(({ outcome }) => outcome === 'ok' || failures);
    const left = [...events];
    for (const fact of expected) {
      const place = left.findIndex((event) => differences(fact, event).length === 0);
      if (place < 0 && isPart(fact, events)) continue;
      const [event] = place < 0 ? [] : left.splice(place, 1);
      const scored = row(chain, fact.marketplace ?? event?.marketplace, event?.kind ?? fact.kinds[0] ?? '?');
      scored.expected++;
      if (event === undefined)
        faults.push({ capture: name, type: 'miss', text: `${describeFact(fact)}${nearest(fact, left)}` });
      else {
        scored.found++;
        scored.right++;
      }
    }
    for (const event of partial ? [] : left) {
      row(chain, event.marketplace, event.kind).found++;
      faults.push({ capture: name, type: 'false event', text: describeEvent(event) });
    }
    for (const { problems } of decoded)
      for (const { code, message } of problems ?? [])
        faults.push({ capture: name, type: 'miss', text: `${code}: ${message}` });
    for (const note of faults.length > before ? [...notes, ...doubts] : notes)
      faults.push({ capture: name, type: 'miss', text: note });
  }
  const sorted = [...scores.values()].sort((a, b) =>
    compare(`${a.chain} ${a.marketplace} ${a.kind}`, `${b.chain} ${b.marketplace} ${b.kind}`),
  );
  return { scores: sorted, faults, captures: captures.length };
}

function isPart({ outcome, partOf = [] }: ExpectedFact, events: readonly ChainEvent[]): boolean {
  return partOf.some((whole) =>
    events.some((event) => differences({ outcome, ...whole }, event).length === 0),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Fields in which the event is not the fact. */
function differences(fact: ExpectedFact, event: ChainEvent): string[] {
  const wrong: string[] = [];
  const check = (name: string, wanted: unknown, found: unknown) => {
    const same =
      typeof wanted === 'number' && typeof found === 'bigint' ? wanted === Number(found) : wanted === found;
    if (wanted !== undefined && !same) wrong.push(`${name} is ${String(found)}`);
  };
  if (!fact.kinds.includes(event.kind)) wrong.push(`kind is ${event.kind}`);
  check('outcome', fact.outcome, event.outcome);
  check('marketplace', fact.marketplace, event.marketplace);
  check('asset', fact.asset, event.asset.address);
  check('price', fact.price, event.price?.amount);
  check('amount', fact.amount, event.amount);
  check('from', fact.from, event.from);
  check('to', fact.to, event.to);
  return wrong;
}

function nearest(fact: ExpectedFact, events: readonly ChainEvent[]): string {
  const near = events.map((event) => differences(fact, event)).sort((a, b) => a.length - b.length)[0];
  return near === undefined ? '; nothing was found' : `; nearest: ${near.join(', ')}`;
}

function describeFact(fact: ExpectedFact): string {
  const { kinds, partOf: _, ...rest } = fact;
  return [`${kinds.join(' or ')}`, ...fields(rest)].join(' ');
}

function describeEvent(event: ChainEvent): string {
  const { kind, marketplace, asset, price, from, to, decoder } = event;
  return [
    kind,
    ...fields({ marketplace, asset: asset.address, price: price?.amount, from, to, decoder }),
  ].join(' ');
}

function fields(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`);
}
