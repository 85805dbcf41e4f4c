/** Every marketplace of TON that is known by name. To add one: its file in markets/ and its line here. */
import type { SaleFacts } from '../contract-facts.js';
import type { SaleMarket } from './market.js';
import { DISINTAR } from './markets/disintar.js';
import { GETGEMS } from './markets/getgems.js';

const MARKETS: readonly SaleMarket[] = [GETGEMS, DISINTAR];

const BY_CODE: ReadonlyMap<string, SaleMarket> = new Map(
  MARKETS.flatMap((market) => market.codes.map((code) => [code, market] as const)),
);
const BY_ADDRESS: ReadonlyMap<string, SaleMarket> = new Map(
  MARKETS.flatMap((market) => market.addresses.map((address) => [address, market] as const)),
);

/** Contracts that hold an item only to put it on sale for its owner. */
export const SALE_DEPLOYERS: ReadonlySet<string> = new Set(
  MARKETS.flatMap(({ deployers }) => deployers ?? []),
);

type Named = Pick<SaleFacts, 'marketplaceAddress' | 'feeAddress'>;

/** @param codeHash lower-case hex; '' when it is not known */
export function knownMarketplace(
  codeHash: string,
  { marketplaceAddress, feeAddress }: Named,
): { readonly name: string; readonly codeKnown: boolean } {
  const byCode = BY_CODE.get(codeHash);
  // Anybody may use a known code, so the addresses in the data decide first.
  const market = BY_ADDRESS.get(marketplaceAddress ?? '') ?? BY_ADDRESS.get(feeAddress ?? '') ?? byCode;
  return { name: market?.name ?? 'unknown', codeKnown: byCode !== undefined };
}

/** Whether the contract's data have a form of their own, so that only get_sale_data tells what they mean. */
export function hasOwnForm(codeHash: string): boolean {
  return BY_CODE.get(codeHash)?.readByStack === true;
}

/** Name of the marketplace to which the raw address belongs; undefined when none is known. */
export function marketplaceAt(address: string): string | undefined {
  return BY_ADDRESS.get(address)?.name;
}
