/**
 * What announcing, fencing and catching up need from the process that reads the chain: the listener or a
 * replay.
 */
import type { Pool } from 'pg';
import type { BlockRange } from '../events/range.js';
import type { BatchQueue } from '../queue/queue.js';
import type { ChainReader } from '../readers/reader.js';
import type { Log } from '../runtime/log.js';
import type { Discoveries } from './discoveries.js';

export interface DiscoveryDeps {
  readonly reader: ChainReader;
  readonly queue: Pick<BatchQueue, 'add' | 'state' | 'failedJob'>;
  readonly db: { readonly pool: Pool };
  readonly log: Log;
  readonly discoveries: Discoveries;
  /**
   * Forgets the blocks read as `confirmed`: they were read without the address, so they must not settle and
   * are read again as final.
   */
  readonly forgetConfirmed?: () => void;
  /**
   * Waits a while for jobs of blocks after `block`: blocks that are reconciled before the fence need not be
   * read again.
   */
  readonly awaitJobs?: (block: number, signal: AbortSignal) => Promise<void>;
  /**
   * Covered ranges after `block`, including those among blocks that are being read: these may never be handed
   * on, and then nobody would read the covered ones again.
   */
  readonly coveredAfter: (block: number) => Promise<readonly BlockRange[]>;
}
