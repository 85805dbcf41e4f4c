/** The forms of getgems' auctions, v1 to v4. Source: github.com/getgems-io/nft-contracts. */
import type { Slice } from '../../../chains/ton/cells/slice.js';
import { loadRaw } from '../cells.js';
import { inside, type Read, required, shares } from './form.js';

const bid = (amount: bigint) => (amount === 0n ? null : amount);

/** @param slice data of the contract, from its first bit */
export function auctionV1(slice: Slice): Read {
  slice.skip(1);
  const marketplaceAddress = required(loadRaw(slice));
  slice.skip(1 + 32 + 1);
  const fees = inside(slice, shares);
  const price = inside(slice, (inner) => {
    for (const _ of ['min bid', 'max bid', 'min step']) inner.loadCoins();
    loadRaw(inner);
    const last = inner.loadCoins();
    inner.skip(4 * 32);
    return bid(last);
  });
  const { owner, item } = inside(slice, (inner) => ({
    owner: loadRaw(inner),
    item: required(loadRaw(inner)),
  }));
  return { kind: 'auction', marketplaceAddress, item, owner, price, ...fees };
}

/** v2 and v3r2. */
export function auctionV2(slice: Slice): Read {
  slice.skip(3);
  loadRaw(slice);
  const price = bid(slice.loadCoins());
  slice.skip(2 * 32);
  const owner = loadRaw(slice);
  const fees = inside(slice, shares);
  const { marketplaceAddress, item } = inside(slice, (inner) => {
    inner.skip(32);
    const marketplace = required(loadRaw(inner));
    for (const _ of ['min bid', 'max bid', 'min step']) inner.loadCoins();
    inner.skip(32);
    const nft = required(loadRaw(inner));
    inner.skip(32);
    return { marketplaceAddress: marketplace, item: nft };
  });
  return { kind: 'auction', marketplaceAddress, item, owner, price, ...fees };
}

/** @param slice data of the contract, from its first bit */
export function auctionV3R3(slice: Slice): Read {
  const { price, owner } = auctionHead(slice);
  const fees = inside(slice, shares);
  return { kind: 'auction', ...auctionConstants(slice), owner, price, ...fees };
}

/** A variant in getgems' repository: the shares stand before the addresses, outside their cell. */
export function auctionV3R3Flat(slice: Slice): Read {
  const { price, owner } = auctionHead(slice);
  slice.skip(4 * 32);
  const fees = inside(slice, (inner) => ({
    feeAddress: loadRaw(inner),
    fee: null,
    royaltyAddress: loadRaw(inner),
    royalty: null,
  }));
  return { kind: 'auction', ...auctionConstants(slice), owner, price, ...fees };
}

/** @param slice data of the contract, from its first bit */
export function auctionV4(slice: Slice): Read {
  const { price, owner } = auctionHead(slice);
  const fees = inside(slice, (inner) => {
    const addresses = { feeAddress: loadRaw(inner), royaltyAddress: loadRaw(inner) };
    inner.skip(4 * 32);
    return { ...addresses, fee: null, royalty: null };
  });
  const common = { kind: 'auction', ...auctionConstants(slice), owner, ...fees } as const;
  const jetton = slice.loadBit() ? inside(slice, jettonOfAuction) : null;
  if (jetton === null) return { ...common, price };
  const { wallet, master } = jetton;
  return {
    ...common,
    price: null,
    ...(price !== null && { jettonPrices: { [wallet]: { master, amount: price } } }),
  };
}

function auctionHead(slice: Slice): { readonly price: bigint | null; readonly owner: string | null } {
  slice.skip(2);
  loadRaw(slice);
  const price = bid(slice.loadCoins());
  slice.skip(2 * 32);
  const owner = loadRaw(slice);
  slice.skip(64);
  return { price, owner };
}

function auctionConstants(slice: Slice): { readonly marketplaceAddress: string; readonly item: string } {
  return inside(slice, (inner) => {
    const marketplaceAddress = required(loadRaw(inner));
    for (const _ of ['min bid', 'max bid']) inner.loadCoins();
    inner.skip(7 + 17);
    const item = required(loadRaw(inner));
    inner.skip(32);
    return { marketplaceAddress, item };
  });
}

function jettonOfAuction(inner: Slice): { readonly wallet: string; readonly master: string } | null {
  const wallet = loadRaw(inner);
  const master = loadRaw(inner);
  if (inner.loadBit()) inner.skip(256);
  return wallet !== null && master !== null ? { wallet, master } : null;
}
