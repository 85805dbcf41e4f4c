/**
 * Which chain each endpoint of a pool is on. An endpoint of another chain, or a load balancer that mixes
 * chains, gives answers that agree with each other: only the hash of the chain's first block tells it apart.
 */
import type { Log } from '../../../runtime/log.js';
import { isAboutBlock, RpcError } from '../errors.js';

export interface Membership<C> {
  /** From here on endpoints of any other chain are refused. */
  expect(genesis: string): void;
  /**
   * Takes note of the genesis that an endpoint answered.
   * @returns the error to refuse the endpoint with; null: it is on the expected chain, or none is expected
   * yet
   */
  answered(client: C, genesis: string): RpcError | null;
  /**
   * Asks the endpoint for its genesis: before its first request, after {@link doubt}, and when the last
   * answer is older than 30 seconds. Does nothing before {@link expect}.
   * @throws RpcError RPC_WRONG_CHAIN (retryable: a load balancer may send the next request to a node of our
   * chain), or what the question failed with
   */
  assertMember(client: C, signal: AbortSignal): Promise<void>;
  /**
   * An answer of the endpoint contradicts what is known: before its next request it is asked again which
   * chain it is on.
   */
  doubt(client: C): void;
}

/** Asks an endpoint for the hash of its chain's first block. */
export type AskGenesis<C> = (client: C, signal: AbortSignal) => Promise<string>;

/**
 * Milliseconds for which an answer counts. A replay inside a covered range meets no link that is known, so
 * for as long as this it may read the blocks of another chain.
 */
const COUNTS_FOR_MS = 30_000;

export function createMembership<C extends { readonly name: string }>(
  ask: AskGenesis<C>,
  log: Log,
): Membership<C> {
  let expected: string | null = null;
  const askedAt = new Map<C, number>();
  const underWay = new Map<C, Promise<void>>();
  const others = new Map<C, string>();

  /** null: a node that does not keep the first block cannot tell; it is believed to be on our chain. */
  async function answerOf(client: C, signal: AbortSignal): Promise<string | null> {
    try {
      return await ask(client, signal);
    } catch (error) {
      if (!(error instanceof RpcError) || !isAboutBlock(error)) throw error;
      log.debug({ endpoint: client.name }, `cannot tell which chain it is on: ${error.message}`);
      return null;
    }
  }

  function answered(client: C, genesis: string | null, wanted: string): RpcError | null {
    if (genesis === wanted || genesis === null) {
      askedAt.set(client, performance.now());
      if (others.delete(client)) log.warn({ endpoint: client.name }, 'is on our chain again: asked again');
      return null;
    }
    askedAt.delete(client);
    const error = new RpcError(
      'RPC_WRONG_CHAIN',
      'wrong-chain',
      client.name,
      `serves the chain with genesis ${genesis}, not ours (${wanted}): nothing that it says is used`,
      { retryable: true },
    );
    if (others.get(client) !== genesis)
      log.error({ endpoint: client.name, genesis, expected: wanted }, error.message);
    others.set(client, genesis);
    return error;
  }

  async function check(client: C, wanted: string, signal: AbortSignal): Promise<void> {
    const error = answered(client, await answerOf(client, signal), wanted);
    if (error) throw error;
  }

  return {
    expect: (genesis) => {
      if (expected !== genesis) askedAt.clear();
      expected = genesis;
    },
    answered: (client, genesis) => (expected === null ? null : answered(client, genesis, expected)),
    async assertMember(client, signal) {
      const at = askedAt.get(client);
      if (expected === null || (at !== undefined && performance.now() - at < COUNTS_FOR_MS)) return;
      const going = underWay.get(client);
      if (going) return going;
      const asked = check(client, expected, signal).finally(() => underWay.delete(client));
      underWay.set(client, asked);
      return asked;
    },
    doubt: (client) => {
      askedAt.delete(client);
    },
  };
}
