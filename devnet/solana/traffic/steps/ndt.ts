/**
 * Steps of the NDT token and of the ndt program: mint, transfer with its burned share, burn, stake, unstake,
 * claim.
 */
import {
  createBurnCheckedInstruction,
  createBurnInstruction,
  createMintToInstruction,
  createTransferCheckedInstruction,
  createTransferInstruction,
  TOKEN_PROGRAM_ID,
} from '@solana/spl-token';
import {
  MINTS,
  NDT_DECIMALS,
  ndtPosition,
  ndtVault,
  PROGRAMS,
  platformKey,
  tokenAccount,
} from '../../programs/addresses.js';
import { encodeEvent, fieldOffset, platformInstruction } from '../../programs/anchor.js';
import type { Operation } from '../../programs/script.js';
import type { StepRules } from '../model.js';
import { failure, move, signAs, token } from './common.js';

const NDT = MINTS.ndt.toBase58();
const POOL = PROGRAMS.ndt.toBase58();
const vault = tokenAccount(MINTS.ndt, ndtVault.address);
const amountOffset = fieldOffset('ndt', 'StakingAccount', 'amount');

export const ndtSteps: StepRules<
  'ndtMint' | 'ndtTransfer' | 'tokenTransfer' | 'ndtBurn' | 'ndtStake' | 'ndtUnstake' | 'ndtClaim'
