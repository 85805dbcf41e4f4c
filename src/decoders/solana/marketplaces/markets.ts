/** Every marketplace program that is known by name. Adding one: a description (spec.ts) and a line here. */
import { AUCTION_HOUSE, CORAL_CUBE, HYPERSPACE } from './auction-house.js';
import {
  ALPHA_ART,
  DIGITAL_EYES,
  DIGITAL_EYES_DIRECT_SELL,
  HADESWAP,
  SOLANART,
  SOLSEA,
  YAWWW,
} from './escrow-markets.js';
import {
  EXCHANGE_ART_AUCTIONS,
  EXCHANGE_ART_BUY_NOW,
  EXCHANGE_ART_ESCROW,
  EXCHANGE_ART_OFFERS,
} from './exchange-art.js';
import {
  MAGIC_EDEN_AUCTIONS,
  MAGIC_EDEN_M3,
  MAGIC_EDEN_MMM,
  MAGIC_EDEN_V1,
  MAGIC_EDEN_V2,
} from './magic-eden.js';
import type { MarketProgram } from './spec.js';
import { TENSOR_AMM, TENSOR_BID, TENSOR_MARKETPLACE, TENSOR_SWAP } from './tensor.js';

export const MARKET_PROGRAMS: ReadonlyMap<string, MarketProgram> = new Map(
  [
    ...[MAGIC_EDEN_V1, MAGIC_EDEN_AUCTIONS, MAGIC_EDEN_V2, MAGIC_EDEN_M3, MAGIC_EDEN_MMM],
    ...[TENSOR_SWAP, TENSOR_BID, TENSOR_MARKETPLACE, TENSOR_AMM],
    ...[AUCTION_HOUSE, CORAL_CUBE, HYPERSPACE],
    ...[EXCHANGE_ART_ESCROW, EXCHANGE_ART_BUY_NOW, EXCHANGE_ART_OFFERS, EXCHANGE_ART_AUCTIONS],
    ...[SOLANART, DIGITAL_EYES, DIGITAL_EYES_DIRECT_SELL, ALPHA_ART, SOLSEA, YAWWW, HADESWAP],
  ].map((program) => [program.address, program]),
);
