/** JSON → ChainEvent, in place, as read-batch.ts reads what is around it. */
import type { Building } from '../events/building.js';
import {
  type Asset,
  type ChainEvent,
  type Fees,
  KINDS,
  type Movement,
  type NftDescription,
  type Outcome,
  type Price,
  type StakeTerms,
} from '../events/event.js';
import {
  asObject,
  asUnits,
  choices,
  expectCount,
  expectList,
  expectNumber,
  expectOneOf,
  expectText,
  expectTrue,
  type KeyFor,
  missing,
  required,
  unknown,
} from './fields.js';

export const OUTCOMES = choices<Outcome>({ ok: true, failed: true });
const ASSET_KINDS = choices<Asset['kind']>({ nft: true, token: true });

const EVENT = required<ChainEvent>({
  eventIndex: true,
  kind: true,
  outcome: true,
  decoder: true,
  decoderVersion: true,
  asset: true,
});
const ASSET = required<Asset>({ kind: true, address: true });
const PRICE = required<Price>({ amount: true, currency: true, decimals: true });
const MOVEMENT = required<Movement>({ token: true, account: true, owner: true, delta: true });
const STAKE = required<StakeTerms>({ pool: true });

export function readEvent(value: unknown, list: readonly unknown[], at: number): ChainEvent {
  const event = asObject(value, list, at) as Building<ChainEvent>;
  let found = 0;
  for (const name in event) {
    const key = name as keyof ChainEvent;
    const value: unknown = event[key];
    switch (key) {
      case 'eventIndex':
      case 'decoderVersion':
        found++;
        expectCount(value, event, key);
        break;
      case 'kind':
        found++;
        expectOneOf(KINDS, value, event, key);
        break;
      case 'outcome':
        found++;
        expectOneOf(OUTCOMES, value, event, key);
        break;
      case 'decoder':
        found++;
        expectText(value, event, key);
        break;
      case 'asset':
        found++;
        readAsset(value, event, key);
        break;
      case 'from':
      case 'to':
      case 'marketplace':
        expectText(value, event, key);
        break;
      case 'amount':
        event.amount = asUnits(value, event, key);
        break;
      case 'decimals':
        expectCount(value, event, key);
        break;
      case 'price':
        readPrice(value, event, key);
        break;
      case 'fees':
        readFees(value, event, key);
        break;
      case 'movements':
        expectList(value, event, key, readMovement);
        break;
      case 'nft':
        readNft(value, event, key);
        break;
      case 'stake':
        readStake(value, event, key);
        break;
      case 'repriceOnly':
        expectTrue(value, event, key);
        break;
      case 'details':
        asObject(value, event, key);
        break;
      default:
        throw unknown(event, key);
    }
  }
  if (found !== EVENT.length) throw missing(event, EVENT);
  return event;
}

function readAsset(value: unknown, holder: ChainEvent, at: KeyFor<ChainEvent, Asset>): Asset {
  const asset = asObject(value, holder, at) as Asset;
  let found = 0;
  for (const name in asset) {
    const key = name as keyof Asset;
    const value: unknown = asset[key];
    switch (key) {
      case 'kind':
        found++;
        expectOneOf(ASSET_KINDS, value, asset, key);
        break;
      case 'address':
        found++;
        expectText(value, asset, key);
        break;
      default:
        throw unknown(asset, key);
    }
  }
  if (found !== ASSET.length) throw missing(asset, ASSET);
  return asset;
}

function readPrice(value: unknown, holder: ChainEvent, at: KeyFor<ChainEvent, Price>): Price {
  const price = asObject(value, holder, at) as Building<Price>;
  let found = 0;
  for (const name in price) {
    const key = name as keyof Price;
    const value: unknown = price[key];
    switch (key) {
      case 'amount':
        found++;
        price.amount = asUnits(value, price, key);
        break;
      case 'currency':
        found++;
        expectText(value, price, key);
        break;
      case 'decimals':
        found++;
        expectCount(value, price, key);
        break;
      default:
        throw unknown(price, key);
    }
  }
  if (found !== PRICE.length) throw missing(price, PRICE);
  return price;
}

function readFees(value: unknown, holder: ChainEvent, at: KeyFor<ChainEvent, Fees>): Fees {
  const fees = asObject(value, holder, at) as Building<Fees>;
  for (const name in fees) {
    const key = name as keyof Fees;
    const value: unknown = fees[key];
    switch (key) {
      case 'marketplace':
        fees.marketplace = asUnits(value, fees, key);
        break;
      case 'royalty':
        fees.royalty = asUnits(value, fees, key);
        break;
      default:
        throw unknown(fees, key);
    }
  }
  return fees;
}

function readMovement(value: unknown, list: readonly unknown[], at: number): Movement {
  const movement = asObject(value, list, at) as Building<Movement>;
  let found = 0;
  for (const name in movement) {
    const key = name as keyof Movement;
    const value: unknown = movement[key];
    switch (key) {
      case 'token':
      case 'account':
      case 'owner':
        found++;
        expectText(value, movement, key);
        break;
      case 'delta':
        found++;
        movement.delta = asUnits(value, movement, key);
        break;
      default:
        throw unknown(movement, key);
    }
  }
  if (found !== MOVEMENT.length) throw missing(movement, MOVEMENT);
  return movement;
}

function readNft(value: unknown, holder: ChainEvent, at: KeyFor<ChainEvent, NftDescription>): NftDescription {
  const nft = asObject(value, holder, at) as NftDescription;
  for (const name in nft) {
    const key = name as keyof NftDescription;
    const value: unknown = nft[key];
    switch (key) {
      case 'contract':
      case 'collection':
      case 'creator':
      case 'name':
      case 'uri':
        expectText(value, nft, key);
        break;
      case 'royaltyBasisPoints':
        expectCount(value, nft, key);
        break;
      default:
        throw unknown(nft, key);
    }
  }
  return nft;
}

function readStake(value: unknown, holder: ChainEvent, at: KeyFor<ChainEvent, StakeTerms>): StakeTerms {
  const stake = asObject(value, holder, at) as StakeTerms;
  let found = 0;
  for (const name in stake) {
    const key = name as keyof StakeTerms;
    const value: unknown = stake[key];
    switch (key) {
      case 'pool':
        found++;
        expectText(value, stake, key);
        break;
      case 'lockSeconds':
        expectCount(value, stake, key);
        break;
      case 'apy':
        expectNumber(value, stake, key);
        break;
      default:
        throw unknown(stake, key);
    }
  }
  if (found !== STAKE.length) throw missing(stake, STAKE);
  return stake;
}
