/** `/health`, `/ready` and `/metrics` of processes that have no other HTTP server: listeners and workers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../runtime/errors.js';
import type { Metrics } from '../../runtime/metrics.js';
import { listenError } from '../listen-address.js';

export interface Readiness {
  readonly ready: boolean;
  /** Why the process is not ready, for people. */
  readonly reasons: readonly string[];
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts the server. `/ready` answers 200 when ready and 503 with the reasons otherwise.
 * @param port 0 takes a free port
 * @throws NdxError PORT_IN_USE when the port is taken; CONFIG_INVALID when this process cannot listen at the
 * address
 */
export async function startHealthServer(
  port: number,
  host: string,
  parts: { readonly metrics: Metrics; readonly readiness: () => Promise<Readiness> },
): Promise<HealthServer> {
  const answer = async (path: string): Promise<readonly [status: number, type: string, body: string]> => {
    if (path === '/health') return [200, 'application/json', '{"status":"ok"}'];
    if (path === '/metrics')
      return [200, parts.metrics.registry.contentType, await parts.metrics.registry.metrics()];
    if (path !== '/ready')
      return [404, 'application/json', '{"error":"only /health, /ready and /metrics are here"}'];
    const state = await parts
      .readiness()
      .catch((error: unknown) => ({ ready: false, reasons: [messageOf(error)] }));
    return [state.ready ? 200 : 503, 'application/json', JSON.stringify(state)];
  };
  const server = createServer((request, response) => {
    answer((request.url ?? '/').split('?')[0] ?? '/').then(
      ([status, type, body]) => response.writeHead(status, { 'content-type': type }).end(body),
      (error: unknown) => response.writeHead(500, { 'content-type': 'text/plain' }).end(messageOf(error)),
    );
  });
  await new Promise<void>((done, fail) => {
    server.once('error', (error) => fail(listenError({ port, host, portSetting: 'NDX_HEALTH_PORT' }, error)));
    server.listen(port, host, done);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
