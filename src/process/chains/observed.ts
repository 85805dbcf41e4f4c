import type { CheckOutcome } from '../../chains/witness/outcome.js';
import type { Chain } from '../../events/event.js';
import type { Metrics } from '../../runtime/metrics.js';

/**
 * Callbacks that count in the metrics what a reader reports of decoders and requests. Empty without metrics.
 */
export function observed(chain: Chain, metrics: Metrics | undefined) {
  if (!metrics) return {};
  return {
    observe: (decoder: string, outcome: string) => metrics.decoders.inc({ decoder, outcome }),
    onCheck: (outcome: CheckOutcome) => metrics.crossChecks.inc({ chain, outcome }),
    metrics: {
      onRequest: (endpoint: string, method: string, outcome: string, seconds: number) => {
        metrics.rpcRequests.inc({ endpoint, method, outcome });
        metrics.rpcSeconds.observe({ endpoint, method }, seconds);
      },
    },
  };
}
