/**
 * Whether masterchain blocks follow upon each other. The APIs do not all say which hash a block names as its
 * parent's, but each gives the hash of any block: the endpoint that gave a block is asked for the hash of the
 * one before it, and has to mean the block that was read there.
 */
import type { AskOptions } from '../../http/ask.js';
import { RpcError } from '../../http/errors.js';
import type { TonPool } from '../pool.js';
import type { OpenBlock } from './open-block.js';

/** The first masterchain block follows upon none. */
const NO_PARENT = '0'.repeat(64);

/** Blocks for which two endpoints that agreed about a block are not compared again. */
const AGREE_FOR = 64;

export interface Following {
  /**
   * Root hash of the block before this one. The endpoint is asked at the first block of a read, and where
   * another endpoint than that of the block before answers, at most once in 64 blocks for two of them.
   * @param before the block before this one, where it was read
   * @throws RpcError BLOCK_UNAVAILABLE (retryable) when the endpoints of the two mean different blocks: both
   * are forgotten, and both endpoints doubted
   */
  parentOf(block: OpenBlock, before: OpenBlock | null, signal: AbortSignal): Promise<string>;
}

/** @param deps.forget forgets blocks that were read, because one of them is wrong */
export function createFollowing({
  pool,
  forget,
}: {
  readonly pool: Pick<TonPool, 'ask' | 'doubt'>;
  readonly forget: (...seqnos: readonly number[]) => void;
}): Following {
  const agreedAt = new Map<string, number>();
  let begun = false;

  /** By the word of that endpoint; of any other, where it does not answer now. */
  async function hashAt(seqno: number, endpoint: string, signal: AbortSignal): Promise<string> {
    const ask = (how: Pick<AskOptions, 'only' | 'retries'>) =>
      pool.ask('rootHash', (client) => client.rootHash(seqno, { signal }), { signal, ...how });
    try {
      return (await ask({ only: [endpoint], retries: 0 })).value;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RpcError)) throw error;
      return (await ask({})).value;
    }
  }

  return {
    async parentOf(block, before, signal) {
      const { seqno, source } = block;
      if (seqno <= 1) return NO_PARENT;
      const pair = `${before?.source} ${source}`;
      const agreed = seqno - (agreedAt.get(pair) ?? Number.NEGATIVE_INFINITY) < AGREE_FOR;
      if (before && begun && (before.source === source || agreed)) return before.rootHash;
      const parentHash = await hashAt(seqno - 1, source, signal);
      if (before && parentHash !== before.rootHash) {
        forget(seqno - 1, seqno);
        for (const name of new Set([before.source, source])) pool.doubt(name);
        throw new RpcError(
          'BLOCK_UNAVAILABLE',
          'incomplete',
          source,
          `masterchain block ${seqno} follows upon block ${seqno - 1} of hash ${parentHash}, which by ${before.source} is ${before.rootHash}`,
          { retryable: true },
        );
      }
      begun = true;
      agreedAt.set(pair, seqno);
      return parentHash;
    },
  };
}
