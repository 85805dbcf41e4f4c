/** What the API records of its own requests: a histogram by route and status, and a line in the log. */
import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';

const NAME = 'ndx_http_request_seconds';

/** @param registry gets the histogram `ndx_http_request_seconds`, once however many apps observe with it */
export function registerObservation(app: FastifyInstance, registry: Registry): void {
  const seconds =
    registry.getSingleMetric(NAME) ??
    new Histogram({
      name: NAME,
      help: 'Time to answer requests of the API',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
      registers: [registry],
    });
  app.addHook('onResponse', async (request, reply) => {
    // Label with the route's pattern, not the path: otherwise there would be as many label values as wallets.
    const route = request.routeOptions.url ?? 'none';
    if (seconds instanceof Histogram) {
      seconds.observe(
        { method: request.method, route, status: String(reply.statusCode) },
        reply.elapsedTime / 1000,
      );
    }
    const level = reply.statusCode >= 500 ? 'warn' : 'debug';
    request.log[level](
      {
        method: request.method,
        path: request.url.split('?', 1)[0],
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    );
  });
}
