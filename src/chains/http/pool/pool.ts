/**
 * Several endpoints used as one: the healthiest is asked first, the next one when it fails, each within its
 * own rate limit. A round asks the endpoints one after another until one answers; while the error is
 * retryable, rounds are repeated with jittered backoff.
 */
import { setMaxListeners } from 'node:events';
import pRetry from 'p-retry';
import { messageOf } from '../../../runtime/errors.js';
import type { Log } from '../../../runtime/log.js';
import { createPace } from '../../../runtime/pace.js';
import type { Asked, AskOptions } from '../ask.js';
import { withDeadline } from '../deadline.js';
import type { EndpointState, SourceMetrics } from '../endpoint.js';
import { badResponse, isAboutBlock, RpcError } from '../errors.js';
import { createLimiter, type Limiter } from '../limiter.js';
import { inAskingOrder } from './asking-order.js';
import { chainOf } from './chain-of.js';
import { createHealth, type Health } from './health.js';
import { type AskGenesis, createMembership } from './membership.js';
import { worstOf } from './worst-error.js';

/** A client of one endpoint, whatever API it speaks. */
interface PooledClient {
  /** Redacted and unique in the pool. */
  readonly name: string;
  close(): Promise<void>;
}

export interface PoolOptions<C> {
  readonly members: readonly { readonly client: C; readonly requestsPerSecond?: number | undefined }[];
  /** How many blocks an endpoint may be behind the furthest one before it is asked last. */
  readonly laggingBlocks: number;
  readonly askGenesis: AskGenesis<C>;
  readonly log: Log;
  readonly metrics?: SourceMetrics | undefined;
  /** Most requests at once to one endpoint. */
  readonly concurrency: number;
  /** How many rounds may follow a failed first one. */
  readonly retries: number;
  /** Milliseconds before the second round; doubles, with jitter, up to 16 times this. */
  readonly backoffMs: number;
}

export interface EndpointPool<C> {
  readonly names: readonly string[];
  /**
   * Asks the endpoints until one answers. `work` is one request to one endpoint.
   * @throws RpcError the one that says best what is wrong (worst-error.ts), or the signal's reason
   */
  ask<T>(method: string, work: (client: C) => Promise<T>, options: AskOptions): Promise<Asked<T>>;
  /** Asks every endpoint the same, each by its name. Those that fail are left out; rejects when all fail. */
  each<T>(question: (only: readonly string[]) => Promise<Asked<T>>): Promise<readonly Asked<T>[]>;
  /**
   * Asks every endpoint which chain it is on, and refuses from here on those of another chain, each by
   * itself. When another chain than `expected` is served, none is refused.
   * @param expected the genesis that is wanted, where it is known
   * @returns `expected` when one of them serves it, else the genesis that all of them serve
   * @throws RpcError RPC_WRONG_CHAIN when they differ and none serves `expected`
   */
  genesis(signal: AbortSignal, expected: string | null): Promise<string>;
  /**
   * @returns false when the chain cannot have got that far, by earlier answers and the time since: the block
   * is not noted, and the endpoint is doubted
   */
  sawHead(name: string, block: number): boolean;
  /**
   * An answer of the endpoint contradicts other answers: it is asked again which chain it is on, and for ten
   * seconds the other endpoints that work and are not behind are asked before it.
   */
  doubt(name: string): void;
  state(): readonly EndpointState[];
  close(): Promise<void>;
}

interface Member<C> {
  readonly client: C;
  readonly limiter: Limiter;
  readonly health: Health;
}

const GENESIS = 'genesis';
/** Milliseconds that a request waits for an endpoint's rate limit while another could be asked. */
const PATIENCE_MS = 1_000;

