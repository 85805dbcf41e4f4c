/**
 * An event's content as one number: what tells an unchanged event from one that a newer decoder reads
 * differently.
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

/** The part of a ledger row that makes its content. */
interface Content {
  readonly transactionHash: string;
  readonly blockTime: number | null;
  readonly event: ChainEvent;
  /** Stands with the transaction's first event. */
  readonly transaction?: TransactionFacts;
}

/**
 * Adds an object's fields to a list: each at its place, and those that were added later by name where they
 * are present.
 */
type Push = (list: unknown[], value: object) => void;

const pushEvent = pusher(EVENT);
const pushTransaction = pusher(TRANSACTION_FACTS);

/** First 8 bytes of sha256 over the content, as the signed integer that PostgreSQL holds. */
export function digestOf(row: Content): bigint {
  const { event, transaction } = row;
  const content: unknown[] = [row.transactionHash, row.blockTime];
  pushEvent(content, event);
  if (transaction) pushTransaction(content, transaction);
  return hash('sha256', JSON.stringify(content), 'buffer').readBigInt64BE(0);
}

/** @returns adds an object of these fields to a list, as it goes into the digest */
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
 * What goes into the digest of a value of this form; null: the value itself. bigint is no JSON, so it goes as
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

/** The same JSON whatever order its keys were written in. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value as { readonly [key: string]: Json }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return entries.map(([key, item]) => [key, sorted(item)]);
}
