/**
 * What this process measures of itself, for `GET /metrics` (Prometheus). Each process has one registry; names
 * begin with `ndx_`.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Makes a registry with every metric of the program.
 * @param options `process: false` leaves out the metrics of the Node process: CPU, memory, event loop
 */
export function createMetrics(options: { readonly process?: boolean } = {}) {
  const registry = new Registry();
  const registers = [registry];
  if (options.process ?? true) collectDefaultMetrics({ register: registry, prefix: 'ndx_' });
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });
  return {
    registry,
    /**
     * Head and finalized block as the chain reports them; `lagBlocks` is how far the tables are behind. `ndx
     * status` and the API also tell the lag in seconds.
     */
    head: gauge('ndx_chain_head', 'Newest block seen', ['chain']),
    finalized: gauge('ndx_chain_finalized', 'Newest block that cannot be undone', ['chain']),
    lagBlocks: gauge(
      'ndx_lag_blocks',
      'Blocks between the newest readable block and the newest reconciled one',
      ['chain'],
    ),
    staleBlocks: gauge('ndx_stale_blocks', 'Blocks last read by other decoders or another configuration', [
      'chain',
    ]),
    leader: gauge('ndx_leader', '1 when this listener leads its chain', ['chain']),
    forks: counter('ndx_forks_total', 'Forks noticed among confirmed blocks', ['chain']),
    settled: counter('ndx_settled_jobs_total', 'Settling jobs reconciled', ['chain']),
    refused: counter(
      'ndx_refused_jobs_total',
      'Jobs of a former leader, or read before something was found, that were refused',
      ['chain'],
    ),
    watchdog: counter('ndx_watchdog_total', 'Times that a watchdog found a part stuck and restarted it', [
      'chain',
      'watchdog',
    ]),
    gapBlocks: gauge('ndx_gap_blocks', 'Blocks that should be covered and are not', ['chain']),
    blocks: counter('ndx_blocks_total', 'Blocks read and proven (skipped ones included)', ['chain', 'lane']),
    decodeProblems: counter(
      'ndx_decode_problems_total',
      'Transactions of followed contracts that could not be read in full',
      ['chain', 'code'],
    ),
    decoders: counter(
      'ndx_decoder_transactions_total',
      'Transactions by what a decoder made of them: hit, miss or error',
      ['decoder', 'outcome'],
    ),
    refusedContracts: counter(
      'ndx_refused_contracts_total',
      'Contracts that were not what they claimed to be, by why they were not believed',
      ['chain', 'reason'],
    ),
    events: counter('ndx_events_total', 'Events reconciled, repetitions included', [
      'chain',
      'kind',
      'outcome',
    ]),
    reconcile: histogram(
      'ndx_reconcile_seconds',
      'One batch, from job to commit',
      ['chain', 'outcome'],
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    ),
    crossChecks: counter(
      'ndx_cross_checks_total',
      'Blocks compared with the word of another endpoint: agreed, outvoted, disputed, owed, unanswered',
      ['chain', 'outcome'],
    ),
    owed: gauge(
      'ndx_owed_checks',
      'Blocks that stand in the tables before another endpoint gave its word of them, counted up to 10,000',
      ['chain'],
    ),
    owedOldest: gauge('ndx_owed_oldest_seconds', 'Age of the oldest of the owed checks; 0: nothing is owed', [
      'chain',
    ]),
    feedLast: gauge('ndx_feed_last', 'Newest number of the feed, by the worker that numbers it', []),
    feedNumbered: counter('ndx_feed_numbered_total', 'Rows of the feed that got a number', []),
    feedOldest: gauge('ndx_feed_oldest_seconds', 'Age of the oldest row of the feed without a number', []),
    feedBlocker: gauge(
      'ndx_feed_blocker_seconds',
      'Age of the transaction that holds the numbering of the feed back; absent when none does',
      ['pid', 'role', 'application'],
    ),
    feedDelay: histogram(
      'ndx_feed_delay_seconds',
      'From the commit of a change until the stream of this process has read it',
      [],
      [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    ),
    queueJobs: gauge('ndx_queue_jobs', 'Jobs by state', ['chain', 'state']),
    webhookAttempts: counter(
      'ndx_webhook_attempts_total',
      'Attempts to hand a message to a webhook, by how they ended: received, failed, refused, gone, dead',
      ['outcome'],
    ),
    webhookSeconds: histogram(
      'ndx_webhook_attempt_seconds',
      'Time of attempts to hand a message to a webhook',
      [],
      [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
    ),
    webhooks: gauge('ndx_webhooks', 'Webhooks by state: enabled, disabled; failing ones are enabled', [
      'state',
    ]),
    webhookMessages: gauge('ndx_webhook_messages', 'Messages that wait (pending) or were given up (dead)', [
      'state',
    ]),
    webhookBehind: gauge(
      'ndx_webhook_behind',
      'Rows of the feed that the enabled webhook which is furthest behind has not been told',
      [],
    ),
    metadata: counter(
      'ndx_metadata_documents_total',
      'Documents that stand off chain, by what asking for them came to',
      ['outcome'],
    ),
    rpcRequests: counter('ndx_rpc_requests_total', 'Requests to chain endpoints', [
      'endpoint',
      'method',
      'outcome',
    ]),
    rpcSeconds: histogram(
      'ndx_rpc_request_seconds',
      'Time of requests to chain endpoints',
      ['endpoint', 'method'],
      [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    ),
  };
}
