/**
 * What `get_sale_data` answers, for sale contracts whose data has a form of their own. The answers differ in
 * length and order: 7 and 8 numbers for the reference sale and getgems v1, 11 and 20 with a magic number for
 * getgems v2 and later, 12 for Disintar.
 */
import { sliceOf } from '../../../chains/ton/cells/slice.js';
import type { StackItem } from '../../../chains/ton/cells/stack.js';
import { loadRaw } from '../cells.js';
import type { SaleFacts } from '../contract-facts.js';
import { knownMarketplace } from './marketplaces.js';

type Read = Omit<SaleFacts, 'codeKnown' | 'marketplace'>;

const FIX_PRICE_MAGIC = 0x46495850n;
const AUCTION_MAGIC = 0x415543n;

/**
 * @param codeHash lower-case hex
 * @param stack the answer of `get_sale_data`
 * @returns null when the answer is not that of a sale
 */
export function readSaleStack(codeHash: string, stack: readonly StackItem[]): SaleFacts | null {
  try {
    const read = readAnswer(stack);
    if (read === null || read.item === null) return null;
    const { name, codeKnown } = knownMarketplace(codeHash, read);
    return { ...read, marketplace: name, codeKnown };
  } catch {
    return null;
  }
}

function readAnswer(stack: readonly StackItem[]): Read | null {
  const address = (at: number) => addressAt(stack, at);
  const integer = (at: number) => integerAt(stack, at);
  if (stack.length === 11 && integer(0) === FIX_PRICE_MAGIC)
    return {
      ...{
        kind: 'fix-price',
        marketplaceAddress: address(3),
        item: address(4),
        owner: address(5),
        price: integer(6),
      },
      ...{ feeAddress: address(7), fee: integer(8), royaltyAddress: address(9), royalty: integer(10) },
    };
  if (stack.length === 20 && integer(0) === AUCTION_MAGIC)
    return {
      ...{
        kind: 'auction',
        marketplaceAddress: address(3),
        item: address(4),
        owner: address(5),
        price: integer(6) || null,
      },
      ...{ feeAddress: address(9), fee: null, royaltyAddress: address(12), royalty: null },
    };
  const ends = {
    kind: 'fix-price',
    marketplaceAddress: address(0),
    item: address(1),
    owner: address(2),
  } as const;
  if (stack.length === 8)
    return {
      ...ends,
      price: integer(3),
      feeAddress: address(4),
      fee: integer(5),
      royaltyAddress: address(6),
      royalty: integer(7),
    };
  if (stack.length !== 7 && stack.length !== 12) return null;
  const fees = { feeAddress: address(0), fee: integer(4), royaltyAddress: address(5), royalty: integer(6) };
  // Disintar's newer sale may ask for jettons instead: then number 7 is 0.
  return { ...ends, price: stack.length === 12 && integer(7) === 0n ? null : integer(3), ...fees };
}

function integerAt(stack: readonly StackItem[], at: number): bigint {
  const item = stack[at];
  if (item?.type !== 'int') throw new Error('no integer');
  return item.value;
}

function addressAt(stack: readonly StackItem[], at: number): string | null {
  const item = stack[at];
  if (item?.type === 'null') return null;
  if (item?.type !== 'slice' && item?.type !== 'cell' && item?.type !== 'builder')
    throw new Error('no address');
  return loadRaw(sliceOf(item.cell));
}
