/** The local Solana's process: chain, RPC endpoint and the users who play on it. `ndx devnet`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { devnetGenesis } from '../devnet/solana/programs/genesis.js';
import { startSolanaDevnet } from '../devnet/solana/server.js';
import { type AdminHandler, registerTrafficAdmin } from '../devnet/solana/traffic/admin.js';
import { createTraffic } from '../devnet/solana/traffic/traffic.js';
import { createUsers } from '../devnet/solana/traffic/users.js';
import type { DevnetModule } from '../src/cli/commands/devnet.js';
import { messageOf, NdxError } from '../src/runtime/errors.js';

const USERS = 24;
/** About every nth slot is skipped; blocks until confirmed and finalized. A real chain takes 32 blocks to finalize: newcomers should not wait that long. */
const SKIP_EVERY = 20;
const CONFIRMED_AFTER = 1;
const FINALIZED_AFTER = 4;

/** Rate 0: nobody plays, and the oracle's routes do not exist. The chain of a data folder keeps the seed that it was made with. */
export const startDevnet: DevnetModule['startDevnet'] = async (options) => {
  const dir = join(options.dataDir, 'devnet', 'solana');
  mkdirSync(dir, { recursive: true });
  const users = createUsers(options.seed, USERS);
  let admin: AdminHandler | undefined;
  const server = await startSolanaDevnet({
    dir,
    seed: options.seed,
    slotMilliseconds: options.slotMilliseconds,
    skipEvery: SKIP_EVERY,
    confirmedAfter: CONFIRMED_AFTER,
    finalizedAfter: FINALIZED_AFTER,
    genesis: devnetGenesis(users.map((user) => user.key.publicKey)),
    host: options.host,
    port: options.port,
    moreAdmin: async (method, path, body) => (await admin?.(method, path, body)) ?? null,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new NdxError('PORT_IN_USE', `the devnet's port is taken (${messageOf(error)}): choose another one with --port`, { cause: error });
  });
  if (options.transactionsPerSecond === 0) return { url: server.url, wsUrl: server.wsUrl, close: server.close };
  const traffic = createTraffic({
    chain: server.chain,
    seed: options.seed,
    usersCount: USERS,
    transactionsPerSecond: options.transactionsPerSecond,
    dir,
  });
  admin = registerTrafficAdmin(traffic);
  traffic.start();
  return {
    url: server.url,
    wsUrl: server.wsUrl,
    close: async () => {
      // While the chain still makes blocks: what was sent lands and is written down.
      await traffic.stop();
      await server.close();
    },
  };
};
