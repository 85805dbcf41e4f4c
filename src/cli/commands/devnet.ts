/** `ndx devnet`: runs only the local chains, with their simulated users. */
import { Command } from 'commander';
import type { Context } from '../../process/context.js';
import { endWithSupervisor, reportReady } from '../../process/supervised.js';
import { createShutdown } from '../../runtime/shutdown.js';
import { wholeNumber, withExamples } from '../help.js';

interface Options {
  readonly port: number;
  readonly tonPort: number;
  readonly documentsPort: number;
  readonly host: string;
  readonly seed?: string;
  readonly slotMs?: number;
  readonly traffic: boolean;
  readonly json?: true;
}

const RELEASE_TIMEOUT = 20_000;

export function devnetCommand(context: Context): Command {
  const command = new Command('devnet')
    .description('run a local Solana and TON with real programs and simulated users, without the indexer')
    .option(
      '--port <number>',
      'port of JSON-RPC; the websocket is on the same port and the next; 0 takes a free one',
      wholeNumber(0, 65_534),
      8899,
    )
    .option(
      '--ton-port <number>',
      'port of the TON HTTP APIs; 0 takes a free one',
      wholeNumber(0, 65_535),
      8081,
    )
    .option(
      '--documents-port <number>',
      'port of the documents that its NFTs name; 0 takes a free one',
      wholeNumber(0, 65_535),
      8082,
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--seed <text>', 'seed of the users (default: NDX_DEVNET_SEED)')
    .option(
      '--slot-ms <number>',
      'milliseconds between slots (default: NDX_DEVNET_SLOT_MS)',
      wholeNumber(10, 60_000),
    )
    .option('--no-traffic', 'blocks without users: only what you send')
    .option('--json', 'print the addresses as one JSON document')
    .action((options: Options) => runDevnet(context, options));
  return withExamples(command, [
    'ndx devnet',
    'ndx devnet --port 18899 --seed demo --slot-ms 200',
    'ndx devnet --no-traffic --json',
  ]);
}

async function runDevnet(context: Context, options: Options): Promise<void> {
  const { env, log, out } = context;
  const { startDevnet } = await import('../../../workers/devnet.js');
  const shutdown = createShutdown({ timeout: RELEASE_TIMEOUT, report: (text) => log.warn(text) });
  endWithSupervisor(shutdown);
  try {
    const devnet = await startDevnet({
      dataDir: context.dataDir,
      host: options.host,
      port: options.port,
      tonPort: options.tonPort,
      documentsPort: options.documentsPort,
      seed: options.seed ?? env.devnet.seed,
      slotMilliseconds: options.slotMs ?? env.devnet.slotMilliseconds,
      transactionsPerSecond: options.traffic ? env.devnet.transactionsPerSecond : 0,
    });
    shutdown.add('devnet', devnet.close);
    if (options.json)
      out.json({ rpc: devnet.url, websocket: devnet.wsUrl, ton: devnet.tonUrl, documents: devnet.documents });
    // Under `ndx up` the supervisor prints the devnet's addresses.
    else if (!process.connected) {
      out.print(`Solana devnet: ${devnet.url} (websocket ${devnet.wsUrl})`);
      if (devnet.tonUrl !== undefined)
        out.print(`TON devnet: ${devnet.tonUrl} (TonClient4; toncenter below /api/v2 and /api/v3)`);
      out.print(
        `What the users did: ${devnet.url}/admin/oracle${devnet.tonUrl === undefined ? '' : `, ${devnet.tonUrl}/admin/oracle`}`,
      );
      if (devnet.documents !== undefined)
        out.print(`Documents of its NFTs, for ndx metadata: NDX_METADATA_HOSTS=${devnet.documents}`);
      out.print('Ctrl-C stops them; the chains are kept and go on at the next start.');
    }
    reportReady({
      url: devnet.url,
      wsUrl: devnet.wsUrl,
      ...(devnet.tonUrl === undefined ? {} : { tonUrl: devnet.tonUrl }),
      ...(devnet.documents === undefined ? {} : { documents: devnet.documents }),
    });
    await shutdown.ended;
  } finally {
    await shutdown.stop('end of the command');
    shutdown.dispose();
  }
}
