/** What tests of whole processes ask of a running TON devnet. */
import { coverUpTo } from './coverage.js';
import type { Daemon } from './daemon.js';
import { pauseTraffic } from './solana-devnet.js';

async function newestBlock(ton: string): Promise<number> {
  const reply = await fetch(`${ton}/block/latest`);
  return ((await reply.json()) as { readonly last: { readonly seqno: number } }).last.seqno;
}

/**
 * Waits until everything up to the newest masterchain block of now is covered. @returns the newest covered
 * one
 */
export async function coverBlock(daemon: Pick<Daemon, 'api' | 'tonDevnet'>): Promise<number> {
  return coverUpTo(daemon.api, 'ton', await newestBlock(daemon.tonDevnet()));
}

/** Users of both chains. Pausing answers when what they began is done. */
export async function pauseUsers(
  daemon: Pick<Daemon, 'devnet' | 'tonDevnet'>,
  paused: boolean,
): Promise<void> {
  await Promise.all([pauseTraffic(daemon.devnet(), paused), pauseTraffic(daemon.tonDevnet(), paused)]);
}
