/** Looks after endpoints: what `ndx webhook` does, each change with its entry in the audit log. */
import { randomBytes } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { JsonObject } from '../../events/event.js';
import type { FeedId } from '../../feed/change.js';
import { formatFeedId } from '../../feed/id.js';
import type { Filter } from '../../feed/told/filter.js';
import { NdxError } from '../../runtime/errors.js';
import { recordAudit } from '../../store/audit.js';
import { inTransaction, RollbackWith } from '../../store/database.js';
import { ENDPOINT_COLUMNS, type Endpoint, type EndpointRow, readEndpoint } from './endpoint.js';
import type { Sealing } from './sealing.js';
import { addSecret, newSecret } from './secrets.js';

export interface RegistryDeps {
  readonly pool: Pool;
  readonly sealing: Sealing;
}

/** How a change is made. */
export interface How {
  /** Roll everything back at the end: only show what would be. */
  readonly dryRun: boolean;
}

export interface NewEndpoint {
  readonly url: string;
  readonly description: string;
  readonly filter: Filter;
  readonly ordered: boolean;
  readonly batch: number;
  readonly cursor: FeedId;
}

export interface ListedEndpoint extends Endpoint {
  /** Messages that wait to be received, and those that were given up. */
  readonly pending: number;
  readonly dead: number;
}

const ACTOR = 'ndx webhook';

/** A change of one endpoint, in a transaction with its audit entry. */
async function change<T>(
  { pool }: RegistryDeps,
  { dryRun }: How,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, async (client) => {
    const result = await work(client);
    if (dryRun) throw new RollbackWith(result);
    return result;
  });
}

/**
 * Adds an endpoint.
 * @returns it, and its secret: the only time that it is told
 */
export async function addEndpoint(
  deps: RegistryDeps,
  { url, description, filter, ordered, batch, cursor }: NewEndpoint,
  how: How,
): Promise<{ readonly endpoint: Endpoint; readonly secret: string }> {
  const id = `wh_${randomBytes(8).toString('hex')}`;
  const secret = newSecret();
  return change(deps, how, async (client) => {
    const { rows } = await client.query<EndpointRow>(
      `INSERT INTO webhook_endpoint (id, url, description, state, ordered, batch, filter, epoch, seq, n)
       VALUES ($1, $2, $3, 'enabled', $4, $5, $6, $7, $8, $9) RETURNING ${ENDPOINT_COLUMNS}`,
      [id, url, description, ordered, batch, JSON.stringify(filter), cursor.epoch, cursor.seq, cursor.n],
    );
    await addSecret(client, deps.sealing, { endpointId: id, secret, overlap: 0 });
    const endpoint = readFirst(rows, id);
    await note(client, 'add', id, null, auditOf(endpoint));
    return { endpoint, secret };
  });
}

/** Endpoints in the order in which they were added. */
export async function listEndpoints({ pool }: Pick<RegistryDeps, 'pool'>): Promise<ListedEndpoint[]> {
  const { rows } = await pool.query<EndpointRow & { pending: number; dead: number }>(
    `SELECT ${ENDPOINT_COLUMNS},
            (SELECT count(*)::int FROM webhook_delivery d WHERE d.endpoint_id = e.id AND d.state = 'pending') AS pending,
            (SELECT count(*)::int FROM webhook_delivery d WHERE d.endpoint_id = e.id AND d.state = 'dead') AS dead
       FROM webhook_endpoint e ORDER BY created_at, id`,
  );
  return rows.map(({ pending, dead, ...row }) => ({ ...readEndpoint(row), pending, dead }));
}

/** @throws NdxError WEBHOOK_NOT_FOUND */
export async function findEndpoint({ pool }: Pick<RegistryDeps, 'pool'>, id: string): Promise<Endpoint> {
  const { rows } = await pool.query<EndpointRow>(
    `SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoint WHERE id = $1`,
    [id],
  );
  return readFirst(rows, id);
}

/**
 * Gives the endpoint a new secret; the old one signs besides for the overlap.
 * @param overlap milliseconds
 * @throws NdxError WEBHOOK_NOT_FOUND
 */
