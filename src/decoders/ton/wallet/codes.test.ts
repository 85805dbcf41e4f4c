import * as ton from '@ton/ton';
import { expect, test } from 'vitest';
import { isWalletCode } from './codes.js';

test('every wallet that the library deploys is known by its code, and a code that none has is not', () => {
  const publicKey = Buffer.alloc(32, 1);
  const wallets = [
    ...[
      ton.WalletContractV1R1,
      ton.WalletContractV1R2,
      ton.WalletContractV1R3,
      ton.WalletContractV2R1,
      ton.WalletContractV2R2,
    ],
    ...[ton.WalletContractV3R1, ton.WalletContractV3R2, ton.WalletContractV4, ton.WalletContractV5R1],
  ];
  const hashes = wallets.map((wallet) =>
    wallet.create({ workchain: 0, publicKey }).init.code.hash().toString('hex'),
  );
  expect(hashes.filter((hash) => !isWalletCode(hash))).toEqual([]);
  expect(new Set(hashes).size).toBe(wallets.length);
  expect(isWalletCode('0'.repeat(64))).toBe(false);
});
