/** A call that tells nothing, so that a receiver can be tried. It is not kept in the log. */
import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { Outbound } from '../../runtime/outbound/client.js';
import { type Attempt, attemptDelivery } from './attempt.js';
import { bodyOfTest } from './message.js';
import { findEndpoint } from './registry.js';
import type { Sealing } from './sealing.js';
import { secretsOf } from './secrets.js';

/** Sends it once, also to a disabled endpoint. @throws NdxError WEBHOOK_NOT_FOUND */
export async function sendTest(
  { pool, sealing, receivers }: { pool: Pool; sealing: Sealing; receivers: Outbound },
  endpointId: string,
): Promise<Attempt> {
  const { url } = await findEndpoint({ pool }, endpointId);
  const secrets = await secretsOf(pool, sealing, endpointId);
  const id = `msg_test_${randomBytes(8).toString('hex')}`;
  const body = bodyOfTest(endpointId, new Date());
  return attemptDelivery(receivers, { url, id, body, secrets }, new AbortController().signal);
}
