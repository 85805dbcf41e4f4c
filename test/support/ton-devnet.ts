/** What tests of whole processes ask of a running TON devnet. */
import { type Daemon, until } from './daemon.js';
import { pauseTraffic } from './solana-devnet.js';

interface Status {
  readonly chains: readonly {
    readonly chain: string;
    readonly coverage: readonly { readonly fromBlock: number; readonly toBlock: number }[];
  }[];
}

async function newestBlock(ton: string): Promise<number> {
  const reply = await fetch(`${ton}/block/latest`, { signal: AbortSignal.timeout(10_000) });
  return ((await reply.json()) as { readonly last: { readonly seqno: number } }).last.seqno;
}

/**
 * Waits until everything up to the newest masterchain block of now is covered without a gap. Returns the
 * newest covered one.
 */
export async function coverBlock(
  daemon: Pick<Daemon, 'api' | 'tonDevnet'>,
  milliseconds = 90_000,
): Promise<number> {
  const seqno = await newestBlock(daemon.tonDevnet());
  let covered = 0;
  await until(`masterchain block ${seqno} to be covered without gaps below it`, milliseconds, async () => {
    const { chains } = (await (
      await fetch(`${daemon.api()}/v1/status`, { signal: AbortSignal.timeout(5_000) })
    ).json()) as Status;
    const first = chains.find(({ chain }) => chain === 'ton')?.coverage[0];
    covered = first?.toBlock ?? 0;
    return first?.fromBlock === 1 && covered >= seqno;
  });
  return covered;
}

/** Users of both chains. Pausing answers when what they began is done. */
export async function pauseUsers(
  daemon: Pick<Daemon, 'devnet' | 'tonDevnet'>,
  paused: boolean,
): Promise<void> {
  await Promise.all([pauseTraffic(daemon.devnet(), paused), pauseTraffic(daemon.tonDevnet(), paused)]);
}
