/** The checks of this deployment, selected by its configuration. */
import { CHAIN_PARTS, chainsOf, openChain, openOracle } from '../chains/table.js';
import type { Context } from '../context.js';
import { queueBackendOf } from '../parts.js';
import { chainChecks } from './chains.js';
import { databaseChecks } from './database.js';
import { type Check, examine, type Finding } from './doctor.js';
import { machineChecks } from './machine.js';

/**
 * Runs all checks of the machine, the database, the queue and the followed chains.
 * @throws NdxError CONFIG_INVALID when the environment or the network file cannot be read
 */
export async function examineDeployment(context: Context, signal: AbortSignal): Promise<Finding[]> {
  const { env, network } = context;
  const chains = chainsOf(network);
  const machine = await examine(machineChecks(context), signal);
  const rest = await withUrl(context, (url) => {
    const checks: Check[] = [
      ...chains.slice(0, 1).flatMap((chain) =>
        databaseChecks({
          url,
          chain,
          prisma: context.paths.prisma,
          backendOf: (address) => queueBackendOf(env, address),
          log: context.log,
        }),
      ),
      ...chains.flatMap((chain) =>
        chainChecks({
          chain,
          openReader: () => openChain(context, chain),
          openOracle: () => openOracle(context, chain),
          tokens: CHAIN_PARTS[chain].tokens(network),
          genesis: () => storedGenesis(url, chain),
        }),
      ),
    ];
    return examine(checks, signal);
  });
  return [
    { check: 'configuration', state: 'ok', message: network.file, code: null, milliseconds: 0 },
    ...machine,
    ...rest,
  ];
}

/** When the database cannot be opened, only the checks that need it fail; the others still run. */
async function withUrl<T>(context: Context, use: (url: () => Promise<string>) => Promise<T>): Promise<T> {
  let opened = false;
  try {
    return await context.withDatabase(({ url }) => {
      opened = true;
      return use(() => Promise.resolve(url));
    });
  } catch (error) {
    if (opened) throw error;
    return use(() => Promise.reject(error));
  }
}

async function storedGenesis(url: () => Promise<string>, chain: string): Promise<string | null> {
  const { createPool } = await import('../../store/database.js');
  const address = await url().catch(() => null);
  if (address === null) return null;
  const pool = createPool({ url: address, poolSize: 1, statementTimeout: 10_000 });
  try {
    const { rows } = await pool.query<{ genesis: string }>(
      'SELECT genesis FROM chain_state WHERE chain = $1',
      [chain],
    );
    return rows[0]?.genesis ?? null;
  } catch {
    // The checks of the database report what is wrong with it.
    return null;
  } finally {
    await pool.end();
  }
}
