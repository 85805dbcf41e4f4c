/** What a sale asks for its item: the price in TON, or where there is none, its first price in jettons. */
import type { ChainEvent } from '../../../events/event.js';
import type { SaleFacts } from '../contract-facts.js';
import { NANO, TON } from '../part.js';

/**
 * @returns nothing where neither is named. Jettons have 0 decimals here: the contract does not know theirs.
 */
export function asked({
  price,
  jettonPrices,
}: Pick<SaleFacts, 'price' | 'jettonPrices'>): Pick<ChainEvent, 'price'> {
  if (price !== null) return { price: { amount: price, currency: TON, decimals: NANO } };
  const [first] = Object.values(jettonPrices ?? {});
  return first ? { price: { amount: first.amount, currency: first.master, decimals: 0 } } : {};
}
