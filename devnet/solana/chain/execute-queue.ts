/** What goes into a block: the waiting transactions that can land, in order, and the leader's reward. */
import { type AccountChange, type ExecutedTransaction, executeTransaction } from './execute.js';
import type { Reward } from './ledger.js';
import type { ChainAccount, LandedTransaction } from './types.js';
import type { Vm } from './vm.js';
import { transactionErrorText } from './vm-errors.js';
import type { WireTransaction } from './wire.js';

/** More than this waits for the next block, so that a burst cannot hold the process. */
const MOST_TRANSACTIONS = 250;

/** The transaction can never land: bad signature, unknown or expired blockhash, a payer that cannot pay. */
export class TransactionRefused extends Error {
  readonly signature: string;
  /** The node's JSON error. */
  readonly reason: unknown;
  constructor(signature: string, reason: unknown) {
    super(`transaction ${signature} cannot land: ${transactionErrorText(reason)}`);
    this.signature = signature;
    this.reason = reason;
  }
}

export interface Waiting {
  readonly transaction: WireTransaction;
  readonly promise: Promise<LandedTransaction>;
  readonly resolve: (landed: LandedTransaction) => void;
  readonly reject: (error: Error) => void;
}

export interface BlockContents {
  readonly executed: readonly ExecutedTransaction[];
  /** Who waits for each of them. */
  readonly waiting: readonly Waiting[];
  /** Before the block and after it. */
  readonly changes: ReadonlyMap<string, AccountChange>;
  readonly rewards: readonly Reward[];
}

/** Half of the fees goes to the leader; the rest is burned. */
function rewardLeader(vm: Vm, leader: string, fees: bigint, changes: Map<string, AccountChange>): Reward[] {
  const lamports = fees / 2n;
  const account = vm.account(leader);
  if (lamports === 0n || account === null) return [];
  const after: ChainAccount = { ...account, lamports: account.lamports + lamports };
  vm.setAccount(leader, after);
  changes.set(leader, { before: changes.get(leader)?.before ?? account, after });
  return [
    {
      pubkey: leader,
      lamports: Number(lamports),
      postBalance: Number(after.lamports),
      rewardType: 'Fee',
      commission: null,
    },
  ];
}

/** Take transactions off the queue and run them; what cannot land is refused to whoever waits for it. */
export function executeQueue(
  queue: Map<string, Waiting>,
  {
    vm,
    leader,
    isUsable,
  }: { readonly vm: Vm; readonly leader: string; readonly isUsable: (blockhash: string) => boolean },
): BlockContents {
  const executed: ExecutedTransaction[] = [];
  const landing: Waiting[] = [];
  const changes = new Map<string, AccountChange>();
  for (const waiting of [...queue.values()].slice(0, MOST_TRANSACTIONS)) {
    const { transaction } = waiting;
    queue.delete(transaction.signature);
    const execution = isUsable(transaction.recentBlockhash)
      ? executeTransaction(vm, transaction)
      : { refused: 'BlockhashNotFound' };
    if ('refused' in execution) {
      waiting.reject(new TransactionRefused(transaction.signature, execution.refused));
      continue;
    }
    executed.push(execution.landed);
    landing.push(waiting);
    for (const [address, { before, after }] of execution.landed.changes) {
      const earlier = changes.get(address);
      changes.set(address, { before: earlier === undefined ? before : earlier.before, after });
    }
  }
  const fees = executed.reduce((sum, transaction) => sum + transaction.fee, 0n);
  return { executed, waiting: landing, changes, rewards: rewardLeader(vm, leader, fees, changes) };
}
