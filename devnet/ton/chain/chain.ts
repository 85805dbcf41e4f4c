/**
 * The local TON: external messages wait, masterchain blocks are made of them and of what their transactions
 * send, everything is journalled.
 */
import { createHash } from 'node:crypto';
import { Cell, loadMessage, type TupleItem } from '@ton/core';
import { assemble } from './assemble.js';
import { type Journal, openJournal } from './journal.js';
import { createLedger, type Ledger, type Located } from './ledger.js';
import type {
  AccountState,
  ChainOptions,
  GenesisAccount,
  MasterBlock,
  MethodResult,
  Pending,
} from './types.js';
import { createVm, emptyState, genesisState, outMessageHashes, readState } from './vm.js';

/** An external message that its account does not take. */
export class MessageRefused extends Error {
  constructor(
    readonly hash: string,
    reason: string,
  ) {
    super(`cannot apply external message to current state : ${reason}`);
    this.name = 'MessageRefused';
  }
}

/** A message and all that it caused, executed to the end. */
export interface FinishedTrace {
  /** Hash of the external message. */
  readonly external: string;
  /** Hash of the first transaction. */
  readonly root: string;
}

export interface TonChain {
  readonly genesisHash: string;
  readonly ledger: Ledger;
  /**
   * Checks that its account takes the message; `finished` resolves when its whole trace is executed, and
   * rejects when it never will be.
   */
  submit(boc: Uint8Array): Promise<{ readonly hash: string; readonly finished: Promise<FinishedTrace> }>;
  /** sent: waits for a block. running: its trace goes on. null: unknown. */
  status(external: string): 'sent' | 'running' | 'finished' | null;
  head(): MasterBlock;
  account(address: string, seqno?: number): AccountState;
  /** @returns null when the account has no code at that block */
  runMethod(
    address: string,
    method: string | number,
    stack: readonly TupleItem[],
    seqno?: number,
  ): Promise<MethodResult | null>;
  /** Every transaction of the trace with this first transaction, parents before children. */
  trace(root: string): Located[];
  /** How many messages of the trace are not delivered yet. */
  pendingOf(trace: string): number;
  onBlock(listener: (block: MasterBlock) => void): void;
  onFinished(listener: (trace: FinishedTrace) => void): void;
  advance(blocks: number): Promise<void>;
  pause(): void;
  resume(): void;
  start(): void;
  stop(): Promise<void>;
}

interface Waiting {
  readonly message: Pending;
  readonly resolve: (trace: FinishedTrace) => void;
  readonly reject: (error: Error) => void;
}

interface GenesisHead {
  readonly genesisHash: string;
  readonly time: number;
}

function hashOf(seed: string, genesis: readonly GenesisAccount[]): string {
  const hash = createHash('sha256').update(seed);
  for (const { address, code, data, nanotons } of genesis) hash.update(`${address}${code}${data}${nanotons}`);
  return hash.digest('hex');
}

