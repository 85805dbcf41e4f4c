/**
 * Which transaction caused which, among those at hand: the parent is the one whose out-message is the
 * in-message.
 */
import type { TonInput, TonMessage, TonTransaction } from '../transaction.js';

interface Family {
  /** Parent first; ends where a parent is not at hand. */
  ancestors(transaction: TonTransaction): readonly TonTransaction[];
}

function createFamily(transactions: Iterable<TonTransaction>): Family {
  const senders = new Map<string, TonTransaction>();
  for (const transaction of transactions)
    for (const message of transaction.outMessages) senders.set(sentKey(message), transaction);
  return {
    ancestors(transaction) {
      const found: TonTransaction[] = [];
      const seen = new Set([transaction.hash]);
      let at: TonTransaction | undefined = transaction;
      while (at?.inMessage && at.inMessage.kind === 'internal') {
        at = senders.get(sentKey(at.inMessage));
        // A cycle is only possible in made-up input.
        if (at === undefined || seen.has(at.hash)) break;
        seen.add(at.hash);
        found.push(at);
      }
      return found;
    },
  };
}

/** Transactions in order of logical time, each with those of its ancestors that are among them. */
export function inputsOf(transactions: readonly TonTransaction[]): TonInput[] {
  const family = createFamily(transactions);
  return [...transactions]
    .sort((a, b) => (a.lt < b.lt ? -1 : a.lt > b.lt ? 1 : a.account < b.account ? -1 : 1))
    .map((transaction) => ({ transaction, ancestors: family.ancestors(transaction) }));
}

/** An account makes every message at another logical time. */
function sentKey({ source, createdLt }: TonMessage): string {
  return `${source} ${createdLt}`;
}
