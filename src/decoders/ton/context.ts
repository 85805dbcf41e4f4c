/** What a decoder of one contract kind works with: the transaction, what caused it, and verified knowledge that records what it lacks. */
import type { TonInput, TonTransaction } from '../../chains/ton/transaction.js';
import type { DecodeProblem } from '../../events/event.js';
import type { TonFollow } from './follow.js';
import type { ItemFacts, JettonWalletFacts, Moment, SaleFacts, TonKnowledge, TonNeed } from './knowledge.js';

/** As `TonKnowledge`, but what is unknown is noted as a need and answered with null. */
export interface Lookup {
  jettonWallet(address: string): JettonWalletFacts | null;
  walletOf(master: string, owner: string): string | null;
  item(address: string): ItemFacts | null;
  /** `at`: the transaction as of whose block the contract's data are wanted; ours when left out. */
  sale(address: string, at?: Moment): SaleFacts | null;
  codeHash(address: string): string | null;
}

export interface TonContext extends TonInput {
  /** The transaction whose out-message is our in-message. */
  readonly parent: TonTransaction | null;
  readonly follow: TonFollow;
  /** Nothing that the transaction was to do happened: its compute or action phase failed, or nothing ran. */
  readonly failed: boolean;
  readonly know: Lookup;
  problem(code: DecodeProblem['code'], message: string): void;
  followsJetton(master: string): boolean;
  followsItem(address: string, facts: ItemFacts): boolean;
}

export interface ContextParts {
  readonly follow: TonFollow;
  readonly knowledge: TonKnowledge;
  readonly needs: Map<string, TonNeed>;
  readonly problems: DecodeProblem[];
  /** Told what is not believed or not followed, in words. */
  readonly note?: ((reason: string) => void) | undefined;
}

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

/** The same of an ancestor: 0 is the parent. null: there is none. */
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

/** That an account is no sale, or has another code, is no news. */
const DOUBTED: Readonly<Partial<Record<TonNeed['kind'], string>>> = {
  'jetton-wallet': 'is no jetton wallet that its master confirms',
  'wallet-of': 'is no jetton master',
  item: 'is no item that its collection confirms',
};

function createLookup({ knowledge, needs, note }: ContextParts, at: Moment): Lookup {
  function answer<T>(found: T | null | undefined, need: TonNeed): T | null {
    if (found === undefined)
      needs.set(`${need.kind} ${need.address} ${need.kind === 'wallet-of' ? need.owner : ''}`, need);
    const doubt = DOUBTED[need.kind];
    if (found === null && doubt !== undefined) note?.(`${need.address} ${doubt}`);
    return found ?? null;
  }
  return {
    jettonWallet: (address) =>
      answer(knowledge.jettonWallet(address, at), { kind: 'jetton-wallet', address, at }),
    walletOf: (master, owner) =>
      answer(knowledge.walletOf(master, owner, at), { kind: 'wallet-of', address: master, owner, at }),
    item: (address) => answer(knowledge.item(address, at), { kind: 'item', address, at }),
    sale: (address, when = at) =>
      answer(knowledge.sale(address, when), {
        kind: 'sale',
        address,
        at: { block: when.block, lt: when.lt },
      }),
    codeHash: (address) => answer(knowledge.codeHash(address, at), { kind: 'code-hash', address, at }),
  };
}
