/** Every contract's initial state, and so its address. */
import { type Address, beginCell, type Cell, contractAddress } from '@ton/core';
import { CODES } from './codes.js';

export interface Contract {
  readonly address: Address;
  readonly init: { readonly code: Cell; readonly data: Cell };
}

const OFFCHAIN = 1;
const contract = (code: Cell, data: Cell): Contract => ({
  address: contractAddress(0, { code, data }),
  init: { code, data },
});
const offchain = (uri: string): Cell => beginCell().storeUint(OFFCHAIN, 8).storeStringTail(uri).endCell();

/** TEP-74 reference minter. */
export function jettonMinter(admin: Address, uri: string): Contract {
  const data = beginCell()
    .storeCoins(0)
    .storeAddress(admin)
    .storeRef(offchain(uri))
    .storeRef(CODES.jettonWallet)
    .endCell();
  return contract(CODES.jettonMinter, data);
}

/** @param balance other than 0: a forgery, whose address is not the one that its master gives */
export function jettonWallet(master: Address, owner: Address, balance = 0n): Contract {
  const data = beginCell()
    .storeCoins(balance)
    .storeAddress(owner)
    .storeAddress(master)
    .storeRef(CODES.jettonWallet)
    .endCell();
  return contract(CODES.jettonWallet, data);
}

/** TEP-62 reference collection; its items' content is `uri` + the item's own. */
export function collection(owner: Address, uri: string, royaltyPercent: number): Contract {
  const content = beginCell()
    .storeRef(offchain(`${uri}collection.json`))
    .storeRef(beginCell().storeStringTail(uri).endCell())
    .endCell();
  const royalty = beginCell().storeUint(royaltyPercent, 16).storeUint(100, 16).storeAddress(owner).endCell();
  const data = beginCell()
    .storeAddress(owner)
    .storeUint(0, 64)
    .storeRef(content)
    .storeRef(CODES.item)
    .storeRef(royalty)
    .endCell();
  return contract(CODES.collection, data);
}

export function item(collectionAddress: Address, index: bigint): Contract {
  return contract(CODES.item, beginCell().storeUint(index, 64).storeAddress(collectionAddress).endCell());
}

/**
 * The standard item's code, but with an owner from the start: it names a collection that never deployed it.
 */
export function forgedItem(collectionAddress: Address, index: bigint, owner: Address): Contract {
  const content = beginCell().storeStringTail(`${index}.json`).endCell();
  const data = beginCell()
    .storeUint(index, 64)
    .storeAddress(collectionAddress)
    .storeAddress(owner)
    .storeRef(content)
    .endCell();
  return contract(CODES.item, data);
}

export interface SaleTerms {
  readonly createdAt: number;
  readonly marketplace: Address;
  readonly item: Address;
  readonly price: bigint;
  readonly feeAddress: Address;
  readonly fee: bigint;
  readonly royaltyAddress: Address;
  readonly royalty: bigint;
}

export function sale(terms: SaleTerms): Contract {
  const fees = beginCell()
    .storeAddress(terms.feeAddress)
    .storeCoins(terms.fee)
    .storeAddress(terms.royaltyAddress)
    .storeCoins(terms.royalty);
  const data = beginCell()
    .storeBit(false)
    .storeUint(terms.createdAt, 32)
    .storeAddress(terms.marketplace)
    .storeAddress(terms.item)
    .storeAddress(null)
    .storeCoins(terms.price)
    .storeRef(fees.endCell())
    .storeBit(false)
    .endCell();
  return contract(CODES.sale, data);
}

export interface AuctionTerms {
  readonly createdAt: number;
  readonly endsAt: number;
  readonly marketplace: Address;
  readonly item: Address;
  readonly minBid: bigint;
  /** 0: none. */
  readonly maxBid: bigint;
  readonly minStep: bigint;
  readonly feeAddress: Address;
  readonly feePercent: number;
  readonly royaltyAddress: Address;
  readonly royaltyPercent: number;
}

/** What an auction keeps of every bid for its gas, in nanotons. */
export const AUCTION_BID_GAS = 8_449_000n;

export function auction(terms: AuctionTerms): Contract {
  const fees = beginCell()
    .storeAddress(terms.feeAddress)
    .storeUint(terms.feePercent, 32)
    .storeUint(100, 32)
    .storeAddress(terms.royaltyAddress)
    .storeUint(terms.royaltyPercent, 32)
    .storeUint(100, 32);
  const constants = beginCell()
    .storeUint(AUCTION_BID_GAS, 32)
    .storeAddress(terms.marketplace)
    .storeCoins(terms.minBid)
    .storeCoins(terms.maxBid)
    .storeCoins(terms.minStep)
    .storeUint(0, 32)
    .storeAddress(terms.item)
    .storeUint(terms.createdAt, 32);
  const data = beginCell()
    .storeUint(0, 3)
    .storeAddress(null)
    .storeCoins(0)
    .storeUint(0, 32)
    .storeUint(terms.endsAt, 32)
    .storeAddress(null)
    .storeRef(fees.endCell())
    .storeRef(constants.endCell())
    .endCell();
  return contract(CODES.auction, data);
}

export function staking(admin: Address): Contract {
  return contract(
    CODES.staking,
    beginCell().storeAddress(admin).storeAddress(null).storeCoins(0).storeDict(null).endCell(),
  );
}

/** A swindler's contract that claims to be the victim's wallet of a jetton. */
export function puppet(
  owner: Address,
  claims: { readonly balance: bigint; readonly owner: Address; readonly master: Address },
): Contract {
  const data = beginCell()
    .storeAddress(owner)
    .storeCoins(claims.balance)
    .storeAddress(claims.owner)
    .storeAddress(claims.master)
    .storeRef(CODES.jettonWallet)
    .endCell();
  return contract(CODES.puppet, data);
}
