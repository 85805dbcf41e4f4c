/**
 * Steps of the staking program. As in the platform's source it only keeps books for some stakers: those with
 * an odd number stake without that a token moves; for the others the tokens go to a vault and back. Rewards
 * come out of a rewards account.
 */
import { createTransferInstruction, TOKEN_PROGRAM_ID } from '@solana/spl-token';
import type { PublicKey } from '@solana/web3.js';
import {
  eventAuthority,
  MINTS,
  PROGRAMS,
  staker,
  stakingRewards,
  stakingVault,
  tokenAccount,
} from '../../programs/addresses.js';
import { encodeEvent, eventCall, fieldOffset, platformInstruction } from '../../programs/anchor.js';
import type { Operation } from '../../programs/script.js';
import type { Emit, StepRules } from '../model.js';
import { failure, move, signAs, token } from './common.js';

const NDT = MINTS.ndt.toBase58();
const POOL = PROGRAMS.staking.toBase58();
const DAYS_OF_A_MONTH = 30;
const vault = tokenAccount(MINTS.ndt, stakingVault.address);
const rewardsAccount = tokenAccount(MINTS.ndt, stakingRewards.address);
const amountOffset = fieldOffset('staking', 'Staker', 'amount');
const shared = {
  token_program: TOKEN_PROGRAM_ID,
  event_authority: eventAuthority,
  program: PROGRAMS.staking,
};

/** @returns whether this staker's tokens go to the vault */
const movesTokens = (user: number): boolean => user % 2 === 0;

const event = (emit: Emit, bytes: Uint8Array): Operation =>
  emit === 'log' ? { do: 'log', bytes } : eventCall(PROGRAMS.staking, eventAuthority, bytes);

const stakeMovements = (wallet: string, amount: bigint) => [
  move(NDT, wallet, -amount),
  move(NDT, stakingVault.address.toBase58(), amount),
];

export const stakingSteps: StepRules<'stakingStake' | 'stakingUnstake' | 'stakingClaim'> = {
  stakingStake: {
    build({ user: number, amount, months, apy, emit, level }, { user, time, failAfterEvent }) {
      const { key, ndt } = user(number);
      const state: PublicKey = staker(key.publicKey).address;
      const fields = { staker: state, amount, lock_period_months: months, apy: BigInt(apy), timestamp: time };
      const levelOffset = fieldOffset('staking', 'Staker', 'level');
      const script: Operation[] = [
        ...(movesTokens(number)
          ? [
              {
                do: 'call',
                instruction: createTransferInstruction(ndt, vault, key.publicKey, amount),
              } as const,
            ]
          : []),
        { do: 'add', account: state.toBase58(), offset: amountOffset, value: amount },
        event(emit, encodeEvent('staking', 'StakeEvent', fields)),
      ];
      if (level) {
        const [old_level, new_level] = level;
        const changed = encodeEvent('staking', 'StakingLevelUpdatedEvent', {
          staker: state,
          old_level,
          new_level,
          timestamp: time,
        });
        script.push(
          { do: 'write', account: state.toBase58(), offset: levelOffset, bytes: Uint8Array.of(new_level) },
          event(emit, changed),
        );
      }
      const instruction = platformInstruction({
        program: 'staking',
        name: 'stake',
        accounts: { authority: key.publicKey, staker: state, authority_token: ndt, vault, ...shared },
        args: { amount, lock_period_months: months },
        script: [...script, ...failure(failAfterEvent)],
      });
      return { payer: key, instructions: [instruction] };
    },
    expect({ user: number, amount, months, apy }, { user }) {
      const from = user(number).wallet;
      const stake = { pool: POOL, lockSeconds: months * DAYS_OF_A_MONTH * 86_400, apy };
      return [
        {
          kind: 'stake',
          asset: token(NDT),
          from,
          amount,
          stake,
          movements: movesTokens(number) ? stakeMovements(from, amount) : [],
        },
      ];
    },
  },
  stakingUnstake: {
    build({ user: number, amount, emit }, { user, time, failAfterEvent }) {
      const { key, ndt } = user(number);
      const state = staker(key.publicKey).address;
      const payOut: Operation[] = [
        signAs(stakingVault),
        { do: 'call', instruction: createTransferInstruction(vault, ndt, stakingVault.address, amount) },
      ];
      const instruction = platformInstruction({
        program: 'staking',
        name: 'unstake',
        accounts: {
          authority: key.publicKey,
          staker: state,
          mint: MINTS.ndt,
          vault_authority: stakingVault.address,
          vault,
          authority_token: ndt,
          ...shared,
        },
        args: { amount },
        script: [
          {
            do: 'subtract',
            account: state.toBase58(),
            offset: amountOffset,
            value: amount,
            error: 'insufficientStake',
          },
          ...(movesTokens(number) ? payOut : []),
          event(emit, encodeEvent('staking', 'UnstakeEvent', { staker: state, amount, timestamp: time })),
          ...failure(failAfterEvent),
        ],
      });
      return { payer: key, instructions: [instruction] };
    },
    expect({ user: number, amount }, { user }) {
      const from = user(number).wallet;
      const movements = movesTokens(number) ? stakeMovements(from, -amount) : [];
      return [{ kind: 'unstake', asset: token(NDT), from, amount, stake: { pool: POOL }, movements }];
    },
  },
  stakingClaim: {
    build({ user: number, rewards, emit }, { user, time, failAfterEvent }) {
      const { key, ndt } = user(number);
      const state = staker(key.publicKey).address;
      const instruction = platformInstruction({
        program: 'staking',
        name: 'claim_rewards',
        accounts: {
          authority: key.publicKey,
          staker: state,
          mint: MINTS.ndt,
          rewards_authority: stakingRewards.address,
          rewards: rewardsAccount,
          authority_token: ndt,
          ...shared,
        },
        script: [
          signAs(stakingRewards),
          {
            do: 'call',
            instruction: createTransferInstruction(rewardsAccount, ndt, stakingRewards.address, rewards),
          },
          event(
            emit,
            encodeEvent('staking', 'ClaimRewardsEvent', { staker: state, rewards, timestamp: time }),
          ),
          ...failure(failAfterEvent),
        ],
      });
      return { payer: key, instructions: [instruction] };
    },
    expect({ user: number, rewards }, { user }) {
      const from = user(number).wallet;
      const movements = [move(NDT, stakingRewards.address.toBase58(), -rewards), move(NDT, from, rewards)];
      return [{ kind: 'claim', asset: token(NDT), from, amount: rewards, stake: { pool: POOL }, movements }];
    },
  },
};
