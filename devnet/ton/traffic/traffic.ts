/**
 * Users who play on the devnet: seeded actions at a steady rate, each written into the oracle before it is
 * sent.
 */
import { setTimeout } from 'node:timers/promises';
import { Cell } from '@ton/core';
import type { TonChain } from '../chain/chain.js';
import type { Wallet } from '../contracts/wallets.js';
import { createGenerator, isOpening } from './generator.js';
import type { Action, StepContext } from './model.js';
import { type Oracle, openOracle } from './oracle.js';
import { itemsOf } from './play.js';
import { buildStep, expectStep } from './rules.js';
import { createUsers, everybody } from './users.js';
import { sceneNames } from './world.js';

const TICK_MILLISECONDS = 50;
/** The opening scenes come at least this fast, so that every kind is seen soon. */
const OPENING_RATE = 6;
const STOP_MILLISECONDS = 3_000;
/** How long a signed message may wait for its block. */
const VALID_SECONDS = 120;

export interface TrafficOptions {
  readonly chain: TonChain;
  readonly seed: string;
  readonly usersCount: number;
  /** Actions; each makes several transactions. */
  readonly actionsPerSecond: number;
  /** Folder of oracle.jsonl. */
  readonly dir: string;
  /** Milliseconds since 1970; the wall clock when absent. */
  readonly now?: () => number;
}

export interface Traffic {
  readonly oracle: Oracle;
  readonly users: readonly Wallet[];
  start(): void;
  /** Resolves when every trace that was begun is finished. */
  pause(): Promise<void>;
  resume(): void;
  readonly paused: boolean;
  /**
   * Ends the play; a chain that makes no more blocks is not waited for, the next start settles what is open.
   */
  stop(): Promise<void>;
  /** Begins one action if any is possible now. */
  step(): Promise<boolean>;
  /** Resolves when nothing is under way; the chain must make blocks meanwhile. */
  settled(): Promise<void>;
}

export function createTraffic(options: TrafficOptions): Traffic {
  const { chain, seed, now = Date.now } = options;
  const users = createUsers(seed, options.usersCount);
  const wallets = new Map(everybody(users).map((wallet) => [wallet.label, wallet]));
  const generator = createGenerator({ seed, users });
  const oracle = openOracle({ dir: options.dir, chain });
  let nextId = oracle.sent();
  let timer: NodeJS.Timeout | undefined;
  let credit = 0;
  let last = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let busy = false;

  const wallet = (label: string): Wallet => {
    const found = wallets.get(label);
    if (!found) throw new Error(`traffic: there is no wallet '${label}'`);
    return found;
  };
  const contextOf = ({ id }: Action): StepContext => ({ wallet, query: id });

  function build(action: Action) {
    const built = action.steps.map((step) => buildStep(step, contextOf(action)));
    const [first] = built;
    if (!first || built.some(({ sender }) => sender !== first.sender))
      throw new Error(`traffic: action ${action.id} has not one sender`);
    return { sender: wallet(first.sender), messages: built.flatMap(({ messages }) => messages) };
  }
  /** Labels and items that each action under way occupies. */
  const held = new Map<number, readonly string[]>();
  function occupied(): Set<string> {
    const open = oracle.undecided();
    const ids = new Set(open.map(({ id }) => id));
    for (const id of held.keys()) if (!ids.has(id)) held.delete(id);
    for (const action of open)
      if (!held.has(action.id)) held.set(action.id, [build(action).sender.label, ...itemsOf(action.steps)]);
    return new Set([...held.values()].flat());
  }

  async function perform(): Promise<boolean> {
    const taken = occupied();
    const underWay = new Set(oracle.undecided().flatMap(sceneNames));
    const time = Math.floor(now() / 1000);
    const action = generator.next(
      nextId,
      oracle.world,
      { isFree: (name) => !taken.has(name) },
      underWay,
      time,
    );
    if (action === null) return false;
    nextId += 1;
    const { sender, messages } = build(action);
    held.set(action.id, [sender.label, ...itemsOf(action.steps)]);
    const boc = sender.sign(chain.account(sender.raw).data, messages, time + VALID_SECONDS);
    const external = (Cell.fromBoc(boc)[0] ?? Cell.EMPTY).hash().toString('hex');
    const expected = action.steps.map((step) => expectStep(step, contextOf(action)));
    oracle.intend(
      external,
      action,
      expected.flatMap(({ events }) => events),
      expected.flatMap(({ checks }) => checks),
    );
    const lost = (error: unknown): void =>
      oracle.lost(external, error instanceof Error ? error.message : String(error));
    await chain.submit(boc).then(({ finished }) => void finished.catch(lost), lost);
    return true;
  }
  const step = (): Promise<boolean> => {
    const next = turn.then(perform);
    turn = next.catch(() => undefined);
    return next;
  };

  async function tick(): Promise<void> {
    const time = performance.now();
    const rate = isOpening(oracle.world)
      ? Math.max(options.actionsPerSecond, OPENING_RATE)
      : options.actionsPerSecond;
    credit = Math.min(credit + ((time - last) / 1000) * rate, Math.max(rate, 1));
    last = time;
    while (credit >= 1 && timer !== undefined) {
      credit -= 1;
      if (!(await step())) return;
    }
  }
  async function settled(): Promise<void> {
    await turn;
    while (oracle.undecided().length > 0) await setTimeout(TICK_MILLISECONDS);
  }

  const traffic: Traffic = {
    oracle,
    users,
    start() {
      if (timer) return;
      last = performance.now();
      timer = setInterval(() => {
        if (busy) return;
        busy = true;
        // A chain that has stopped refuses everything; it says so itself.
        tick()
          .catch(() => undefined)
          .finally(() => {
            busy = false;
          });
      }, TICK_MILLISECONDS);
    },
    async pause() {
      clearInterval(timer);
      timer = undefined;
      await settled();
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
        turn,
        setTimeout(STOP_MILLISECONDS, undefined, { signal: limit.signal }).catch(() => undefined),
      ]);
      limit.abort();
      oracle.close();
    },
    step,
    settled,
  };
  return traffic;
}
