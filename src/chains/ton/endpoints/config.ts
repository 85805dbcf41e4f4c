/** A TON endpoint as it is configured. */
import type { Endpoint } from '../../http/endpoint.js';

/** HTTP APIs: the routes of TonClient4, and toncenter's index and liteserver APIs. */
export const TON_ENDPOINT_KINDS = ['v4', 'toncenter-v3', 'toncenter-v2'] as const;
export type TonEndpointKind = (typeof TON_ENDPOINT_KINDS)[number];

export interface TonEndpointConfig extends Endpoint {
  readonly kind: TonEndpointKind;
}
