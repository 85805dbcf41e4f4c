/**
 * What the data of a sale, auction or offer contract says, by its form: getgems' contracts v1 to v4
 * (github.com/getgems-io/nft-contracts), the reference sale of ton-blockchain/token-contract and its copies
 * (Disintar and others). A form fits only when it uses up every bit.
 */
import type { Cell } from '../../../chains/ton/cells/cell.js';
import { loadDictionary } from '../../../chains/ton/cells/dictionary.js';
import { type Slice, sliceOf } from '../../../chains/ton/cells/slice.js';
import { loadRaw } from '../cells.js';
import type { SaleFacts } from '../contract-facts.js';
import { auctionV1, auctionV2, auctionV3R3, auctionV3R3Flat, auctionV4 } from './auctions.js';
import { inside, type Read, required, shares } from './form.js';
import { knownMarketplace } from './marketplaces.js';

/**
 * @param codeHash lower-case hex
 * @param data data cell of the contract
 * @returns null when the data has the form of no known sale
 */
export function readSaleState(codeHash: string, data: Cell): SaleFacts | null {
  for (const form of FORMS) {
    const read = mayBe(data, form) ? attempt(data, form.read) : null;
    if (read === null) continue;
    const { name, codeKnown } = knownMarketplace(codeHash, read);
    return { ...read, marketplace: name, codeKnown };
  }
  return null;
}

function attempt(data: Cell, form: (slice: Slice) => Read): Read | null {
  try {
    const slice = sliceOf(data);
    const read = form(slice);
    slice.endParse();
    return read;
  } catch {
    return null;
  }
}

interface Form {
  readonly read: (slice: Slice) => Read;
  /** Bit at which its first required address begins. */
  readonly address?: number;
  /** Fewest and most references of the data cell. */
  readonly refs: readonly [number, number];
}

const FORMS: readonly Form[] = [
  { read: fixPriceV1, address: 0, refs: [1, 1] },
  { read: reference, address: 0, refs: [1, 1] },
  { read: fixPriceV2, address: 33, refs: [1, 1] },
  { read: fixPriceV3, address: 33, refs: [1, 1] },
  { read: fixPriceV3R3, address: 33, refs: [1, 1] },
  { read: fixPriceV4, address: 1, refs: [1, 2] },
  { read: auctionV1, address: 1, refs: [3, 3] },
  { read: auctionV2, refs: [2, 2] },
  { read: auctionV3R3, refs: [2, 2] },
  { read: auctionV3R3Flat, refs: [2, 2] },
  { read: auctionV4, refs: [2, 3] },
  { read: offerV1, address: 65, refs: [1, 1] },
  { read: offerV1R3, address: 97, refs: [1, 1] },
];

/**
 * A quick check without reading: most accounts are no sale, and thirteen forms that fail would be thirteen
 * errors with stack traces.
 */
function mayBe(data: Cell, { address, refs: [fewest, most] }: Form): boolean {
  if (data.refs.length < fewest || data.refs.length > most) return false;
  // addr_std begins with bits 10; bits that begin with 0 are addr_none or an external address.
  return address === undefined || (data.bits > address && data.bitAt(address));
}

function fixPriceV1(slice: Slice): Read {
  const ends = {
    marketplaceAddress: required(loadRaw(slice)),
    item: required(loadRaw(slice)),
    owner: loadRaw(slice),
  };
  const price = slice.loadCoins();
  const fees = inside(slice, (inner) => ({
    fee: inner.loadCoins(),
    feeAddress: loadRaw(inner),
    royaltyAddress: loadRaw(inner),
    royalty: inner.loadCoins(),
  }));
  return { kind: 'fix-price', ...ends, price, ...fees };
}

function reference(slice: Slice): Read {
  const marketplaceAddress = required(loadRaw(slice));
  const ends = { marketplaceAddress, item: required(loadRaw(slice)), owner: loadRaw(slice) };
  const price = slice.loadCoins();
  const fees = inside(slice, (inner) => ({
    fee: inner.loadCoins(),
    royaltyAddress: loadRaw(inner),
    royalty: inner.loadCoins(),
  }));
  return { kind: 'fix-price', ...ends, price, feeAddress: marketplaceAddress, ...fees };
}

function fixPriceV2(slice: Slice): Read {
  slice.skip(1 + 32);
  const ends = {
    marketplaceAddress: required(loadRaw(slice)),
    item: required(loadRaw(slice)),
    owner: loadRaw(slice),
  };
  const price = slice.loadCoins();
  const fees = inside(slice, (inner) => ({
    feeAddress: loadRaw(inner),
    fee: inner.loadCoins(),
    royaltyAddress: loadRaw(inner),
    royalty: inner.loadCoins(),
  }));
  return { kind: 'fix-price', ...ends, price, ...fees };
}

/** v3 and v3r2, which add the flag whether an external message may deploy it. */
function fixPriceV3(slice: Slice): Read {
  const read = fixPriceV2(slice);
  slice.skip(1);
  return read;
}

/** v3r3 adds when it was sold, and by which query. */
function fixPriceV3R3(slice: Slice): Read {
  const read = fixPriceV2(slice);
  slice.skip(32 + 64);
  return read;
}

/**
 * Prices of a v4 sale, by its own jetton wallet (raw); as in its data and in the order to change them.
 * @throws Error when it cannot be read
 */
export function loadJettonPrices(slice: Slice): NonNullable<SaleFacts['jettonPrices']> {
  const prices = loadDictionary(slice, 256, (value) => ({
    amount: value.loadCoins(),
    master: required(loadRaw(value)),
  }));
  return Object.fromEntries(
    prices.map(([wallet, price]) => [`0:${wallet.toString(16).padStart(64, '0')}`, price]),
  );
}

function fixPriceV4(slice: Slice): Read {
  slice.skip(1);
  const marketplaceAddress = required(loadRaw(slice));
  const owner = loadRaw(slice);
  const full = slice.loadCoins();
  slice.skip(32 + 64);
  const fixed = inside(slice, (inner) => {
    const addresses = { feeAddress: loadRaw(inner), royaltyAddress: loadRaw(inner) };
    const shares = { fee: BigInt(inner.loadUint(17)), royalty: BigInt(inner.loadUint(17)) };
    const item = required(loadRaw(inner));
    inner.skip(32);
    return { ...addresses, ...shares, item };
  });
  const jettonPrices = loadJettonPrices(slice);
  if (slice.remainingBits > 0 && slice.loadBit()) slice.skip(256);
  return {
    kind: 'fix-price',
    marketplaceAddress,
    item: fixed.item,
    owner,
    price: full === 0n ? null : full,
    feeAddress: fixed.feeAddress,
    fee: (full * fixed.fee) / 100_000n,
    royaltyAddress: fixed.royaltyAddress,
    royalty: (full * fixed.royalty) / 100_000n,
    ...(Object.keys(jettonPrices).length > 0 && { jettonPrices }),
  };
}
function offerV1(slice: Slice): Read {
  slice.skip(1 + 2 * 32);
  return offerRest(slice);
}

function offerV1R3(slice: Slice): Read {
  slice.skip(1 + 3 * 32);
  return offerRest(slice);
}

function offerRest(slice: Slice): Read {
  const ends = {
    marketplaceAddress: required(loadRaw(slice)),
    item: required(loadRaw(slice)),
    owner: required(loadRaw(slice)),
  };
  const price = slice.loadCoins();
  const fees = inside(slice, shares);
  slice.skip(1);
  return { kind: 'offer', ...ends, price, ...fees };
}
