/**
 * Users who play on the devnet: seeded actions at a steady rate, each written into the oracle before it is
 * sent.
 */
import { setTimeout } from 'node:timers/promises';
import type { Keypair } from '@solana/web3.js';
import type { SolanaChain } from '../chain/types.js';
import { lookupTableAccount } from '../programs/genesis.js';
import { type Signed, signDraft } from './envelope.js';
import { createGenerator, isOpening } from './generator.js';
import type { Action, Step, StepContext, User } from './model.js';
import { type Oracle, openOracle } from './oracle.js';
import { buildStep, expectStep } from './rules.js';
import { createUsers } from './users.js';
import type { World } from './world.js';

const TICK_MILLISECONDS = 50;
/** The opening scenes come at least this fast, so that every kind is seen within the first seconds. */
const OPENING_RATE = 12;
/** Above this many undecided transactions the play waits for the chain. */
const MAX_UNDECIDED = 500;
const COMPUTE_UNITS = 400_000;
const STOP_MILLISECONDS = 3_000;

export interface TrafficOptions {
  readonly chain: SolanaChain;
  readonly seed: string;
  readonly usersCount: number;
  readonly transactionsPerSecond: number;
  /** Folder of oracle.jsonl. */
  readonly dir: string;
  /** Milliseconds since 1970; the wall clock when absent. */
  readonly now?: () => number;
  /** openOracle's; for tests. */
  readonly keptEntries?: number;
}

export interface Traffic {
  readonly oracle: Oracle;
  start(): void;
  /** Resolves when all that was sent has landed (or can never land). */
  pause(): Promise<void>;
  resume(): void;
  readonly paused: boolean;
  /**
   * Ends the play; a chain that makes no more blocks is not waited for, the next start settles what is open.
   */
  stop(): Promise<void>;
  /** Plays n actions now; resolves when they are decided. */
  step(n: number): Promise<void>;
}

/** A transfer of more than there can be. */
function beyondMeans(payer: Keypair, users: readonly User[]): Step {
  const from = users.find((user) => user.key === payer)?.number ?? 0;
  return { do: 'tokenTransfer', from, to: from === 0 ? 1 : 0, amount: 2n ** 63n, checked: false };
}

export function createTraffic(options: TrafficOptions): Traffic {
  const { chain, seed, now = Date.now } = options;
  const users = createUsers(seed, options.usersCount);
  const generator = createGenerator({ seed, users });
  const oracle = openOracle({
    dir: options.dir,
    chain,
    ...(options.keptEntries === undefined ? {} : { keptEntries: options.keptEntries }),
  });
  const inFlight = new Set<Promise<void>>();
  let nextId = oracle.sent();
  let plan: World = oracle.world();
  let planIsVoid = false;
  let timer: NodeJS.Timeout | undefined;
  let credit = 0;
  let last = 0;
  oracle.onSurprise(() => {
    planIsVoid = true;
  });

  const context = (action: Action): StepContext => ({
    user(number) {
      const user = users[number];
      if (!user) throw new Error(`traffic: there is no user ${number} of ${users.length}`);
      return user;
    },
    seed,
    time: BigInt(Math.floor(now() / 1000)),
    failAfterEvent: action.fails === 'after-event',
  });

  function build(action: Action, stepContext: StepContext): Signed {
    const built = action.steps.map((step) => buildStep(step, stepContext));
    const [first] = built;
    if (!first) throw new Error(`traffic: action ${action.id} has no step`);
    const instructions = built.flatMap((item) => item.instructions);
    if (action.fails === 'later-instruction')
      instructions.push(...buildStep(beyondMeans(first.payer, users), stepContext).instructions);
    return signDraft({
      version: action.version,
      payer: first.payer,
      keys: built.flatMap((item) => [item.payer, ...(item.keys ?? [])]),
      instructions,
      blockhash: chain.latestBlockhash(),
      computeUnitLimit: COMPUTE_UNITS + (action.id % 100_000),
      lookupTable: lookupTableAccount,
    });
  }

  /** A plan that did not come true is made anew from what stands on the chain, once nothing is under way. */
  function ready(): boolean {
    if (!planIsVoid) return true;
    if (inFlight.size > 0) return false;
    plan = oracle.world();
    planIsVoid = false;
    return true;
  }

  function perform(): void {
    const action = generator.next(nextId, plan);
    nextId += 1;
    const stepContext = context(action);
    const { signature, bytes } = build(action, stepContext);
    const events = action.steps.flatMap((step) => expectStep(step, stepContext));
    oracle.intend(signature, action, events);
    plan.apply(signature, action, events, !action.fails);
    const sent = chain
      .submit(bytes)
      .then(oracle.landed, (error: unknown) => oracle.lost(signature, String(error)));
    inFlight.add(sent);
    void sent.finally(() => inFlight.delete(sent));
  }

  const settle = async (): Promise<void> => {
    while (inFlight.size > 0) await Promise.all(inFlight);
  };

  function tick(): void {
    const time = performance.now();
    const rate = isOpening(plan)
      ? Math.max(options.transactionsPerSecond, OPENING_RATE)
      : options.transactionsPerSecond;
    credit = Math.min(credit + ((time - last) / 1000) * rate, rate);
    last = time;
    while (credit >= 1 && inFlight.size < MAX_UNDECIDED && ready()) {
      credit -= 1;
      perform();
    }
  }

  const traffic: Traffic = {
    oracle,
    start() {
      if (timer) return;
      last = performance.now();
      timer = setInterval(tick, TICK_MILLISECONDS);
    },
    async pause() {
      clearInterval(timer);
      timer = undefined;
      await settle();
    },
    resume: () => traffic.start(),
    get paused() {
      return timer === undefined;
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      const limit = new AbortController();
      // The timer's only error is our own abort of it.
      await Promise.race([
        settle(),
        setTimeout(STOP_MILLISECONDS, undefined, { signal: limit.signal }).catch(() => undefined),
      ]);
      limit.abort();
      oracle.close();
    },
    async step(n) {
      for (let i = 0; i < n; i++) {
        while (!ready()) await settle();
        perform();
      }
      await settle();
    },
  };
  return traffic;
}
