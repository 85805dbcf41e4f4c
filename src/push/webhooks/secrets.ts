/**
 * Secrets of endpoints (`webhook_secret`): made here, shown once, two at a time while one replaces the
 * other.
 */
import { randomBytes } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { Sealing } from './sealing.js';

type Client = Pick<PoolClient | Pool, 'query'>;

/** A new secret as Standard Webhooks writes it: `whsec_` and 32 random bytes in base64. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

const ownerOf = (endpointId: string, number: number) => `webhook ${endpointId} secret ${number}`;

/**
 * Stores a new secret. Those before it go on signing for at most the overlap, and then are forgotten.
 * @param overlap milliseconds
 */
export async function addSecret(
  client: Client,
  sealing: Sealing,
  { endpointId, secret, overlap }: { endpointId: string; secret: string; overlap: number },
): Promise<void> {
  await client.query(
    'DELETE FROM webhook_secret WHERE endpoint_id = $1 AND expires_at <= clock_timestamp()',
    [endpointId],
  );
  const { rows } = await client.query<{ number: number }>(
    'SELECT coalesce(max(number), 0) + 1 AS number FROM webhook_secret WHERE endpoint_id = $1',
    [endpointId],
  );
  const number = rows[0]?.number ?? 1;
  await client.query(
    `UPDATE webhook_secret SET expires_at = least(expires_at, clock_timestamp() + $2::float8 * interval '1 ms')
      WHERE endpoint_id = $1`,
    [endpointId, overlap],
  );
  await client.query('INSERT INTO webhook_secret (endpoint_id, number, secret) VALUES ($1, $2, $3)', [
    endpointId,
    number,
    sealing.seal(secret, ownerOf(endpointId, number)),
  ]);
}

/**
 * The secrets that sign now, the newest first.
 * @throws NdxError CONFIG_INVALID when one cannot be opened with the key that is set
 */
export async function secretsOf(client: Client, sealing: Sealing, endpointId: string): Promise<string[]> {
  const { rows } = await client.query<{ number: number; secret: string }>(
    `SELECT number, secret FROM webhook_secret
      WHERE endpoint_id = $1 AND (expires_at IS NULL OR expires_at > clock_timestamp()) ORDER BY number DESC`,
    [endpointId],
  );
  return rows.map(({ number, secret }) => sealing.open(secret, ownerOf(endpointId, number)));
}

/**
 * Checks that every secret can be opened with the key that is set.
 * @throws NdxError CONFIG_INVALID naming the first that cannot
 */
export async function assertOpens(client: Client, sealing: Sealing): Promise<void> {
  const { rows } = await client.query<{ endpointId: string; number: number; secret: string }>(
    'SELECT endpoint_id AS "endpointId", number, secret FROM webhook_secret',
  );
  for (const { endpointId, number, secret } of rows) sealing.open(secret, ownerOf(endpointId, number));
}

/** How many secrets stand plain in the database. */
export async function countPlain(client: Client): Promise<number> {
  const { rows } = await client.query<{ plain: number }>(
    `SELECT count(*)::int AS plain FROM webhook_secret WHERE secret LIKE 'plain:%'`,
  );
  return rows[0]?.plain ?? 0;
}
