/**
 * What every command gets: environment, log, network file, paths, output, database. Read when first asked
 * for.
 */
import { resolve } from 'node:path';
import { type Env, loadEnv } from '../../config/env.js';
import { loadNetwork, type Network } from '../../config/networks.js';
import { createLogger, type Logger } from '../runtime/logger.js';
import { type DatabaseAddress, openDatabaseAddress } from './database-address.js';
import { createOutput, type Output, type TextStream } from './output.js';
import { type Paths, projectPaths, projectVersion } from './paths.js';

export interface Context {
  readonly version: string;
  readonly paths: Paths;
  readonly out: Output;
  /** @throws NdxError CONFIG_INVALID on first use, as do `log`, `network` and `dataDir`. */
  readonly env: Env;
  readonly log: Logger;
  readonly network: Network;
  /** Absolute. */
  readonly dataDir: string;
  /**
   * Opens the database for as long as `use` runs, once the whole configuration is known to be valid.
   * @param options.create whether an embedded database is made where there is none; default no: a command
   * that reads makes nothing
   * @throws NdxError CONFIG_INVALID when DATABASE_URL leads through a pooler that cannot work;
   * DATABASE_ABSENT, DATABASE_EMBEDDED_FAILED, CONFIG_INVALID
   */
  withDatabase<T>(
    use: (database: DatabaseAddress) => Promise<T>,
    options?: { readonly create?: boolean },
  ): Promise<T>;
}

export interface ContextOptions {
  /** Default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly stdout?: NodeJS.WritableStream & TextStream;
  readonly stderr?: NodeJS.WritableStream & TextStream;
}

export function createContext(options: ContextOptions = {}): Context {
  const stdout = options.stdout ?? process.stdout;
  const stderr = options.stderr ?? process.stderr;
  const paths = projectPaths();
  const env = once(() => loadEnv(options.environment));
  const dataDir = once(() => resolve(env().dataDir));
  const network = once(() => loadNetwork(env().network, paths.networks));
  const out = createOutput(stdout, stderr);
  const log = once(() => {
    const terminal = stderr.isTTY === true;
    const { level, format } = env().log;
    const colour = terminal && stderr.hasColors?.() !== false;
    return createLogger({
      level,
      format: format ?? (terminal ? 'pretty' : 'json'),
      name: 'ndx',
      destination: { write: (line) => out.above(line) },
      colour,
    });
  });
  return {
    version: projectVersion(paths),
    paths,
    out,
    get env() {
      return env();
    },
    get log() {
      return log();
    },
    get network() {
      return network();
    },
    get dataDir() {
      return dataDir();
    },
    withDatabase: async (use, { create = false } = {}) => {
      // A mistake in the network file shows at once, not after a server was started.
      network();
      const { databaseUrl, redisUrls } = env();
      if (databaseUrl !== undefined) {
        const { checkSessions } = await import('../store/faults/pooler.js');
        const limits = await checkSessions(databaseUrl, redisUrls === undefined);
        if (limits !== null) log().warn({}, limits);
      }
      const database = await openDatabaseAddress({ databaseUrl, dataDir: dataDir(), create });
      try {
        return await use(database);
      } finally {
        await database.close();
      }
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
