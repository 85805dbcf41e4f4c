/**
 * Compiled code of every contract on the devnet: the standard ones as `@ton-community/assets-sdk` ships them,
 * ours as compile.ts made them.
 */

import { Cell } from '@ton/core';
import { jettonMinterCode } from '@ton-community/assets-sdk/dist/jetton/contracts/build/jetton-minter.js';
import { jettonWalletCode } from '@ton-community/assets-sdk/dist/jetton/contracts/build/jetton-wallet.js';
import { nftCollectionEditableCode } from '@ton-community/assets-sdk/dist/nft/contracts/build/nft-collection-editable.js';
import { nftItemCode } from '@ton-community/assets-sdk/dist/nft/contracts/build/nft-item.js';
import { NftSale } from '@ton-community/assets-sdk/dist/nft/NftSale.js';
import compiled from './compiled.json' with { type: 'json' };

export const CODES = {
  jettonMinter: Cell.fromBase64(jettonMinterCode.codeBoc),
  jettonWallet: Cell.fromBase64(jettonWalletCode.codeBoc),
  collection: Cell.fromBase64(nftCollectionEditableCode.codeBoc),
  item: Cell.fromBase64(nftItemCode.codeBoc),
  /** getgems' fix-price sale, as it stands on mainnet. */
  sale: NftSale.code,
  auction: Cell.fromBase64(compiled.auction),
  puppet: Cell.fromBase64(compiled.puppet),
  staking: Cell.fromBase64(compiled.staking),
} as const;
