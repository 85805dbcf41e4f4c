/**
 * What tests of whole processes ask of a running Solana devnet: pause its users, fork it, make its endpoint
 * fail.
 */
import { type Daemon, until } from './daemon.js';

const TIMEOUT_MS = 30_000;

/** @throws with the devnet's answer when it refuses */
export async function admin<T>(
  devnet: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T> {
  const reply = await fetch(`${devnet}/admin/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`devnet ${method} /admin/${path}: ${reply.status} ${text}`);
  return JSON.parse(text) as T;
}

export async function pauseTraffic(devnet: string, paused: boolean): Promise<void> {
  await admin(devnet, 'POST', 'traffic', { paused });
}

export interface Fork {
  readonly droppedSlots: readonly number[];
  readonly abandoned: readonly string[];
  readonly requeued: readonly string[];
}

export function forkChain(
  devnet: string,
  options: { readonly depth: number; readonly reland: boolean },
): Promise<Fork> {
  return admin(devnet, 'POST', 'fork', options);
}

async function processedSlot(devnet: string): Promise<number> {
  const { slot } = await admin<{ slot: number }>(devnet, 'GET', 'heads');
  return slot;
}

interface Status {
  readonly chains: readonly {
    readonly chain: string;
    readonly coverage: readonly { readonly fromBlock: number; readonly toBlock: number }[];
  }[];
}

/**
 * Waits until everything up to the newest slot of now is final and covered without a gap. Returns the newest
 * covered slot.
 */
export async function coverSlot(
  daemon: Pick<Daemon, 'api' | 'devnet'>,
  milliseconds = 90_000,
): Promise<number> {
  const slot = await processedSlot(daemon.devnet());
  let covered = 0;
  await until(`slot ${slot} to be covered without gaps below it`, milliseconds, async () => {
    const { chains } = (await (
      await fetch(`${daemon.api()}/v1/status`, { signal: AbortSignal.timeout(5_000) })
    ).json()) as Status;
    const first = chains.find(({ chain }) => chain === 'solana')?.coverage[0];
    covered = first?.toBlock ?? 0;
    return first?.fromBlock === 0 && covered >= slot;
  });
  return covered;
}
