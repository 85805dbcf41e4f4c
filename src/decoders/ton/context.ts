/**
 * What a part of the decoder works with: the transaction, the transactions that caused it, and verified facts
 * of contracts.
 */
import type { TonInput, TonTransaction } from '../../chains/ton/transaction.js';
import type { DecodeProblem } from '../../events/event.js';
import type {
  ContractFacts,
  FactAnswer,
  FactKind,
  FactNeed,
  ItemFacts,
  JettonWalletFacts,
  Moment,
  SaleFacts,
} from './contract-facts.js';
import type { TonFollow } from './follow.js';

/**
 * Verified facts of contracts. A fact that is not known yet is noted as a need and answered with null; then
 * the decoding is thrown away and repeated with the fact.
 */
export interface Lookup {
  jettonWallet(address: string): JettonWalletFacts | null;
  /** The jetton wallet (raw) that the master gives the owner; null when `master` is no jetton master. */
  walletOf(master: string, owner: string): string | null;
  item(address: string): ItemFacts | null;
  /**
   * @param at the transaction as of whose block the contract's data are wanted; by default the one that is
   * decoded
   */
  sale(address: string, at?: Moment): SaleFacts | null;
  /** Lower-case hex; null when the account has no code. */
  codeHash(address: string): string | null;
}

export interface TonContext extends TonInput {
  /** The transaction whose out-message is our in-message. */
  readonly parent: TonTransaction | null;
  readonly follow: TonFollow;
  /**
   * Nothing of what the transaction was to do happened: its compute or action phase failed, or nothing ran.
   */
  readonly failed: boolean;
  readonly know: Lookup;
  problem(code: DecodeProblem['code'], message: string): void;
  followsJetton(master: string): boolean;
  followsItem(address: string, facts: ItemFacts): boolean;
}

export interface ContextParts {
  readonly follow: TonFollow;
  readonly facts: ContractFacts;
  readonly needs: Map<string, FactNeed>;
  readonly problems: DecodeProblem[];
  /** Told, in words, which contracts are not believed or not followed. */
  readonly note?: ((reason: string) => void) | undefined;
}

/** @param parts.needs and `parts.problems` are added to while decoders work */
export function createContext(input: TonInput, parts: ContextParts): TonContext {
  const { transaction, ancestors } = input;
  const { follow } = parts;
  return {
    transaction,
    ancestors,
    parent: ancestors[0] ?? null,
    follow,
    failed: transaction.aborted,
    know: createLookup(parts, { block: transaction.block, lt: transaction.lt }),
    problem: (code, message) => void parts.problems.push({ code, message }),
    followsJetton: (master) =>
      noting(follow.all || follow.jettons.some((jetton) => jetton.master === master), `jetton ${master}`),
    followsItem: (address, { collection }) => {
      const ours =
        follow.items.includes(address) || (collection !== null && follow.collections.includes(collection));
      return noting(
        follow.all || ours,
        `item ${address} of ${collection === null ? 'no collection' : `collection ${collection}`}`,
      );
    },
  };

  function noting(followed: boolean, what: string): boolean {
    if (!followed) parts.note?.(`${what} is not followed`);
    return followed;
  }
}

/** The same context for an ancestor: index 0 is the parent. null when that ancestor is not at hand. */
export function ancestorContext(context: TonContext, index: number): TonContext | null {
  const transaction = context.ancestors[index];
  if (transaction === undefined) return null;
  const ancestors = context.ancestors.slice(index + 1);
  return {
    ...context,
    transaction,
    ancestors,
    parent: ancestors[0] ?? null,
    failed: transaction.aborted,
    problem: () => {},
  };
}

/** Doubts worth noting. That an account is no sale or has another code is not. */
const DOUBTED: Readonly<Partial<Record<FactKind, string>>> = {
  'jetton-wallet': 'is no jetton wallet that its master confirms',
  'wallet-of': 'is no jetton master',
  item: 'is no item that its collection confirms',
};

function createLookup({ facts, needs, note }: ContextParts, at: Moment): Lookup {
  function ask<K extends FactKind>(need: FactNeed<K>): NonNullable<FactAnswer<K>> | null {
    const found = facts.answer(need);
    const { kind, address } = need;
    if (found === undefined) needs.set(`${kind} ${address} ${'owner' in need ? need.owner : ''}`, need);
    const doubt = DOUBTED[kind];
    if (found === null && doubt !== undefined) note?.(`${address} ${doubt}`);
    return found ?? null;
  }
  return {
    jettonWallet: (address) => ask({ kind: 'jetton-wallet', address, at }),
    walletOf: (address, owner) => ask({ kind: 'wallet-of', address, owner, at }),
    item: (address) => ask({ kind: 'item', address, at }),
    sale: (address, { block, lt } = at) => ask({ kind: 'sale', address, at: { block, lt } }),
    codeHash: (address) => ask({ kind: 'code-hash', address, at }),
  };
}
