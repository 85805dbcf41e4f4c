/**
 * What tests of whole processes ask of a running Solana devnet: pause its users, fork it, make its endpoint
 * fail.
 */
import { coverUpTo } from './coverage.js';
import type { Daemon } from './daemon.js';

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

/**
 * Waits until everything up to the newest slot of now is final and covered. @returns the newest covered slot
 */
export async function coverSlot(daemon: Pick<Daemon, 'api' | 'devnet'>): Promise<number> {
  return coverUpTo(daemon.api, 'solana', await processedSlot(daemon.devnet()));
}
