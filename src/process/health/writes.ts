/** Whether batches can be written, judged by how the newest attempt ended. */
import { messageOf, NdxError } from '../../runtime/errors.js';

export interface Writes {
  /** Runs `work`, which writes a batch, and remembers whether it failed. */
  note<T>(work: () => Promise<T>): Promise<T>;
  /** Why the newest batch could not be written; null when it was written or none was tried. */
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
        // An error that a retry cannot fix is the fault of this batch and says nothing about the next.
        if (!(error instanceof NdxError) || error.retryable) failing = messageOf(error);
        throw error;
      }
    },
    failing: () => failing,
  };
}