/** Open (or begin) the chain in `options.dir`. Blocks are made after `start()`, or by `advance()`. */
export async function createTonChain(options: ChainOptions): Promise<TonChain> {
  const { dir, seed, blockMilliseconds } = options;
  if (!(blockMilliseconds > 0))
    throw new Error(`blockMilliseconds must be above 0, not ${blockMilliseconds}`);
  const now = options.now ?? Date.now;
  const vm = await createVm();
  const ledger = createLedger();
  const genesisHash = hashOf(seed, options.genesis);
  let genesisTime: number | undefined;
  const journal: Journal = openJournal(dir, (text, place) => {
    const head = JSON.parse(text) as MasterBlock | GenesisHead;
    if (!('genesisHash' in head)) {
      ledger.push(head, place);
      return;
    }
    genesisTime = head.time;
    if (head.genesisHash !== genesisHash)
      throw new Error(
        `${dir} holds the chain ${head.genesisHash}, but seed and accounts given make the chain ${genesisHash}: use another folder or remove it`,
      );
  });
  ledger.attach(journal);
  if (genesisTime === undefined) {
    genesisTime = Math.floor(now() / 1000);
    journal.append(JSON.stringify({ genesisHash, time: genesisTime } satisfies GenesisHead), Buffer.alloc(0));
  }
  const since = genesisTime;
  const genesis = new Map(options.genesis.map((account) => [account.address, genesisState(account, since)]));
  const nothing = emptyState();
  const stateOf = (address: string, seqno: number): string =>
    ledger.stateAt(address, seqno) ?? genesis.get(address) ?? nothing;

  const last = ledger.last();
  let queue: readonly Pending[] = last ? ledger.readQueue(last) : [];
  let externals = new Map<string, Waiting>();
  /** Executed but not finished, by external hash. */
  const running = new Map<string, Waiting | null>(queue.map(({ external }) => [external, null]));
  const blockListeners: ((block: MasterBlock) => void)[] = [];
  const finishedListeners: ((trace: FinishedTrace) => void)[] = [];
  let timer: NodeJS.Timeout | null = null;
  let paused = false;
  let failed: Error | null = null;
  let stopped = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** The executor does one thing at a time. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work);
    turn = next.catch(() => undefined);
    return next;
  };
  const alive = (): void => {
    if (failed) throw failed;
    if (stopped) throw new Error('the chain is stopped');
  };
  const halt = (cause: unknown): never => {
    failed = new Error(
      `the chain could not make a block and has stopped: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
    if (timer !== null) clearInterval(timer);
    for (const waiting of [...externals.values(), ...running.values()]) waiting?.reject(failed);
    externals.clear();
    throw failed;
  };

  const produce = async (milliseconds: number): Promise<void> => {
    alive();
    const previous = ledger.last() ?? null;
    const time = Math.max(previous?.time ?? since, Math.floor(milliseconds / 1000));
    const taken = externals;
    externals = new Map();
    const made = await assemble({
      genesisHash,
      seed,
      previous,
      time,
      queue,
      externals: [...taken.values()].map(({ message }) => message),
      vm,
      stateOf: (account) => stateOf(account, previous?.seqno ?? 0),
    }).catch(halt);
    const { block, body, refused } = made;
    try {
      ledger.push(block, journal.append(JSON.stringify(block), body));
    } catch (error) {
      halt(error);
    }
    queue = made.queue;
    for (const { hash } of made.externals) {
      const waiting = taken.get(hash);
      if (waiting) externals.set(hash, waiting);
    }
    for (const [hash, reason] of refused) taken.get(hash)?.reject(new MessageRefused(hash, reason));
    const roots = new Map<string, string>();
    for (const { transactions } of block.shardBlocks) {
      for (const { external, trace } of transactions) {
        roots.set(external, trace);
        if (!running.has(external)) running.set(external, taken.get(external) ?? null);
      }
    }
    const moving = new Set(queue.map(({ external }) => external));
    for (const listener of blockListeners) listener(block);
    for (const [external, waiting] of [...running]) {
      if (moving.has(external)) continue;
      running.delete(external);
      const root = roots.get(external) ?? ledger.transactionByMessage(external)?.entry.hash;
      if (root === undefined) throw new Error(`chain: the trace of ${external} has no first transaction`);
      waiting?.resolve({ external, root });
      for (const listener of finishedListeners) listener({ external, root });
    }
  };

  const submit: TonChain['submit'] = (boc) =>
    inTurn(async () => {
      alive();
      const cell = Cell.fromBoc(Buffer.from(boc))[0];
      if (cell === undefined) throw new Error('the BoC holds no cell');
      const hash = cell.hash().toString('hex');
      const { info } = loadMessage(cell.beginParse());
      if (info.type !== 'external-in')
        throw new Error(`only external messages can be sent, this one is ${info.type}`);
      const destination = info.dest.toRawString().toLowerCase();
      const head = ledger.last();
      const at = {
        time: Math.max(head?.time ?? since, Math.floor(now() / 1000)),
        lt: (head?.endLt ?? 0) + 1,
        seed: Buffer.alloc(32),
      };
      const tried = await vm.execute(cell, stateOf(destination, head?.seqno ?? 0), at);
      if ('refused' in tried)
        throw new MessageRefused(
          hash,
          tried.exitCode === null ? tried.refused : `${tried.refused} (exit code ${tried.exitCode})`,
        );
      const message = {
        boc: cell.toBoc().toString('base64'),
        hash,
        destination,
        createdLt: 0,
        trace: '',
        external: hash,
      };
      const finished = new Promise<FinishedTrace>((resolve, reject) =>
        externals.set(hash, { message, resolve, reject }),
      );
      // Who does not wait for it learns of a refusal by its absence from the chain, as on a real one.
      finished.catch(() => undefined);
      return { hash, finished };
    });

  let making = false;
  const tick = (): void => {
    if (paused || making) return;
    making = true;
    // A failure has stopped the chain and is what every later call answers.
    inTurn(() => produce(now()))
      .catch(() => undefined)
      .finally(() => {
        making = false;
      });
  };
  const chain: TonChain = {
    genesisHash,
    ledger,
    submit,
    status(external) {
      if (externals.has(external)) return 'sent';
      if (running.has(external)) return 'running';
      return ledger.transactionByMessage(external) ? 'finished' : null;
    },
    head() {
      const head = ledger.last();
      if (head === undefined) throw new Error('chain: there is no block yet');
      return head;
    },
    account: (address, seqno = ledger.lastSeqno()) => readState(stateOf(address, seqno)),
    runMethod: (address, method, stack, seqno = ledger.lastSeqno()) =>
      inTurn(() =>
        vm.runMethod(stateOf(address, seqno), address, method, stack, ledger.block(seqno)?.time ?? since),
      ),
    trace(root) {
      const first = ledger.transactionByHash(root);
      const found: Located[] = first ? [first] : [];
      for (const located of found) {
        for (const message of outMessageHashes(ledger.readTransactionCell(located))) {
          const child = ledger.transactionByMessage(message);
          if (child) found.push(child);
        }
      }
      return found;
    },
    pendingOf: (trace) => queue.filter((message) => message.trace === trace).length,
    onBlock: (listener) => blockListeners.push(listener),
    onFinished: (listener) => finishedListeners.push(listener),
    async advance(blocks) {
      for (let done = 0; done < blocks; done++) await inTurn(() => produce(now()));
    },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    start() {
      if (timer === null && !stopped) timer = setInterval(tick, blockMilliseconds);
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      if (timer !== null) clearInterval(timer);
      await turn;
      const open = [...externals.values(), ...running.values()].filter((waiting) => waiting !== null);
      for (const { reject } of open) reject(new Error('the chain stopped before the trace was finished'));
      externals.clear();
      journal.close();
    },
  };
  if (ledger.lastSeqno() === 0) await chain.advance(1);
  return chain;
}
