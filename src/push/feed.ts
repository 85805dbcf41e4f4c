/** The feed as senders see it: internal entries left out, events written as they are told. */
import type { Pool } from 'pg';
import type { EventEntry, FeedEntry, FeedId, RecordEntry } from '../feed/change.js';
import { formatFeedId } from '../feed/id.js';
import { readBeginning, readEnd, readFeed } from '../feed/read.js';
import { rowJson } from '../store/ledger/json.js';
import { pointOfTime } from './point-of-time.js';
import type { FeedPage, PushFeed, Subjects, Told } from './told.js';

/** What each reason of a reset means, for people. */
const REASONS = {
  epoch: 'the database was restored, promoted or moved: its feed began anew',
  retention: 'the changes after the last one that was told are no longer kept',
  ahead: 'the feed has never been where the last message was',
};

/** @param pool also of a standby */
export function createPushFeed(pool: Pool): PushFeed {
  return {
    read: async (after, limit) => {
      const { entries, next, reset } = await readFeed(pool, { after, limit });
      if (reset !== undefined) return { kind: 'reset', reason: REASONS[reset], from: next };
      return pageOf(entries, next);
    },
    tip: () => readEnd(pool),
    beginning: () => readBeginning(pool),
    beforeBlock: (chain, block) => pointOfTime(pool, chain, block),
  };
}

/** An entry that cannot be read ends the page before it, and is a reset once it is the first. */
function pageOf(entries: readonly FeedEntry[], next: FeedId): FeedPage {
  const changes: Told[] = [];
  for (const entry of entries) {
    if (entry.subject === 'unreadable') {
      const last = changes.at(-1);
      if (last) return { kind: 'changes', changes, upTo: last.id };
      const reason = `change ${formatFeedId(entry.id)} cannot be read: ${entry.reason}`;
      return { kind: 'reset', reason, from: entry.id };
    }
    if (entry.subject === 'event') changes.push(eventTold(entry));
    else if (entry.record.internal !== true) changes.push(recordTold(entry));
  }
  return { kind: 'changes', changes, upTo: next };
}

function eventTold(entry: EventEntry): Told {
  const { id, lane, kind: type, chain, block, transactionIndex, eventIndex, row, before, at } = entry;
  return {
    id,
    lane,
    type,
    chain,
    subject: 'event',
    kind: row?.event.kind ?? null,
    finality: row?.finality ?? null,
    about: subjectsOf(entry),
    content: {
      at: new Date(at).toISOString(),
      place: { block, transactionIndex, eventIndex },
      event: row && rowJson(row),
      ...(before ? { before: rowJson(before) } : {}),
    },
  };
}

/** Whom an event is about: now, and before it was changed. */
function subjectsOf({ row, before }: EventEntry): Subjects {
  const events = [row, before].flatMap((item) => (item ? [item.event] : []));
  const some = (values: readonly (string | null | undefined)[]) => [
    ...new Set(values.filter((value) => value != null)),
  ];
  return {
    wallets: some(events.flatMap(({ from, to }) => [from, to])),
    users: [],
    nfts: some(events.map(({ asset }) => (asset.kind === 'nft' ? asset.address : null))),
    collections: some(events.map(({ nft }) => nft?.collection)),
  };
}

function recordTold({ id, lane, kind: type, record, at }: RecordEntry): Told {
  const { wallets = [], users = [], nfts = [], collections = [] } = record.about ?? {};
  return {
    id,
    lane,
    type,
    subject: record.subject,
    chain: null,
    kind: null,
    finality: null,
    about: { wallets, users, nfts, collections },
    content: { at: new Date(at).toISOString(), key: record.key, ...(record.content ?? {}) },
  };
}
