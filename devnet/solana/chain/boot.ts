/**
 * Open a chain's folder: write the genesis or read the journal back, and leave ledger, state and SVM as they
 * stood after the last record.
 */
import { createHash } from 'node:crypto';
import { encodeBase58 } from '../../../src/events/base58.js';
import { type Journal, openJournal } from './journal.js';
import { type BlockHead, createLedger, type Ledger } from './ledger.js';
import { createState, type State, writeAccounts } from './state.js';
import type { ChainAccount, ChainOptions, Genesis } from './types.js';
import { createVm, type Vm } from './vm.js';

/** A fork's journal record: its restored accounts stand beside it. */
export interface ForkHead {
  /** Newest first. */
  readonly dropped: readonly number[];
}

export interface BootedChain {
  readonly genesisHash: string;
  readonly vm: Vm;
  readonly ledger: Ledger;
  readonly state: State;
  readonly journal: Journal;
  /** The highest slot that ever held a block, dropped ones included. */
  readonly lastSlot: number;
  /** How many forks there have been: it keeps the hashes of branches apart. */
  readonly forks: number;
}

/** Hash of everything that the chain starts from. */
function genesisHashOf(seed: string, genesis: Genesis): string {
  const hash = createHash('sha256').update(seed);
  for (const { address, elf } of genesis.programs) hash.update(address).update(elf);
  for (const { address, lamports, owner, data } of genesis.accounts)
    hash.update(`${address}${lamports}${owner}`).update(data);
  for (const { address, lamports } of genesis.accountsFunded) hash.update(`${address}${lamports}`);
  return encodeBase58(hash.digest());
}

export function bootChain(options: ChainOptions, genesis: Genesis): BootedChain {
  const genesisHash = genesisHashOf(options.seed, genesis);
  const vm = createVm(genesis);
  const ledger = createLedger(options);
  const state = createState(vm);
  const states = new Map<string, ChainAccount | null>();
  /** Heads that a fork may still drop. */
  let recent: BlockHead[] = [];
  let lastSlot = -1;
  let forks = 0;
  let isNew = true;

  const journal = openJournal(options.dir, ({ kind, head, accounts, place }) => {
    if (kind === 'genesis') {
      isNew = false;
      const kept = (JSON.parse(head) as { genesisHash: string }).genesisHash;
      if (kept !== genesisHash) {
        throw new Error(
          `${options.dir} holds the chain ${kept}, but seed, programs and accounts given make the chain ${genesisHash}: use another folder or remove it`,
        );
      }
      return;
    }
    if (kind === 'block') {
      const block = JSON.parse(head) as BlockHead;
      const before = new Map<string, ChainAccount | null>();
      for (const address of accounts.keys())
        before.set(address, states.get(address) ?? (states.has(address) ? null : vm.account(address)));
      ledger.push(block, place);
      state.push(block.height, before);
      state.settle(ledger.finalizedHeight());
      recent.push(block);
      recent = recent.filter((entry) => entry.height > ledger.finalizedHeight());
      lastSlot = Math.max(lastSlot, block.slot);
    } else {
      forks += 1;
      for (const slot of (JSON.parse(head) as ForkHead).dropped) {
        const block = recent.pop();
        if (block?.slot !== slot)
          throw new Error(`${options.dir}: the journal drops block ${slot}, which is not the newest`);
        state.pop(block.height);
        ledger.pop(block);
      }
    }
    for (const [address, account] of accounts) states.set(address, account);
  });
  if (isNew)
    journal.append(
      'genesis',
      JSON.stringify({ genesisHash, seed: options.seed }),
      new Map(),
      Buffer.alloc(0),
    );
  ledger.attach(journal);
  writeAccounts(vm, states);
  return { genesisHash, vm, ledger, state, journal, lastSlot, forks };
}
