/** What the process that runs the API passes in. */
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Chain } from '../events/event.js';
import type { FeedStream } from '../feed/told/stream.js';
import type { Database } from '../store/database.js';
import type { ReadClass } from '../store/reads.js';
import type { QueueCounts } from './schemas/status.js';

export interface ApiDeps {
  /**
   * For reads of single rows by key. Opened with a `statementTimeout`, so that no query holds a connection
   * for long.
   */
  readonly db: Pick<Database, 'pool' | 'prisma'>;
  /** For reads of lists. It has its own connections, so that lists never delay reads of single rows. */
  readonly lists: ReadClass;
  /** For reads of the deployment's state. It has connections that nothing else uses. */
  readonly operations: Pick<Database, 'pool' | 'prisma'>;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly version: string;
  /**
   * Whether this deployment can do its work, and if not, why. An answer that takes more than 5 seconds counts
   * as not ready.
   */
  readonly readiness: () => Promise<{ readonly ready: boolean; readonly reasons: readonly string[] }>;
  /** The feed as a stream. */
  readonly stream: FeedStream;
  /** Number of jobs by state in each chain's queue. */
  readonly queueCounts?: (() => Promise<Readonly<Partial<Record<Chain, QueueCounts>>>>) | undefined;
  /** What the configuration says about a token; undefined for a token that it does not follow. */
  readonly symbols: (
    chain: Chain,
    token: string,
  ) => { readonly symbol: string; readonly decimals: number } | undefined;
}
