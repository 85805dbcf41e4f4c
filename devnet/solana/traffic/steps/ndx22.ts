/** Steps of NDX22, a Token-2022 token whose transfers withhold a fee in the receiving account. */
import {
  createMintToCheckedInstruction,
  createTransferCheckedWithFeeInstruction,
  TOKEN_2022_PROGRAM_ID,
} from '@solana/spl-token';
import {
  MINTS,
  NDX22_DECIMALS,
  NDX22_FEE_BASIS_POINTS,
  NDX22_MAXIMUM_FEE,
  platformKey,
  tokenAccount,
} from '../../programs/addresses.js';
import type { StepRules } from '../model.js';
import { move, token } from './common.js';
import { openAccount } from './setup.js';

const NDX22 = MINTS.ndx22.toBase58();

/** Rounded up, as the token program does. */
export function transferFee(amount: bigint): bigint {
  const fee = (amount * BigInt(NDX22_FEE_BASIS_POINTS) + 9_999n) / 10_000n;
  return fee > NDX22_MAXIMUM_FEE ? NDX22_MAXIMUM_FEE : fee;
}

export const ndx22Steps: StepRules<'ndx22Mint' | 'ndx22Transfer'> = {
  ndx22Mint: {
    build({ to, amount }, { user }) {
      const owner = user(to).key.publicKey;
      const authority = platformKey.publicKey;
      const account = tokenAccount(MINTS.ndx22, owner);
      return {
        payer: platformKey,
        instructions: [
          openAccount(authority, MINTS.ndx22, owner),
          createMintToCheckedInstruction(
            MINTS.ndx22,
            account,
            authority,
            amount,
            NDX22_DECIMALS,
            [],
            TOKEN_2022_PROGRAM_ID,
          ),
        ],
      };
    },
    expect: ({ to, amount }, { user }) => [
      {
        kind: 'mint',
        asset: token(NDX22),
        to: user(to).wallet,
        amount,
        movements: [move(NDX22, user(to).wallet, amount)],
      },
    ],
  },
  ndx22Transfer: {
    build({ from, to, amount, fee }, { user }) {
      const sender = user(from).key;
      const receiver = user(to).key.publicKey;
      const transfer = createTransferCheckedWithFeeInstruction(
        tokenAccount(MINTS.ndx22, sender.publicKey),
        MINTS.ndx22,
        tokenAccount(MINTS.ndx22, receiver),
        sender.publicKey,
        amount,
        NDX22_DECIMALS,
        fee,
      );
      return {
        payer: sender,
        instructions: [openAccount(sender.publicKey, MINTS.ndx22, receiver), transfer],
      };
    },
    expect({ from, to, amount, fee }, { user }) {
      const [sender, receiver] = [user(from).wallet, user(to).wallet];
      const movements = [move(NDX22, sender, -amount), move(NDX22, receiver, amount - fee)];
      return [
        {
          kind: 'transfer',
          asset: token(NDX22),
          from: sender,
          to: receiver,
          amount,
          withheld: fee,
          movements,
        },
      ];
    },
  },
};
