import type { Metrics } from '../../runtime/metrics.js';

/** What readers tell of themselves, as counters. */
export function observed(metrics: Metrics | undefined) {
  if (!metrics) return {};
  return {
    observe: (decoder: string, outcome: string) => metrics.decoders.inc({ decoder, outcome }),
    metrics: {
      onRequest: (endpoint: string, method: string, outcome: string, seconds: number) => {
        metrics.rpcRequests.inc({ endpoint, method, outcome });
        metrics.rpcSeconds.observe({ endpoint, method }, seconds);
      },
    },
  };
}
