/** A Solana endpoint as it is configured. */
import type { Endpoint } from '../http/endpoint.js';

export interface SolanaEndpoint extends Endpoint {
  /** Where slotSubscribe is; default: derived from `url` (see websocketUrl), null: nowhere. */
  readonly wsUrl?: string | null | undefined;
}
