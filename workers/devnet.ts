/** The process of the local chains (`ndx devnet`): Solana and TON, their endpoints, and simulated users. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startDocuments } from '../devnet/documents/server.js';
import { DOCUMENTS_HOST } from '../devnet/documents/truth.js';
import { devnetGenesis } from '../devnet/solana/programs/genesis.js';
import { startSolanaDevnet } from '../devnet/solana/server.js';
import { type AdminHandler, registerTrafficAdmin } from '../devnet/solana/traffic/admin.js';
import { createTraffic } from '../devnet/solana/traffic/traffic.js';
import { createUsers } from '../devnet/solana/traffic/users.js';
import { startTonDevnet } from '../devnet/ton/server.js';
import { registerTrafficAdmin as registerTonTrafficAdmin } from '../devnet/ton/traffic/admin.js';
import { createTraffic as createTonTraffic } from '../devnet/ton/traffic/traffic.js';
import { createUsers as createTonUsers, everybody } from '../devnet/ton/traffic/users.js';
import { messageOf, NdxError } from '../src/runtime/errors.js';

const USERS = 24;
/**
 * About every nth slot is skipped. The two numbers below are blocks until a block counts as confirmed and as
 * finalized. A real chain takes 32 blocks to finalize; newcomers should not have to wait that long.
 */
const SKIP_EVERY = 20;
const CONFIRMED_AFTER = 1;
const FINALIZED_AFTER = 4;

export interface DevnetOptions {
  /** The chains are stored in its subfolder `devnet/`. */
  readonly dataDir: string;
  readonly host: string;
  /** Port of the JSON-RPC; 0 takes a free one. */
  readonly port: number;
  /** Port of the TON APIs; absent: no TON chain. */
  readonly tonPort?: number;
  /** Port of the documents that its NFTs name; 0 takes a free one; absent: there are none. */
  readonly documentsPort?: number;
  readonly seed: string;
  readonly slotMilliseconds: number;
  /** 0: there are no simulated users, and the routes of the oracle do not exist. */
  readonly transactionsPerSecond: number;
}

export interface Devnet {
  readonly url: string;
  readonly wsUrl: string;
  readonly tonUrl?: string;
  /** Where the documents of its NFTs are, as NDX_METADATA_HOSTS takes it: `host=address`. */
  readonly documents?: string;
  close(): Promise<void>;
}

/** Slots per masterchain block: about a second at the usual slot time. */
const TON_BLOCK_SLOTS = 2.5;
/** One action of a user on TON makes several transactions. */
const TON_TRANSACTIONS_PER_ACTION = 2;

/**
 * Starts the local chains. The chains in a data folder keep the seed with which they were made.
 * @throws NdxError PORT_IN_USE when a port is taken
 */
export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
  if (options.documentsPort === undefined) return startChains(options);
  const documents = await startDocuments(options.host, options.documentsPort).catch(
    portTaken('--documents-port'),
  );
  const chains = await startChains(options).catch(async (error: unknown) => {
    await documents.close();
    throw error;
  });
  return {
    ...chains,
    documents: `${DOCUMENTS_HOST}=${documents.url}`,
    close: async () => {
      await Promise.all([chains.close(), documents.close()]);
    },
  };
}

async function startChains(options: DevnetOptions): Promise<Devnet> {
  const solana = await startSolana(options);
  if (options.tonPort === undefined) return solana;
  const ton = await startTon(options, options.tonPort).catch(async (error: unknown) => {
    await solana.close();
    throw error;
  });
  return {
    url: solana.url,
    wsUrl: solana.wsUrl,
    tonUrl: ton.url,
    close: async () => {
      await Promise.all([solana.close(), ton.close()]);
    },
  };
}

/** Turns the error of a taken port into one that names the option to change. */
function portTaken(option: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new NdxError(
      'PORT_IN_USE',
      `the devnet's port is taken (${messageOf(error)}): choose another one with ${option}`,
      {
        cause: error,
      },
    );
  };
}

async function startSolana(
  options: DevnetOptions,
): Promise<{ readonly url: string; readonly wsUrl: string; close(): Promise<void> }> {
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
  }).catch(portTaken('--port'));
  if (options.transactionsPerSecond === 0)
    return { url: server.url, wsUrl: server.wsUrl, close: server.close };
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
      // Stop the users while the chain still makes blocks, so that what they sent lands and is recorded.
      await traffic.stop();
      await server.close();
    },
  };
}

async function startTon(
  options: DevnetOptions,
  port: number,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const dir = join(options.dataDir, 'devnet', 'ton');
  mkdirSync(dir, { recursive: true });
  let admin: AdminHandler | undefined;
  const server = await startTonDevnet({
    dir,
    seed: options.seed,
    blockMilliseconds: Math.round(options.slotMilliseconds * TON_BLOCK_SLOTS),
    genesis: everybody(createTonUsers(options.seed, USERS)).map(({ genesis }) => genesis),
    host: options.host,
    port,
    moreAdmin: async (method, path, body) => (await admin?.(method, path, body)) ?? null,
  }).catch(portTaken('--ton-port'));
  if (options.transactionsPerSecond === 0) return { url: server.url, close: server.close };
  const traffic = createTonTraffic({
    chain: server.chain,
    seed: options.seed,
    usersCount: USERS,
    actionsPerSecond: options.transactionsPerSecond / TON_TRANSACTIONS_PER_ACTION,
    dir,
  });
  admin = registerTonTrafficAdmin(traffic);
  traffic.start();
  return {
    url: server.url,
    close: async () => {
      // Messages on their way are processed after the next start; none is lost.
      await traffic.stop();
      await server.close();
    },
  };
}
