/** Whether batches can be written: how the newest one that was tried has ended. */
import { messageOf, NdxError } from '../../runtime/errors.js';

export interface Writes {
  /** Runs `work`, which writes a batch, and remembers how it ends. */
  note<T>(work: () => Promise<T>): Promise<T>;
  /** Why the newest batch could not be written; null when it could, or none was tried. */
  failing(): string | null;
}

export function createWrites(): Writes {
  let failing: string | null = null;
  return {
    note: async (work) => {
      try {
        const result = await work();
        failing = null;
        return result;
      } catch (error) {
        // What trying again cannot help is the batch's own fault, and says nothing of the next one.
        if (!(error instanceof NdxError) || error.retryable) failing = messageOf(error);
        throw error;
      }
    },
    failing: () => failing,
  };
}
