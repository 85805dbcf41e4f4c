/** The local Solana: a queue of transactions, blocks made of it at each slot, forks that take blocks back. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Keypair } from '@solana/web3.js';
import { encodeBase58 } from '../../../src/events/base58.js';
import { seededBytes, seededFraction } from '../../shared/seeded.js';
import { bootChain, type ForkHead } from './boot.js';
import { executeQueue, TransactionRefused, type Waiting } from './execute-queue.js';
import { createFaucet } from './faucet.js';
import type { BlockHead, BlockIndex, Ledger } from './ledger.js';
import { type State, writeAccounts } from './state.js';
import { encodeBody } from './stored-transaction.js';
import type { ChainAccount, ChainOptions, LandedTransaction, SolanaChain } from './types.js';
import type { Vm } from './vm.js';
import { transactionErrorText } from './vm-errors.js';
import { parseTransaction, signaturesAreValid, type WireTransaction } from './wire.js';

/** How many blocks a blockhash stays usable. */
export const BLOCKHASH_AGE = 150;
const SLOT_HASHES = 512;
/** Below 2^53, so that clients that read lamports as numbers read it right. */
const FAUCET_LAMPORTS = 4_500_000_000_000_000n;
const GENESIS_PREVIOUS_HASH = '11111111111111111111111111111111';

/** What the RPC server needs beyond SolanaChain. */
export interface SolanaNodeChain extends SolanaChain {
  readonly ledger: Ledger;
  readonly state: State;
  readonly vm: Vm;
  /** The leader of every block. */
  readonly identity: string;
  /** As `airdrop`, with the signature at once. */
  sendAirdrop(address: string, lamports: bigint): { signature: string; landed: Promise<LandedTransaction> };
  /** As `submit` for a transaction that is already parsed. */
  submitParsed(transaction: WireTransaction): Promise<LandedTransaction>;
  /** Called when a block is persisted, and with null after a fork. */
  onBlock(listener: (block: BlockIndex | null) => void): void;
}

function checkOptions(options: ChainOptions): void {
  const { confirmedAfter, finalizedAfter, slotMilliseconds } = options;
  if (!(slotMilliseconds > 0)) throw new Error(`slotMilliseconds must be above 0, not ${slotMilliseconds}`);
  if (!(confirmedAfter >= 0 && finalizedAfter >= confirmedAfter && finalizedAfter < BLOCKHASH_AGE)) {
    throw new Error(
      `0 <= confirmedAfter (${confirmedAfter}) <= finalizedAfter (${finalizedAfter}) < ${BLOCKHASH_AGE} must hold`,
    );
  }
}

