/** What the forms of sale, auction and offer contracts have in common when their data is read. */
import { type Slice, sliceOf } from '../../../chains/ton/cells/slice.js';
import { loadRaw } from '../cells.js';
import type { SaleFacts } from '../contract-facts.js';

/** What the data alone says; who made the contract follows from its code. */
export type Read = Omit<SaleFacts, 'codeKnown' | 'marketplace'>;

/** Reads the next reference to its end. @throws when the cell holds more than is read, or less */
export function inside<T>(slice: Slice, read: (inner: Slice) => T): T {
  const inner = sliceOf(slice.loadRef());
  const value = read(inner);
  inner.endParse();
  return value;
}

/** Every contract names its item and its marketplace: without them it is something else. */
export function required(address: string | null): string {
  if (address === null) throw new Error('no address');
  return address;
}

/** Fees of auctions and offers: a factor and a base each. */
export function shares(inner: Slice) {
  const feeAddress = loadRaw(inner);
  inner.skip(64);
  const royaltyAddress = loadRaw(inner);
  inner.skip(64);
  return { feeAddress, fee: null, royaltyAddress, royalty: null };
}
