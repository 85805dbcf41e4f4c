/**
 * What every command gets: environment, log, network file, paths, output, database. Each is read when it is
 * first used.
 */
import { resolve } from 'node:path';
import { type Env, loadEnv } from '../../config/env.js';
import { loadNetwork, type Network } from '../../config/networks.js';
import { type ByteBudget, createByteBudget } from '../chains/http/bytes/budget.js';
import { createLogger, type Logger } from '../runtime/logger.js';
import { type DatabaseAddress, openDatabaseAddress } from './database-address.js';
import { createOutput, type Output, type TextStream } from './output.js';
import { type Paths, projectPaths, projectVersion } from './paths.js';

export interface Context {
  readonly version: string;
  readonly paths: Paths;
  readonly out: Output;
  /**
   * @throws NdxError CONFIG_INVALID on first use when a setting is wrong; so do `log`, `network` and
   * `dataDir`.
   */
  readonly env: Env;
  readonly log: Logger;
  readonly network: Network;
  /** What the bytes of endpoints' answers count against: one for the whole process. */
  readonly budget: ByteBudget;
  /** Absolute path. */
  readonly dataDir: string;
  /**
   * Opens the database while `use` runs, after the network file has been read and found valid.
   * @param options.create whether to make an embedded database when there is none. Default false: a command
   * that only reads makes nothing.
   * @throws NdxError CONFIG_INVALID when a setting is wrong or DATABASE_URL leads through a pooler that
   * cannot work; DATABASE_ABSENT when there is no database and none is to be made; DATABASE_EMBEDDED_FAILED
   * when the embedded server does not start
   */
  withDatabase<T>(
    use: (database: DatabaseAddress) => Promise<T>,
    options?: { readonly create?: boolean },
  ): Promise<T>;
}

export interface ContextOptions {
  /** Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly stdout?: NodeJS.WritableStream & TextStream;
  readonly stderr?: NodeJS.WritableStream & TextStream;
}

/** The context of one command. Creating it reads neither the environment nor any setting. */
export function createContext(options: ContextOptions = {}): Context {
  const stdout = options.stdout ?? process.stdout;
  const stderr = options.stderr ?? process.stderr;
  const paths = projectPaths();
  const env = once(() => loadEnv(options.environment));
  const dataDir = once(() => resolve(env().dataDir));
  const network = once(() => loadNetwork(env().network, paths.networks));
  const budget = once(() => createByteBudget(env().answerBytes));
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
    get budget() {
      return budget();
    },
    get dataDir() {
      return dataDir();
    },
    withDatabase: async (use, { create = false } = {}) => {
      // Report a mistake in the network file before a database server is started.
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