/** Open (or begin) the chain in `options.dir`. Blocks are produced after `start()`, or by `advance()`. */
export function createSolanaChain(options: ChainOptions): SolanaNodeChain {
  checkOptions(options);
  const { seed } = options;
  const now = options.now ?? Date.now;
  const faucetKey = Keypair.fromSeed(seededBytes(seed, 'faucet'));
  const identity = Keypair.fromSeed(seededBytes(seed, 'leader')).publicKey.toBase58();
  const accountsFunded = [
    ...options.genesis.accountsFunded,
    { address: faucetKey.publicKey.toBase58(), lamports: FAUCET_LAMPORTS },
    { address: identity, lamports: 1_000_000_000n },
  ];
  const { genesisHash, vm, ledger, state, journal, ...booted } = bootChain(options, {
    ...options.genesis,
    accountsFunded,
  });
  let { lastSlot, forks } = booted;

  const queue = new Map<string, Waiting>();
  const landedListeners: ((tx: LandedTransaction) => void)[] = [];
  const abandonedListeners: ((signature: string, slot: number) => void)[] = [];
  const blockListeners: ((block: BlockIndex | null) => void)[] = [];
  let timer: NodeJS.Timeout | null = null;
  let paused = false;
  let stopped = false;

  const isSkipped = (slot: number): boolean =>
    options.skipEvery > 0 && seededFraction(seed, `skip:${slot}`) < 1 / options.skipEvery;
  const isUsable = (blockhash: string): boolean =>
    ledger.hasRecentHash(blockhash, ledger.tip().height, BLOCKHASH_AGE);

  const rejectAll = (all: Iterable<Waiting>, reason: string): void => {
    for (const { reject } of all) reject(new Error(reason));
  };

  /**
   * Write a record. When that fails (a full disk) the SVM is ahead of the journal: nothing may follow but a
   * restart.
   */
  const persist = <T>(write: () => T, waiting: readonly Waiting[]): T => {
    try {
      return write();
    } catch (error) {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      rejectAll([...waiting, ...queue.values()], 'the chain could not write its journal and has stopped');
      throw new Error('the chain could not write its journal and has stopped', { cause: error });
    }
  };

  const produce = (slot: number, milliseconds: number): void => {
    if (stopped) throw new Error('the chain is stopped');
    const parent = ledger.isEmpty() ? null : ledger.tip();
    const previousHash = parent?.hash ?? GENESIS_PREVIOUS_HASH;
    const time = Math.max(parent?.time ?? 0, Math.floor(milliseconds / 1000));
    vm.setTime(slot, time, ledger.slotHashes(SLOT_HASHES));
    const { executed, waiting, changes, rewards } = executeQueue(queue, { vm, leader: identity, isUsable });
    const hash = createHash('sha256').update(`${genesisHash}:${previousHash}:${slot}:${forks}`);
    for (const { signature } of executed) hash.update(signature);
    const head: BlockHead = {
      slot,
      parentSlot: parent?.slot ?? 0,
      hash: encodeBase58(hash.digest()),
      previousHash,
      height: parent === null ? 0 : parent.height + 1,
      time,
      transactions: executed.map(({ signature, error, accounts, memo }) => ({
        signature,
        error,
        accounts,
        memo,
      })),
      rewards,
    };
    const stored = executed.map((transaction) => transaction.stored);
    const after = new Map([...changes].map(([address, change]) => [address, change.after]));
    const place = persist(
      () => journal.append('block', JSON.stringify(head), after, encodeBody(stored)),
      waiting,
    );

    ledger.push(head, place, stored);
    state.push(head.height, new Map([...changes].map(([address, change]) => [address, change.before])));
    state.settle(ledger.finalizedHeight());
    lastSlot = slot;
    executed.forEach(({ signature, error }, transactionIndex) => {
      const landed = { signature, slot, transactionIndex, error };
      waiting[transactionIndex]?.resolve(landed);
      for (const listener of landedListeners) listener(landed);
    });
    for (const listener of blockListeners) listener(ledger.tip());
  };

  const tick = (): void => {
    if (paused) return;
    const slot = lastSlot + 1;
    if (isSkipped(slot)) lastSlot = slot;
    else produce(slot, now());
  };

  const enqueue = (transaction: WireTransaction): Promise<LandedTransaction> => {
    let settle: Pick<Waiting, 'resolve' | 'reject'> | undefined;
    const promise = new Promise<LandedTransaction>((resolve, reject) => {
      settle = { resolve, reject };
    });
    if (settle !== undefined) queue.set(transaction.signature, { transaction, promise, ...settle });
    return promise;
  };

  const submitParsed = async (transaction: WireTransaction): Promise<LandedTransaction> => {
    if (stopped) throw new Error('the chain is stopped');
    const known = ledger.landed(transaction.signature);
    if (known !== null) return known;
    const waiting = queue.get(transaction.signature);
    if (waiting !== undefined) return waiting.promise;
    if (!signaturesAreValid(transaction))
      throw new TransactionRefused(transaction.signature, 'SignatureFailure');
    if (!isUsable(transaction.recentBlockhash))
      throw new TransactionRefused(transaction.signature, 'BlockhashNotFound');
    return enqueue(transaction);
  };

  const fork: SolanaChain['fork'] = async ({ depth, reland }) => {
    if (stopped) throw new Error('the chain is stopped');
    const dropped: { head: BlockHead; wires: Uint8Array[] }[] = [];
    const restored = new Map<string, ChainAccount | null>();
    const droppable = Math.min(depth, ledger.tip().height - ledger.finalizedHeight());
    for (let count = 0; count < droppable; count++) {
      const block = ledger.tip();
      const head = ledger.readHead(block);
      dropped.push({
        head,
        wires: ledger.readBody(block).map((stored) => Buffer.from(stored.wire, 'base64')),
      });
      for (const [address, account] of state.pop(head.height)) restored.set(address, account);
      ledger.pop(head);
    }
    const forkHead: ForkHead = { dropped: dropped.map(({ head }) => head.slot) };
    if (dropped.length === 0) return { droppedSlots: [], abandoned: [], requeued: [] };
    persist(() => journal.append('fork', JSON.stringify(forkHead), restored, Buffer.alloc(0)), []);
    writeAccounts(vm, restored);
    forks += 1;

    const requeued: string[] = [];
    for (const { head, wires } of dropped.reverse()) {
      for (const listener of abandonedListeners)
        for (const { signature } of head.transactions) listener(signature, head.slot);
      for (const wire of wires) {
        const transaction = parseTransaction(wire);
        const again =
          reland &&
          seededFraction(seed, `reland:${transaction.signature}`) < 0.5 &&
          isUsable(transaction.recentBlockhash);
        if (!again) continue;
        requeued.push(transaction.signature);
        // Nobody waits for it: whoever submitted it was told when it landed the first time. It may be refused
        // now, which is a fork's right.
        enqueue(transaction).catch(() => undefined);
      }
    }
    for (const listener of blockListeners) listener(null);
    const abandoned = dropped.flatMap(({ head }) =>
      head.transactions.map((transaction) => transaction.signature),
    );
    return { droppedSlots: dropped.map(({ head }) => head.slot), abandoned, requeued };
  };

  // A fresh chain begins with as many empty blocks as finality takes, so that its finalized head moves with
  // every block from the start.
  if (ledger.isEmpty()) {
    const first = now() - (options.finalizedAfter + 1) * options.slotMilliseconds;
    for (let slot = 0; slot <= options.finalizedAfter; slot++)
      produce(slot, first + slot * options.slotMilliseconds);
  }

  /**
   * Rests for as long as the slot took: on a machine too busy for its pace, who asks is answered in between.
   */
  const turn = (): void => {
    const began = performance.now();
    tick();
    const took = performance.now() - began;
    timer = stopped ? null : setTimeout(turn, Math.max(options.slotMilliseconds - took, took));
  };
  // The finalized block's hash: what is signed with it stays valid on every branch.
  const latestBlockhash = (): string => ledger.head('finalized').hash;
  const faucet = createFaucet(faucetKey, latestBlockhash);
  const sendAirdrop = (address: string, lamports: bigint) => {
    const transaction = parseTransaction(faucet.transfer(address, lamports));
    return { signature: transaction.signature, landed: submitParsed(transaction) };
  };

  return {
    genesisHash,
    ledger,
    state,
    vm,
    identity,
    latestBlockhash,
    submit: async (bytes) => submitParsed(parseTransaction(bytes)),
    submitParsed,
    sendAirdrop,
    airdrop: async (address, lamports) => {
      const landed = await sendAirdrop(address, lamports).landed;
      if (landed.error !== null)
        throw new Error(
          `the faucet could not pay ${lamports} lamports: ${transactionErrorText(landed.error)}`,
        );
      return landed;
    },
    account: (address) => vm.account(address),
    status: (signature) => ledger.landed(signature),
    slot: () => ledger.tip().slot,
    finalizedSlot: () => ledger.head('finalized').slot,
    onLanded: (listener) => landedListeners.push(listener),
    onAbandoned: (listener) => abandonedListeners.push(listener),
    onBlock: (listener) => blockListeners.push(listener),
    async advance(count) {
      for (let done = 0; done < count; done++) {
        while (isSkipped(lastSlot + 1)) lastSlot += 1;
        produce(lastSlot + 1, now());
        // A long run shall not keep the RPC server from answering.
        if (done % 32 === 31) await setImmediate();
      }
    },
    fork,
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    start() {
      if (timer === null && !stopped) timer = setTimeout(turn, options.slotMilliseconds);
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      rejectAll(queue.values(), 'the chain stopped before the transaction landed');
      queue.clear();
      journal.close();
    },
  };
}
