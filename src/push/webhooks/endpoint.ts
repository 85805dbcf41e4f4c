/** An endpoint of webhooks as the table holds it (`webhook_endpoint`). */

import type { FeedId } from '../../feed/change.js';
import { type Filter, filterSchema } from '../../feed/told/filter.js';
import { messageOf, NdxError } from '../../runtime/errors.js';

export interface Endpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly state: 'enabled' | 'disabled';
  /** Why it is disabled. */
  readonly reason: string | null;
  /** Whether a message is sent only after the one before it has been received. */
  readonly ordered: boolean;
  /** Most changes of one message. */
  readonly batch: number;
  readonly filter: Filter;
  /** Everything of the feed up to here has been made into messages. */
  readonly cursor: FeedId;
  /** Since when every attempt has failed; null when the newest one succeeded. */
  readonly failingSince: Date | null;
  readonly createdAt: Date;
}

export const ENDPOINT_COLUMNS = `id, url, description, state, reason, ordered, batch, filter,
  epoch::float8 AS epoch, seq::float8 AS seq, n, failing_since AS "failingSince", created_at AS "createdAt"`;

export interface EndpointRow extends Omit<Endpoint, 'cursor' | 'filter'> {
  readonly filter: unknown;
  readonly epoch: number;
  readonly seq: number;
  readonly n: number;
}

/** @throws NdxError INPUT_INVALID when the row's filter is not one that this version understands */
export function readEndpoint({ epoch, seq, n, filter, ...row }: EndpointRow): Endpoint {
  const result = filterSchema.safeParse(filter);
  if (!result.success)
    throw new NdxError(
      'INPUT_INVALID',
      `the filter of webhook ${row.id} cannot be read: ${messageOf(result.error)}`,
    );
  return { ...row, filter: result.data, cursor: { epoch, seq, n } };
}
