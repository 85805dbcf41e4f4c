/**
 * Every marketplace that is known by name. Adding one: its file in markets/ (spec.ts says what stands in it)
 * and its line here.
 */
import { ALPHA_ART } from './markets/alpha-art.js';
import { AUCTION_HOUSE } from './markets/auction-house.js';
import { CORAL_CUBE } from './markets/coral-cube.js';
import { DIGITAL_EYES } from './markets/digital-eyes.js';
import { EXCHANGE_ART } from './markets/exchange-art.js';
import { HADESWAP } from './markets/hadeswap.js';
import { HYPERSPACE } from './markets/hyperspace.js';
import { MAGIC_EDEN } from './markets/magic-eden.js';
import { MONKE_BUSINESS } from './markets/monke-business.js';
import { OPENSEA } from './markets/opensea.js';
import { ORBIS } from './markets/orbis.js';
import { SOLANART } from './markets/solanart.js';
import { SOLSEA } from './markets/solsea.js';
import { TENSOR } from './markets/tensor.js';
import { YAWWW } from './markets/yawww.js';
import type { MarketProgram, Marketplace } from './spec.js';

export const MARKETPLACES: readonly Marketplace[] = [
  MAGIC_EDEN,
  TENSOR,
  AUCTION_HOUSE,
  OPENSEA,
  MONKE_BUSINESS,
  ORBIS,
  CORAL_CUBE,
  HYPERSPACE,
  EXCHANGE_ART,
  SOLANART,
  DIGITAL_EYES,
  ALPHA_ART,
  SOLSEA,
  YAWWW,
  HADESWAP,
];

export interface KnownProgram {
  readonly market: Marketplace;
  readonly program: MarketProgram;
}

/** By the program's address. */
export const MARKET_PROGRAMS: ReadonlyMap<string, KnownProgram> = new Map(
  MARKETPLACES.flatMap((market) =>
    market.programs.map((program) => [program.address, { market, program }] as const),
  ),
);

/** Wallets that take a marketplace's fees, whichever program pays them. */
export const TREASURIES: ReadonlySet<string> = new Set(
  MARKETPLACES.flatMap(({ treasuries }) => treasuries ?? []),
);
