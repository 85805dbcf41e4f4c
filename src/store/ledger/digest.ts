/**
 * The digest of an event: its content as one number, by which an unchanged event is told from one that a
 * newer decoder reads differently. Ledgers hold digests, so what a given content is hashed to must never
 * change.
 */
import { hash } from 'node:crypto';
import type { Fields, Form } from '../../events/describe.js';
import {
  type ChainEvent,
  EVENT,
  type Json,
  TRANSACTION_FACTS,
  type TransactionFacts,
} from '../../events/event.js';

/** The parts of a ledger row that go into the digest. */
interface Content {
  readonly transactionHash: string;
  readonly blockTime: number | null;
  readonly event: ChainEvent;
  /** Only with the transaction's first event. */
  readonly transaction?: TransactionFacts;
}

/**
 * Appends an object's fields to a list, in the order of their description. Fields that were added to the
 * description later are appended with their name, and only where they are present, so that older digests stay
 * the same.
 */
type Push = (list: unknown[], value: object) => void;

const pushEvent = pusher(EVENT);
const pushTransaction = pusher(TRANSACTION_FACTS);

/** First 8 bytes of the content's sha256, as the signed 64-bit integer that PostgreSQL's bigint holds. */
export function digestOf(row: Content): bigint {
  const { event, transaction } = row;
  const content: unknown[] = [row.transactionHash, row.blockTime];
  pushEvent(content, event);
  if (transaction) pushTransaction(content, transaction);
  return hash('sha256', JSON.stringify(content), 'buffer').readBigInt64BE(0);
}

/** @returns a function that appends an object of these fields to a list, as it goes into the digest */
export function pusher(fields: Fields): Push {
  const entries = Object.entries(fields).map(([name, { form, added }]) => ({
    name,
    added,
    contentOf: contentOf(form),
  }));
  return (list, value) => {
    for (const { name, added, contentOf } of entries) {
      const field = (value as Readonly<Record<string, unknown>>)[name];
      const content = field === undefined || contentOf === null ? field : contentOf(field);
      if (!added) list.push(content);
      else if (content !== undefined) list.push([name, content]);
    }
  };
}

/**
 * How a value of this form goes into the digest; null: as it is. JSON has no bigint, so that goes as decimal
 * text.
 */
function contentOf(form: Form): ((value: unknown) => unknown) | null {
  switch (form.kind) {
    case 'units':
      return (amount) => (amount as bigint).toString();
    case 'json':
      return (value) => sorted(value as Json);
    case 'list': {
      const item = contentOf(form.item);
      return item && ((list) => (list as readonly unknown[]).map((value) => item(value)));
    }
    case 'record': {
      const push = pusher(form.fields);
      return (value) => {
        const list: unknown[] = [];
        push(list, value as object);
        return list;
      };
    }
    default:
      return null;
  }
}

/** The JSON with its keys sorted, so that the order in which they were written does not matter. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value as { readonly [key: string]: Json }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return entries.map(([key, item]) => [key, sorted(item)]);
}
