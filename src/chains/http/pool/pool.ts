/**
 * Several endpoints as one: the healthiest first, the next one when it fails, each no faster than it likes. A
 * round asks every usable endpoint once; rounds are repeated with jittered backoff while the error is
 * retryable.
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

/** What is asked: one endpoint's client, whatever it speaks. */
interface PooledClient {
  /** Redacted and unique in the pool. */
  readonly name: string;
  close(): Promise<void>;
}

export interface PoolOptions<C> {
  readonly members: readonly { readonly client: C; readonly requestsPerSecond?: number | undefined }[];
  /** How far behind the furthest endpoint another may be before it is asked last, in blocks. */
  readonly laggingBlocks: number;
  readonly askGenesis: AskGenesis<C>;
  readonly log: Log;
  readonly metrics?: SourceMetrics | undefined;
  /** Requests at once to one endpoint. */
  readonly concurrency: number;
  /** Rounds after the first. */
  readonly retries: number;
  /** Before the second round; doubles, with jitter, up to 16 times this. */
  readonly backoffMs: number;
}

export interface EndpointPool<C> {
  readonly names: readonly string[];
  /**
   * `work` is one request to one endpoint. Rejects with the RpcError that best says what is wrong, or the
   * signal's reason.
   */
  ask<T>(method: string, work: (client: C) => Promise<T>, options: AskOptions): Promise<Asked<T>>;
  /** The same question to every endpoint, named one by one; who fails is left out unless all do. */
  each<T>(question: (only: readonly string[]) => Promise<Asked<T>>): Promise<readonly Asked<T>[]>;
  /**
   * The chain that the endpoints are on. Every one is asked, and from here on those of another chain are
   * refused, each by itself.
   * @param expected the chain that is wanted, where it is known
   * @returns `expected` when one of them serves it, else the chain that all of them serve
   * @throws RpcError RPC_WRONG_CHAIN when they differ and none serves `expected`
   */
  genesis(signal: AbortSignal, expected: string | null): Promise<string>;
  /**
   * @returns false: by what was said before and the time since the chain cannot be that far; the endpoint is
   * doubted, and its word does not count
   */
  sawHead(name: string, block: number): boolean;
  /**
   * Something that it answered contradicts other answers: it is asked again which chain it is on, and for a
   * while it is asked last of those that work and are not behind.
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
/** How long a request waits for its turn at one endpoint while another could be asked. */
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
        // A limited endpoint is not broken: the limiter makes it wait, and what it makes wait is asked later.
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

  /** The endpoint's turn; null when another endpoint would be quicker to ask. */
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

  /** Every endpoint once, until one answers. */
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
      // A broken endpoint may take its whole time limit: the one that only just failed is asked once more
      // before it. Not so when the others work but do not have the block.
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

  /** Further rounds after one that failed. Set up only then: hardly any request needs them. */
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
    // One caller may have many requests under way.
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
 * An answer may be too deep or too long for those who read it: the endpoint's fault, like any other that
 * cannot be read.
 */
function asRpcError(endpoint: string, method: string, error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  return badResponse(endpoint, `${method}: answered what cannot be read: ${error.message}`, error);
}