> = {
  ndtMint: {
    build({ to, amount, by }, { user }) {
      const destination = user(to).ndt;
      const mintTo = createMintToInstruction(MINTS.ndt, destination, platformKey.publicKey, amount);
      if (by === 'token') return { payer: platformKey, instructions: [mintTo] };
      const accounts = {
        authority: platformKey.publicKey,
        mint: MINTS.ndt,
        destination,
        token_program: TOKEN_PROGRAM_ID,
      };
      const script: Operation[] = [{ do: 'call', instruction: mintTo }];
      return {
        payer: platformKey,
        instructions: [
          platformInstruction({ program: 'ndt', name: 'mint', accounts, args: { amount }, script }),
        ],
      };
    },
    expect: ({ to, amount }, { user }) => [
      {
        kind: 'mint',
        asset: token(NDT),
        to: user(to).wallet,
        amount,
        movements: [move(NDT, user(to).wallet, amount)],
      },
    ],
  },
  ndtTransfer: {
    build({ from, to, amount, burn }, { user, time, failAfterEvent }) {
      const [sender, receiver] = [user(from), user(to)];
      const authority = sender.key.publicKey;
      const event = { from: sender.ndt, to: receiver.ndt, amount, burn_amount: burn, timestamp: time };
      const instruction = platformInstruction({
        program: 'ndt',
        name: 'transfer',
        accounts: {
          authority,
          mint: MINTS.ndt,
          from: sender.ndt,
          to: receiver.ndt,
          token_program: TOKEN_PROGRAM_ID,
        },
        args: { amount: amount + burn },
        script: [
          { do: 'call', instruction: createTransferInstruction(sender.ndt, receiver.ndt, authority, amount) },
          { do: 'call', instruction: createBurnInstruction(sender.ndt, MINTS.ndt, authority, burn) },
          { do: 'log', bytes: encodeEvent('ndt', 'TransferEvent', event) },
          ...failure(failAfterEvent),
        ],
      });
      return { payer: sender.key, instructions: [instruction] };
    },
    expect({ from, to, amount, burn }, { user }) {
      const [sender, receiver] = [user(from).wallet, user(to).wallet];
      const movements = [move(NDT, sender, -amount), move(NDT, receiver, amount)];
      return [
        { kind: 'transfer', asset: token(NDT), from: sender, to: receiver, amount, movements },
        {
          kind: 'burn',
          asset: token(NDT),
          from: sender,
          amount: burn,
          movements: [move(NDT, sender, -burn)],
        },
      ];
    },
  },
  tokenTransfer: {
    build({ from, to, amount, checked }, { user }) {
      const [sender, receiver] = [user(from), user(to)];
      const instruction = checked
        ? createTransferCheckedInstruction(
            sender.ndt,
            MINTS.ndt,
            receiver.ndt,
            sender.key.publicKey,
            amount,
            NDT_DECIMALS,
          )
        : createTransferInstruction(sender.ndt, receiver.ndt, sender.key.publicKey, amount);
      return { payer: sender.key, instructions: [instruction] };
    },
    expect({ from, to, amount }, { user }) {
      const [sender, receiver] = [user(from).wallet, user(to).wallet];
      const movements = [move(NDT, sender, -amount), move(NDT, receiver, amount)];
      return [{ kind: 'transfer', asset: token(NDT), from: sender, to: receiver, amount, movements }];
    },
  },
  ndtBurn: {
    build({ from, amount, checked }, { user }) {
      const { ndt, key } = user(from);
      const instruction = checked
        ? createBurnCheckedInstruction(ndt, MINTS.ndt, key.publicKey, amount, NDT_DECIMALS)
        : createBurnInstruction(ndt, MINTS.ndt, key.publicKey, amount);
      return { payer: key, instructions: [instruction] };
    },
    expect: ({ from, amount }, { user }) => [
      {
        kind: 'burn',
        asset: token(NDT),
        from: user(from).wallet,
        amount,
        movements: [move(NDT, user(from).wallet, -amount)],
      },
    ],
  },
  ndtStake: {
    build({ user: number, amount, lockSeconds, apr }, { user, time, failAfterEvent }) {
      const { ndt, key } = user(number);
      const position = ndtPosition(ndt).address;
      const event = {
        staker: ndt,
        amount,
        lock_period: BigInt(lockSeconds),
        apr: BigInt(apr),
        timestamp: time,
      };
      const instruction = platformInstruction({
        program: 'ndt',
        name: 'stake',
        accounts: {
          authority: key.publicKey,
          staker: ndt,
          staking_account: position,
          vault,
          token_program: TOKEN_PROGRAM_ID,
        },
        args: { amount, lock_period: BigInt(lockSeconds) },
        script: [
          { do: 'call', instruction: createTransferInstruction(ndt, vault, key.publicKey, amount) },
          { do: 'add', account: position.toBase58(), offset: amountOffset, value: amount },
          { do: 'log', bytes: encodeEvent('ndt', 'StakeEvent', event) },
          ...failure(failAfterEvent),
        ],
      });
      return { payer: key, instructions: [instruction] };
    },
    expect({ user: number, amount, lockSeconds, apr }, { user }) {
      const from = user(number).wallet;
      const movements = [move(NDT, from, -amount), move(NDT, ndtVault.address.toBase58(), amount)];
      return [
        {
          kind: 'stake',
          asset: token(NDT),
          from,
          amount,
          stake: { pool: POOL, lockSeconds, apy: apr },
          movements,
        },
      ];
    },
  },
  ndtUnstake: {
    build({ user: number, amount }, { user, time, failAfterEvent }) {
      const { ndt, key } = user(number);
      const position = ndtPosition(ndt).address;
      const instruction = platformInstruction({
        program: 'ndt',
        name: 'unstake',
        accounts: {
          authority: key.publicKey,
          staker: ndt,
          staking_account: position,
          mint: MINTS.ndt,
          vault_authority: ndtVault.address,
          vault,
          token_program: TOKEN_PROGRAM_ID,
        },
        args: { amount },
        script: [
          {
            do: 'subtract',
            account: position.toBase58(),
            offset: amountOffset,
            value: amount,
            error: 'insufficientStake',
          },
          signAs(ndtVault),
          { do: 'call', instruction: createTransferInstruction(vault, ndt, ndtVault.address, amount) },
          { do: 'log', bytes: encodeEvent('ndt', 'UnstakeEvent', { staker: ndt, amount, timestamp: time }) },
          ...failure(failAfterEvent),
        ],
      });
      return { payer: key, instructions: [instruction] };
    },
    expect({ user: number, amount }, { user }) {
      const from = user(number).wallet;
      const movements = [move(NDT, ndtVault.address.toBase58(), -amount), move(NDT, from, amount)];
      return [{ kind: 'unstake', asset: token(NDT), from, amount, stake: { pool: POOL }, movements }];
    },
  },
  /**
   * Rewards of the ndt program are newly minted, as in the platform's source; the platform co-signs as mint
   * authority.
   */
  ndtClaim: {
    build({ user: number, rewards }, { user, time, failAfterEvent }) {
      const { ndt, key } = user(number);
      const instruction = platformInstruction({
        program: 'ndt',
        name: 'claim_rewards',
        accounts: {
          authority: key.publicKey,
          platform: platformKey.publicKey,
          staker: ndt,
          staking_account: ndtPosition(ndt).address,
          mint: MINTS.ndt,
          token_program: TOKEN_PROGRAM_ID,
        },
        script: [
          {
            do: 'call',
            instruction: createMintToInstruction(MINTS.ndt, ndt, platformKey.publicKey, rewards),
          },
          {
            do: 'log',
            bytes: encodeEvent('ndt', 'ClaimRewardsEvent', { staker: ndt, rewards, timestamp: time }),
          },
          ...failure(failAfterEvent),
        ],
      });
      return { payer: key, instructions: [instruction], keys: [platformKey] };
    },
    expect({ user: number, rewards }, { user }) {
      const from = user(number).wallet;
      return [
        {
          kind: 'claim',
          asset: token(NDT),
          from,
          amount: rewards,
          stake: { pool: POOL },
          movements: [move(NDT, from, rewards)],
        },
      ];
    },
  },
};
