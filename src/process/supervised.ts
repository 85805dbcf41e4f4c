/**
 * What a process and the `ndx up` that started it say to each other over Node's IPC channel: the child says
 * when it is ready and where it can be reached; when the channel closes, its supervisor is gone and it ends
 * too.
 */
import { z } from 'zod';
import type { Shutdown } from '../runtime/shutdown.js';

const ready = z.object({
  type: z.literal('ready'),
  url: z.string().optional(),
  wsUrl: z.string().optional(),
  tonUrl: z.string().optional(),
});

export type ReadyMessage = z.output<typeof ready>;

export function parseReady(message: unknown): ReadyMessage | null {
  const result = ready.safeParse(message);
  return result.success ? result.data : null;
}

/** No effect when nobody supervises this process. */
export function reportReady(message: Omit<ReadyMessage, 'type'> = {}): void {
  if (process.connected) process.send?.({ type: 'ready', ...message });
}

/** Ends this process with its supervisor, even when that was killed outright. */
export function endWithSupervisor(shutdown: Shutdown): void {
  if (!process.send) return;
  const onDisconnect = () => void shutdown.stop('the supervisor is gone').then(() => process.exit(0));
  process.once('disconnect', onDisconnect);
  shutdown.add('supervisor channel', () => {
    process.off('disconnect', onDisconnect);
    if (process.connected) process.disconnect();
  });
}
