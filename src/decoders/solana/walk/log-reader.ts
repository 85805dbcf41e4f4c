/** The logs of a transaction, read and attributed when somebody first asks. */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import { attributeFrames } from './attribution.js';
import { type LogFrames, readLogFrames } from './log-frames.js';

/** Frames of the logs beside their instructions. */
export interface AttributedLogs {
  readonly logs: LogFrames;
  readonly pairs: ReturnType<typeof attributeFrames>;
}

/** Reads the logs on first use: most transactions are decoded without them. */
export function createLogReader(transaction: SolanaTransaction): () => AttributedLogs {
  let read: AttributedLogs | undefined;
  return () => {
    if (read === undefined) {
      const logs = readLogFrames(transaction.logs);
      read = { logs, pairs: attributeFrames(logs.frames, transaction.instructions) };
    }
    return read;
  };
}
