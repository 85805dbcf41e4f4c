/**
 * What the forms of sale, auction and offer contracts have in common. A form throws when the data does not
 * fit it.
 */
import { type Slice, sliceOf } from '../../../chains/ton/cells/slice.js';
import { loadRaw } from '../cells.js';
import type { SaleFacts } from '../contract-facts.js';

/** What the data alone says; the marketplace follows from code and addresses. */
export type Read = Omit<SaleFacts, 'codeKnown' | 'marketplace'>;

/** Reads the next reference to its end. @throws Error when the cell holds more than is read, or less */
export function inside<T>(slice: Slice, read: (inner: Slice) => T): T {
  const inner = sliceOf(slice.loadRef());
  const value = read(inner);
  inner.endParse();
  return value;
}

/** @throws Error when there is no address: every such contract names its item and its marketplace */
export function required(address: string | null): string {
  if (address === null) throw new Error('no address');
  return address;
}

/** Fees of auctions and offers: after each address a factor and a base, which are skipped. */
export function shares(inner: Slice) {
  const feeAddress = loadRaw(inner);
  inner.skip(64);
  const royaltyAddress = loadRaw(inner);
  inner.skip(64);
  return { feeAddress, fee: null, royaltyAddress, royalty: null };
}
