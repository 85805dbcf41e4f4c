/** Operation codes: the first 32 bits of a message's body. */

/**
 * TEP-74. Minting has no standard: 21 (0x15) in the reference minter, 0x642b7d07 in the newer one
 * (stablecoin, "jetton 2.0").
 */
export const JETTON = {
  transfer: 0x0f8a7ea5,
  internalTransfer: 0x178d4519,
  notification: 0x7362d09c,
  burn: 0x595f07bc,
  burnNotification: 0x7bdd97de,
  mint: 0x15,
  mintV2: 0x642b7d07,
} as const;

/** TEP-62, and TEP-85 for `destroy`. */
export const NFT = {
  transfer: 0x5fcc3d14,
  ownershipAssigned: 0x05138d91,
  destroy: 0x1f04537a,
} as const;

/**
 * Sent by a withdrawal bill of liquid staking to its collection
 * (github.com/ton-blockchain/liquid-staking-contract).
 */
export const BILL_BURNED = 0xed58b0b2;

/** Fragment's items. Source: github.com/TelegramMessenger/telemint. */
export const TELEITEM = {
  deploy: 0x299a3e15,
  startAuction: 0x487a8e81,
  cancelAuction: 0x371638ae,
  bidInfo: 0x38127de1,
  fillUp: 0x370fec51,
} as const;

/** getgems' fix-price sales. Source: github.com/getgems-io/nft-contracts. */
export const SALE = {
  /** v3r3: price, marketplace fee and royalty as coins. */
  changePriceV3: 0x6c6c2080,
  /** v4: price as coins, then jetton prices. */
  changePriceV4: 0xfd135f7b,
} as const;
