/** Where the queue of this deployment lives: Redis when REDIS_URL is set, else beside the tables in PostgreSQL. */
import type { Env } from '../../config/env.js';
import type { QueueBackend } from '../queue/backend.js';

export function queueBackend(env: Env, databaseUrl: string): QueueBackend {
  return env.redisUrl === undefined ? { kind: 'postgres', url: databaseUrl } : { kind: 'redis', url: env.redisUrl };
}