export function createPool<C extends PooledClient>(options: PoolOptions<C>): EndpointPool<C> {
  const members: Member<C>[] = options.members.map(({ client, requestsPerSecond }) => ({
    client,
    limiter: createLimiter({ requestsPerSecond, concurrency: options.concurrency }),
    health: createHealth(),
  }));
  const membership = createMembership<C>(options.askGenesis, options.log);
  const pace = createPace();

  async function attempt<T>(
    member: Member<C>,
    method: string,
    work: (client: C) => Promise<T>,
    signal: AbortSignal,
    release: () => void,
  ): Promise<Asked<T>> {
    const { client, limiter, health } = member;
    if (method !== GENESIS) {
      try {
        await membership.assertMember(client, signal);
      } catch (error) {
        release();
        if (!signal.aborted && error instanceof RpcError)
          health.failed(error, { lasting: error.reason === 'wrong-chain' });
        throw error;
      }
    }
    const started = performance.now();
    const finish = (outcome: string): number => {
      const milliseconds = performance.now() - started;
      options.metrics?.onRequest(client.name, method, outcome, milliseconds / 1_000);
      return milliseconds;
    };
    try {
      const value = await work(client);
      health.succeeded(finish('ok'));
      limiter.succeeded();
      return { value, endpoint: client.name };
    } catch (thrown) {
      const error = asRpcError(client.name, method, thrown);
      if (signal.aborted || !(error instanceof RpcError)) throw error;
      const milliseconds = finish(error.reason);
      if (error.reason === 'incomplete' || error.reason === 'bad-response') membership.doubt(client);
      const works =
        isAboutBlock(error) || error.reason === 'version' || (error.reason === 'rpc' && !error.retryable);
      if (works) health.succeeded(milliseconds);
      else {
        if (error.reason === 'rate-limited') limiter.limited(error.retryAfterMs);
        // Rate-limited is not broken: the longer its limiter makes requests wait, the later it is asked.
        else health.failed(error, { lasting: error.reason === 'unauthorized' });
        options.log.debug(
          { endpoint: client.name, method, reason: error.reason, code: error.code },
          error.message,
        );
      }
      throw error;
    } finally {
      release();
    }
  }

  /** Waits for the endpoint's turn; null: that takes too long while another endpoint could be asked. */
  async function turn(
    { limiter }: Member<C>,
    hasAlternative: boolean,
    signal: AbortSignal,
  ): Promise<(() => void) | null> {
    if (!hasAlternative) return limiter.acquire(signal);
    try {
      return await withDeadline(signal, PATIENCE_MS, (limited) => limiter.acquire(limited));
    } catch (error) {
      if (signal.aborted) throw error;
      return null;
    }
  }

  /** Asks the endpoints one after another until one answers. */
  async function round<T>(
    method: string,
    work: (client: C) => Promise<T>,
    ask: AskOptions,
    number: number,
  ): Promise<Asked<T>> {
    const candidates = inAskingOrder(members, ask, options.laggingBlocks);
    const errors: RpcError[] = [];
    for (const [index, member] of candidates.entries()) {
      ask.signal.throwIfAborted();
      // A broken endpoint may use up its whole time limit: skip it when one that just failed may answer in
      // the second round, but not when the others merely do not have the block.
      const skippable =
        number === 1 &&
        !member.health.usable() &&
        errors.some((error) => error.retryable && !isAboutBlock(error));
      if (skippable) continue;
      const release =
        member.limiter.tryAcquire() ?? (await turn(member, index < candidates.length - 1, ask.signal));
      if (release === null) continue;
      try {
        return await attempt(member, method, work, ask.signal, release);
      } catch (error) {
        if (ask.signal.aborted) throw ask.signal.reason;
        if (!(error instanceof RpcError) || error.reason === 'version') throw error;
        errors.push(error);
      }
    }
    throw worstOf(errors);
  }

  /** Further rounds after a failed first one. Set up only then: hardly any request needs them. */
  function again<T>(
    method: string,
    work: (client: C) => Promise<T>,
    ask: AskOptions,
    failure: unknown,
  ): Promise<Asked<T>> {
    return pRetry((number) => (number === 1 ? Promise.reject(failure) : round(method, work, ask, number)), {
      retries: ask.retries ?? options.retries,
      minTimeout: options.backoffMs,
      maxTimeout: options.backoffMs * 16,
      factor: 2,
      randomize: true,
      signal: ask.signal,
      shouldRetry: ({ error }) => error instanceof RpcError && error.retryable,
      onFailedAttempt: ({ error, retriesLeft }) => {
        if (retriesLeft > 0 && error instanceof RpcError && error.retryable) {
          options.log.info(
            { method, reason: error.reason, retriesLeft },
            `asking again: ${messageOf(error)}`,
          );
        }
      },
    });
  }

  async function ask<T>(
    method: string,
    work: (client: C) => Promise<T>,
    options: AskOptions,
  ): Promise<Asked<T>> {
    // One caller may have many requests under way on its signal.
    setMaxListeners(0, options.signal);
    options.signal.throwIfAborted();
    try {
      const asked = await round(method, work, options, 1);
      options.signal.throwIfAborted();
      return asked;
    } catch (error) {
      return again(method, work, options, error);
    }
  }

  async function each<T>(
    question: (only: readonly string[]) => Promise<Asked<T>>,
  ): Promise<readonly Asked<T>[]> {
    const ends = await Promise.allSettled(members.map(({ client }) => question([client.name])));
    const answers = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    const failed = ends.find((end) => end.status === 'rejected');
    if (answers.length === 0 && failed) throw failed.reason;
    return answers;
  }

  function doubt(name: string): void {
    const member = members.find(({ client }) => client.name === name);
    if (!member) return;
    membership.doubt(member.client);
    member.health.doubt();
  }

  return {
    names: members.map(({ client }) => client.name),
    ask,
    each,
    async genesis(signal, expected) {
      const question = (client: C) => options.askGenesis(client, signal);
      const retries = members.length > 1 ? { retries: 0 } : {};
      const answers = await each((only) => ask(GENESIS, question, { signal, only, ...retries }));
      const served = chainOf(answers, expected);
      if (expected !== null && served !== expected) return served;
      membership.expect(served);
      for (const { endpoint, value } of answers) {
        const member = members.find(({ client }) => client.name === endpoint);
        const refused = member && membership.answered(member.client, value);
        if (refused) member.health.failed(refused, { lasting: true });
      }
      return served;
    },
    sawHead(name, block) {
      if (!pace.allows(block)) {
        options.log.warn({ endpoint: name, head: block }, 'the chain cannot have got that far: not believed');
        doubt(name);
        return false;
      }
      pace.saw(block);
      members.find(({ client }) => client.name === name)?.health.sawHead(block);
      return true;
    },
    doubt,
    state: () =>
      members.map(({ client, limiter, health }) => {
        const { rate, inFlight } = limiter.state();
        return { name: client.name, rate, inFlight, ...health.state() };
      }),
    close: async () => {
      await Promise.all(members.map(({ client }) => client.close()));
    },
  };
}

/**
 * An answer may be nested too deeply or be too long for the code that reads it, which is a RangeError: the
 * endpoint's fault, like any other answer that cannot be read.
 */
function asRpcError(endpoint: string, method: string, error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  return badResponse(endpoint, `${method}: answered what cannot be read: ${error.message}`, error);
}
