/** The audit log (`audit_entry`): what a person or a repair has changed. Rows are only ever inserted. */
import type { Pool, PoolClient } from 'pg';
import type { Chain, JsonObject } from '../events/event.js';
import { bulk } from './bulk.js';

export interface AuditEntry {
  /** The command or the user that made the change. */
  readonly actor: string;
  readonly action: string;
  readonly chain: Chain | null;
  /** Table or kind of thing that was changed; `key` says which one. */
  readonly subject: string;
  readonly key: string;
  readonly reason: string;
  /** State before the change, and after it; null when the thing did not exist. */
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
}

const json = (value: JsonObject | null) => (value === null ? null : JSON.stringify(value));

/**
 * Inserts audit entries with the current time. Pass the client of the transaction that makes the change, so
 * that the change and its entry are committed together or not at all.
 */
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