export async function rotateSecret(
  deps: RegistryDeps,
  id: string,
  overlap: number,
  how: How,
): Promise<{ readonly secret: string }> {
  const secret = newSecret();
  return change(deps, how, async (client) => {
    await locked(client, id);
    await addSecret(client, deps.sealing, { endpointId: id, secret, overlap });
    await note(client, 'rotate', id, null, { overlapSeconds: overlap / 1000 });
    return { secret };
  });
}

/**
 * Enables or disables the endpoint. A sender that works on it stops before its next message; enabled again,
 * it goes on where it stood.
 * @throws NdxError WEBHOOK_NOT_FOUND
 */
export async function setState(
  deps: RegistryDeps,
  id: string,
  state: Endpoint['state'],
  how: How,
): Promise<Endpoint> {
  return change(deps, how, async (client) => {
    const before = await locked(client, id);
    await client.query(
      `UPDATE webhook_delivery SET next_attempt_at = clock_timestamp()
        WHERE endpoint_id = $1 AND state = 'pending' AND $2 = 'enabled'`,
      [id, state],
    );
    const { rows } = await client.query<EndpointRow>(
      `UPDATE webhook_endpoint
          SET state = $2, reason = CASE WHEN $2 = 'disabled' THEN 'by hand' END, next_at = clock_timestamp()
        WHERE id = $1 RETURNING ${ENDPOINT_COLUMNS}`,
      [id, state],
    );
    const after = readFirst(rows, id);
    await note(client, state === 'enabled' ? 'enable' : 'disable', id, auditOf(before), auditOf(after));
    return after;
  });
}

/** Removes the endpoint, its secrets, messages and dead letters. @throws NdxError WEBHOOK_NOT_FOUND */
export async function removeEndpoint(deps: RegistryDeps, id: string, how: How): Promise<Endpoint> {
  return change(deps, how, async (client) => {
    const before = await locked(client, id);
    await client.query('DELETE FROM webhook_endpoint WHERE id = $1', [id]);
    await note(client, 'remove', id, auditOf(before), null);
    return before;
  });
}

/**
 * Tells the endpoint everything after the point again. What waits to be told from there on is made anew; a
 * sender that works on the endpoint loses it.
 * @throws NdxError WEBHOOK_NOT_FOUND
 */
export async function replayFrom(deps: RegistryDeps, id: string, point: FeedId, how: How): Promise<Endpoint> {
  return change(deps, how, async (client) => {
    const before = await locked(client, id);
    await client.query(
      `DELETE FROM webhook_delivery
        WHERE endpoint_id = $1 AND state = 'pending' AND (epoch, after_seq, after_n) >= ($2::bigint, $3::bigint, $4::int)`,
      [id, point.epoch, point.seq, point.n],
    );
    const { rows } = await client.query<EndpointRow>(
      `UPDATE webhook_endpoint
          SET epoch = $2, seq = $3, n = $4, next_at = clock_timestamp(), lease_token = lease_token + 1,
              lease_until = clock_timestamp()
        WHERE id = $1 RETURNING ${ENDPOINT_COLUMNS}`,
      [id, point.epoch, point.seq, point.n],
    );
    const after = readFirst(rows, id);
    await note(client, 'replay', id, auditOf(before), auditOf(after));
    return after;
  });
}

async function locked(client: PoolClient, id: string): Promise<Endpoint> {
  const { rows } = await client.query<EndpointRow>(
    `SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoint WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return readFirst(rows, id);
}

function readFirst(rows: readonly EndpointRow[], id: string): Endpoint {
  const [row] = rows;
  if (row === undefined)
    throw new NdxError(
      'WEBHOOK_NOT_FOUND',
      `there is no webhook ${id}: \`ndx webhook list\` shows those that are`,
    );
  return readEndpoint(row);
}

function auditOf({ cursor, createdAt: _created, failingSince: _failing, ...rest }: Endpoint): JsonObject {
  return { ...rest, filter: rest.filter as JsonObject, cursor: formatFeedId(cursor) };
}

function note(
  client: PoolClient,
  action: string,
  key: string,
  before: JsonObject | null,
  after: JsonObject | null,
): Promise<void> {
  const entry = { actor: ACTOR, action, chain: null, subject: 'webhook_endpoint', key, before, after };
  return recordAudit(client, [{ ...entry, reason: `ndx webhook ${action}` }]);
}
