/**
 * What a process and the `ndx up` that started it tell each other over Node's IPC channel. The child reports
 * when it is ready and where it can be reached. When the channel closes, the supervisor is gone and the child
 * ends too.
 */
import { z } from 'zod';
import type { Shutdown } from '../runtime/shutdown.js';

const ready = z.object({
  type: z.literal('ready'),
  url: z.string().optional(),
  wsUrl: z.string().optional(),
  tonUrl: z.string().optional(),
  /** What the devnet's NFTs name: a value of NDX_METADATA_HOSTS. */
  documents: z.string().optional(),
});

export type ReadyMessage = z.output<typeof ready>;

/** null when the message is not a ready message. */
export function parseReady(message: unknown): ReadyMessage | null {
  const result = ready.safeParse(message);
  return result.success ? result.data : null;
}

/** Tells the supervisor that this process is ready. Does nothing when nobody supervises it. */
export function reportReady(message: Omit<ReadyMessage, 'type'> = {}): void {
  if (process.connected) process.send?.({ type: 'ready', ...message });
}

/** Ends this process when its supervisor ends, even if the supervisor was killed. */
export function endWithSupervisor(shutdown: Shutdown): void {
  if (!process.send) return;
  const onDisconnect = () => void shutdown.stop('the supervisor is gone').then(() => process.exit(0));
  process.once('disconnect', onDisconnect);
  shutdown.add('supervisor channel', () => {
    process.off('disconnect', onDisconnect);
    if (process.connected) process.disconnect();
  });
}
