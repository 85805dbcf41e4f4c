/** What the API is given by the process that runs it. */
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Chain } from '../events/event.js';
import type { Database } from '../store/database.js';
import type { ReadClass } from '../store/reads.js';
import type { QueueCounts } from './schemas/status.js';

export interface ApiDeps {
  /**
   * Reads of single rows by their key. Opened with a `statementTimeout`, so that none holds a connection for
   * long.
   */
  readonly db: Pick<Database, 'pool' | 'prisma'>;
  /** Reads of lists: with connections of their own, so that lists never keep single rows waiting. */
  readonly lists: ReadClass;
  /** Reads of the deployment's state: with connections that nothing else uses. */
  readonly operations: Pick<Database, 'pool' | 'prisma'>;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly version: string;
  /**
   * Whether this deployment can do its work, and if not, why. Must answer within 5 seconds to be believed.
   */
  readonly readiness: () => Promise<{ readonly ready: boolean; readonly reasons: readonly string[] }>;
  /** Jobs by state of each chain's queue. */
  readonly queueCounts?: (() => Promise<Readonly<Partial<Record<Chain, QueueCounts>>>>) | undefined;
  /** What the configuration knows of a token; undefined for tokens that it does not follow. */
  readonly symbols: (
    chain: Chain,
    token: string,
  ) => { readonly symbol: string; readonly decimals: number } | undefined;
}
