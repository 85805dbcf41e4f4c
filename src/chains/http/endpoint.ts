/** An endpoint as it is configured, what is known of it, and what it reports to. */

/** The configuration of an endpoint, whatever API it speaks. */
export interface Endpoint {
  readonly url: string;
  /** Sent with every request, such as an API key. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Most requests a second; absent: no limit until the endpoint first answers 429. */
  readonly requestsPerSecond?: number | undefined;
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
  /** Newest block that the endpoint has named; null: none yet. */
  readonly head: number | null;
  /** Redacted. */
  readonly lastError: string | null;
  /** Unix milliseconds. */
  readonly lastErrorAt: number | null;
}
