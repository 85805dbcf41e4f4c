/** An endpoint as it is configured, how it is shown, and what it reports to. */
import type { Endpoint } from './client.js';
import { endpointName } from './redact.js';

export interface PooledEndpoint extends Endpoint {
  readonly requestsPerSecond?: number | undefined;
}

/** What is needed of a pino logger. */
export interface SourceLog {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface SourceMetrics {
  /** `outcome`: `ok`, or the RpcReason of the failure. */
  onRequest(endpoint: string, method: string, outcome: string, seconds: number): void;
}

export interface EndpointState {
  readonly name: string;
  readonly healthy: boolean;
  /** Requests a second allowed now; null when nothing limits. */
  readonly rate: number | null;
  readonly inFlight: number;
  readonly head: number | null;
  /** Redacted. */
  readonly lastError: string | null;
  /** Unix milliseconds. */
  readonly lastErrorAt: number | null;
}

/** Two endpoints of one provider differ only in what must not be shown. */
export function nameOf(endpoints: readonly PooledEndpoint[], index: number): string {
  const names = endpoints.map(({ url }) => endpointName(url));
  const name = names[index] ?? '';
  const earlier = names.slice(0, index).filter((other) => other === name).length;
  return earlier === 0 ? name : `${name}#${earlier + 1}`;
}
