/** A Solana endpoint as it is configured. */
import type { Endpoint } from '../http/endpoint.js';

export interface SolanaEndpoint extends Endpoint {
  /** URL of the websocket for slotSubscribe. Absent: derived from `url` (see websocketUrl); null: none. */
  readonly wsUrl?: string | null | undefined;
}
