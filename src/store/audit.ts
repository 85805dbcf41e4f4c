/** The record of what somebody changed by hand. Only ever added to. */
import type { Pool, PoolClient } from 'pg';
import type { Chain, JsonObject } from '../events/event.js';
import { bulk } from './bulk.js';

export interface AuditEntry {
  /** Command or user. */
  readonly actor: string;
  readonly action: string;
  readonly chain: Chain | null;
  /** Table or kind of thing, and which one. */
  readonly subject: string;
  readonly key: string;
  readonly reason: string;
  /** null: there was, or is, nothing. */
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
}

const json = (value: JsonObject | null) => (value === null ? null : JSON.stringify(value));

/** Give the client of the transaction that makes the change, so that neither is there without the other. */
export async function recordAudit(
  client: Pick<PoolClient | Pool, 'query'>,
  entries: readonly AuditEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const input = bulk(entries, {
    actor: ['text', (entry) => entry.actor],
    action: ['text', (entry) => entry.action],
    chain: ['text', (entry) => entry.chain],
    subject: ['text', (entry) => entry.subject],
    key: ['text', (entry) => entry.key],
    reason: ['text', (entry) => entry.reason],
    before: ['jsonb', (entry) => json(entry.before)],
    after: ['jsonb', (entry) => json(entry.after)],
  });
  await client.query(
    `INSERT INTO audit_entry (at, ${input.names}) SELECT now() AT TIME ZONE 'UTC', ${input.names} FROM ${input.from}`,
    [...input.values],
  );
}
