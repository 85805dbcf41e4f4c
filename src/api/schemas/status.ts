/** Status, health and readiness in responses. */
import { z } from 'zod';
import { MOST_PROBLEMS, MOST_RANGES } from '../../projections/status/queries.js';
import { MOST_OWED } from '../../store/coverage/owed-checks.js';
import { blockNumber, chain, time } from './common.js';

const range = z
  .object({ fromBlock: blockNumber, toBlock: blockNumber })
  .meta({ id: 'BlockRange', description: 'Inclusive' });

const queue = z
  .object({ waiting: z.int(), active: z.int(), delayed: z.int(), failed: z.int(), completed: z.int() })
  .meta({
    id: 'QueueCounts',
    description: 'Jobs by state; `failed` are dead letters, `completed` counts since the queue exists',
  });

export type QueueCounts = z.output<typeof queue>;

const chainStatus = z
  .object({
    chain,
    genesis: z.string(),
    source: z.string().describe('Endpoint that last told the tip'),
    fingerprint: z.string().describe('Decoders and configuration under which coverage counts'),
    startBlock: blockNumber,
    head: blockNumber,
    headTime: time.nullable(),
    finalized: blockNumber,
    finalizedTime: time.nullable(),
    coverage: z.array(range).describe(`The oldest ${MOST_RANGES} ranges`),
    gaps: z
      .array(range)
      .describe(
        `The oldest ${MOST_RANGES} ranges from the start block to the finalized block that are not covered`,
      ),
    staleBlocks: z.int().describe('Blocks last read by other decoders or under another configuration'),
    missingBlocks: z.int().describe('Blocks in all gaps'),
    lag: z.object({
      blocks: z.int().describe('From the newest covered block to the head'),
      seconds: z
        .int()
        .nullable()
        .describe('From the newest covered block (its time may be estimated) to now'),
    }),
    owedChecks: z
      .int()
      .describe(
        `Blocks in the tables of which another endpoint has not given its word yet, counted up to ${MOST_OWED}`,
      ),
    owedSince: time.nullable().describe('When the oldest of them was written'),
    decodeProblems: z
      .int()
      .describe(`Transactions that could not be read in full, counted up to ${MOST_PROBLEMS}`),
    queue: queue.nullable().describe('Null when the queue cannot be reached or is not known to this process'),
    failedJobs: z.int().nullable(),
    updatedAt: time,
    following: z.boolean().describe('Whether a listener follows the chain now'),
  })
  .meta({ id: 'ChainStatus' });

export const status = z
  .object({ version: z.string(), time, chains: z.array(chainStatus) })
  .meta({ id: 'Status' });

export const health = z
  .object({ status: z.literal('ok'), version: z.string(), uptimeSeconds: z.int() })
  .meta({ id: 'Health' });

export const readiness = z
  .object({
    ready: z.boolean(),
    reasons: z
      .array(z.string())
      .describe(
        'Why not; when ready, what is behind: a database that takes no writes, a silent listener, a silent second endpoint',
      ),
  })
  .meta({ id: 'Readiness' });
