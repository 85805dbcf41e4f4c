/** `ndx up`: runs the whole daemon with one command. Services that are not configured run embedded. */
import { join } from 'node:path';
import { Command } from 'commander';
import { childEnvironment } from '../../../config/env.js';
import { CHAIN_PARTS, chainsOf } from '../../process/chains/table.js';
import type { Context } from '../../process/context.js';
import { ensureDataFolder } from '../../process/data-folder.js';
import type { DatabaseAddress } from '../../process/database-address.js';
import { assertListenable } from '../../process/listen-address.js';
import { removeRunFile, writeRunFile } from '../../process/run-file.js';
import { type Child, type ChildSpec, type SupervisorDeps, supervise } from '../../process/supervisor.js';
import { NdxError } from '../../runtime/errors.js';
import { type Held, hold } from '../../runtime/held.js';
import { freePorts } from '../../runtime/ports.js';
import { redactUrl } from '../../runtime/redact.js';
import { createShutdown, type Shutdown } from '../../runtime/shutdown.js';
import { keepServer } from '../../store/embedded/keep.js';
import { withExamples } from '../help.js';
import { showSummary } from '../summary.js';

export function upCommand(context: Context): Command {
  const command = new Command('up')
    .description(
      'run everything: database, queue, listeners, workers, API, and a local chain where no endpoint is configured',
    )
    .option(
      '--devnet',
      'run the local chain also for a network file that is not `devnet`, where it names no endpoint',
    )
    .action((options: { devnet?: true }) => up(context, options.devnet === true));
  return withExamples(command, [
    'ndx up',
    'SOLANA_RPC_URL=https://rpc.example NDX_NETWORK=config/networks/mine.json ndx up',
  ]);
}

async function up(context: Context, withDevnet: boolean): Promise<void> {
  const { log, dataDir, out, env } = context;
  // Check this before anything starts. Otherwise the last part to start would report it a minute later.
  if (!withDevnet) assertEndpoints(context);
  ensureDataFolder(dataDir);
  await assertListenable({ port: env.port, host: env.host, portSetting: 'PORT' });
  const alone = await holdFolder(dataDir);
  writeRunFile(dataDir, { pid: process.pid });
  const shutdown = createShutdown({ timeout: 60_000, report: (text) => log.warn(text) });
  shutdown.add('data folder', () => alone.release());
  shutdown.add('run file', () => removeRunFile(dataDir));
  let fatal: NdxError | undefined;
  const deps = {
    log,
    say: out.above,
    signal: shutdown.signal,
    onHopeless: (error: NdxError) => {
      fatal ??= error;
      void shutdown.stop(error.message);
    },
  };
  try {
    const run = async (database: DatabaseAddress): Promise<void> => {
      try {
        if (database.embedded) shutdown.add('database watch', keepServer(database, log));
        await startParts(context, database, shutdown, deps);
        await shutdown.ended;
        if (!fatal) out.note('stopping…');
      } catch (error) {
        // An error that came before the end is the reason; errors that the end itself caused are not.
        if (!shutdown.signal.aborted) throw error;
      } finally {
        // Stop the parts before the database closes.
        await shutdown.stop('end');
      }
    };
    await context.withDatabase(run, { create: true });
  } finally {
    await shutdown.stop('end');
    shutdown.dispose();
  }
  if (fatal) throw fatal;
}

/**
 * Simulated users write into the database. Nobody should get them only because an endpoint was forgotten.
 * @throws NdxError CONFIG_INVALID naming the variables to set
 */
function assertEndpoints({ env, network }: Context): void {
  if (env.network === DEVNET) return;
  for (const chain of chainsOf(network)) {
    if (CHAIN_PARTS[chain].configured(env, network) !== null) continue;
    throw new NdxError(
      'CONFIG_INVALID',
      `${network.file} names no endpoint for ${chain}: add one, set ${CHAIN_PARTS[chain].endpointVariables.join(' or ')}, ` +
        'or run a local chain with simulated users in its place: `ndx up --devnet`',
    );
  }
}

/** @throws NdxError USAGE when another `ndx up` runs on the folder */
async function holdFolder(dataDir: string): Promise<Held> {
  const held = await hold(join(dataDir, 'up.lock'));
  if (held) return held;
  throw new NdxError(
    'USAGE',
    `ndx already runs on ${dataDir}: stop it, or set NDX_DATA_DIR and PORT to run a second one`,
  );
}

/** Name of the local chain's network file. */
const DEVNET = 'devnet';

