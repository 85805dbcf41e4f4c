/** Turns settings into the parts that senders of webhooks are composed of. */
import type { Env } from '../../../config/env.js';
import { createSealing, type Sealing } from '../../push/webhooks/sealing.js';
import { createOutbound, type Outbound } from '../../runtime/outbound/client.js';

/** The client that asks receivers: `https` only, besides what NDX_OUTBOUND_ALLOW names. */
export function receiversOf(env: Env): Outbound {
  return createOutbound({ allowedHosts: env.outboundAllow });
}

/** How secrets stand in the database, by NDX_SECRET_KEY. */
export function sealingOf(env: Env): Sealing {
  return createSealing(env.secretKey === undefined ? undefined : Buffer.from(env.secretKey, 'hex'));
}