/** Starts the processes, reports where each is, and resolves when all are ready. */
async function startParts(
  context: Context,
  database: DatabaseAddress,
  shutdown: Shutdown,
  deps: SupervisorDeps,
): Promise<void> {
  const { env, network, dataDir, out } = context;
  const { migrate } = await import('../../store/migrate/migrations.js');
  out.note(`ndx ${context.version}, network ${network.name}`);
  out.note(
    `  database  ${database.embedded ? `embedded PostgreSQL in ${join(dataDir, 'postgres')}` : `DATABASE_URL (${redactUrl(env.databaseUrl ?? '')})`}`,
  );
  const { applied } = await migrate(database.url, context.paths.prisma);
  if (applied.length > 0) out.note(`            migrated: ${applied.join(', ')}`);
  out.note(
    `  queue     ${env.redisUrls ? `REDIS_URL (${env.redisUrls.map(redactUrl).join(', ')})` : 'on the same PostgreSQL'}`,
  );

  let started = 0;
  const start = async (
    name: string,
    args: readonly string[],
    set: Readonly<Record<string, string>> = {},
  ): Promise<Child> => {
    // Each process gets its own health port, in the order of their start.
    const health =
      env.healthPort === undefined ? {} : { NDX_HEALTH_PORT: String(env.healthPort + started++) };
    const starting = supervise(
      childSpec(context, { DATABASE_URL: database.url, ...health, ...set }, name, args),
      deps,
    );
    // On the list before it is ready: an end that comes meanwhile waits for it, too.
    shutdown.add(name, async () => (await starting.catch(() => undefined))?.stop());
    return starting;
  };
  let devnet: { url: string; wsUrl: string; tonUrl?: string } | undefined;
  let documents: string | undefined;
  const local = chainsOf(network).filter((chain) => CHAIN_PARTS[chain].configured(env, network) === null);
  if (local.length > 0) {
    // The ports stay the same for the whole run, so that listeners find a restarted devnet. web3.js expects
    // the websocket at the next port.
    const port = await freePorts(4);
    const { ready } = await start('devnet', [
      'devnet',
      '--port',
      String(port),
      '--ton-port',
      String(port + 2),
      '--documents-port',
      String(port + 3),
    ]);
    documents = ready.documents;
    devnet = {
      url: ready.url ?? '',
      wsUrl: ready.wsUrl ?? '',
      ...(ready.tonUrl === undefined ? {} : { tonUrl: ready.tonUrl }),
    };
  }
  for (const chain of chainsOf(network)) {
    const { configured: endpoints, devnetUrl } = CHAIN_PARTS[chain];
    const configured = endpoints(env, network);
    const where = configured
      ? `${configured.from} (${configured.urls.map(redactUrl).join(', ')})`
      : `local devnet, real programs, simulated users: ${devnet && devnetUrl(devnet)}`;
    out.note(`  ${chain.padEnd(9)} ${where}`);
  }
  writeRunFile(dataDir, { pid: process.pid, ...(devnet ? { devnet } : {}) });
  // Side by side: each takes a second of its own to load. The order is that of their health ports.
  const worker = start('worker', ['work']);
  const listeners = chainsOf(network).map((chain) =>
    start(`listener ${chain}`, ['listen', '--chain', chain]),
  );
  const metadata = start('metadata', ['metadata'], documentsOf(env, documents));
  const serving = start('api', ['serve']);
  const push = start('push', ['push']);
  const [api] = await Promise.all([serving, worker, ...listeners, metadata, push]);
  const url = api.ready.url ?? '';
  writeRunFile(dataDir, { pid: process.pid, api: url, ...(devnet ? { devnet } : {}) });
  out.note(`  API       ${url}/v1/transactions   documentation ${url}/docs`);
  out.note('Ctrl-C stops everything; the next start continues where this one ends.');
  shutdown.add('summary', await showSummary(context, database.url));
}

/** Documents of the devnet's NFTs are asked of the devnet, whatever address they name. */
function documentsOf({ metadata }: Context['env'], documents: string | undefined): Record<string, string> {
  if (documents === undefined) return {};
  const hosts = [...metadata.hosts.map(([host, address]) => `${host}=${address}`), documents];
  return { NDX_METADATA_HOSTS: hosts.join(',') };
}

function childSpec(
  context: Context,
  env: Parameters<typeof childEnvironment>[0],
  name: string,
  args: readonly string[],
): ChildSpec {
  const script = join(context.paths.root, 'dist', 'src', 'cli', 'main.js');
  // The child's stderr is a pipe to this process, so only this process knows what the terminal can show.
  const { stderr } = context.out;
  const format =
    stderr.isTTY === true && context.env.log.format === undefined ? { NDX_LOG_FORMAT: 'pretty' } : {};
  return {
    name,
    args: [script, ...args],
    env: childEnvironment({ ...env, ...format, NDX_DATA_DIR: context.dataDir }),
  };
}
