/**
 * Steps that make the stage: the mints, the platform's token accounts, and a user's accounts when he joins.
 */
import {
  createAssociatedTokenAccountIdempotentInstruction,
  createInitializeMint2Instruction,
  createInitializeMintInstruction,
  createInitializeTransferFeeConfigInstruction,
  createMintToInstruction,
  ExtensionType,
  getMintLen,
  MINT_SIZE,
  TOKEN_2022_PROGRAM_ID,
  TOKEN_PROGRAM_ID,
} from '@solana/spl-token';
import { type PublicKey, SystemProgram, type TransactionInstruction } from '@solana/web3.js';
import {
  devnetKey,
  feeWallet,
  MINTS,
  NDT_DECIMALS,
  NDX22_DECIMALS,
  NDX22_FEE_BASIS_POINTS,
  NDX22_MAXIMUM_FEE,
  ndtPosition,
  ndtVault,
  PROGRAMS,
  platformKey,
  type SeedAddress,
  staker,
  stakingRewards,
  stakingVault,
  tokenAccount,
  tokenProgram,
} from '../../programs/addresses.js';
import { encodeAccount, platformInstruction } from '../../programs/anchor.js';
import type { Operation } from '../../programs/script.js';
import type { StepRules, User } from '../model.js';
import { move, signAs, token } from './common.js';

const NDT = MINTS.ndt.toBase58();
/** Above the rent-exempt minimum of a mint with a transfer fee (278 bytes) and of every state account. */
const ENOUGH_LAMPORTS = 5_000_000;
const FOREIGN_DECIMALS = 6;

/** The account is created when it does not exist yet. */
export function openAccount(payer: PublicKey, mint: PublicKey, owner: PublicKey): TransactionInstruction {
  return createAssociatedTokenAccountIdempotentInstruction(
    payer,
    tokenAccount(mint, owner),
    owner,
    mint,
    tokenProgram(mint),
  );
}

export function createMintAccount(
  payer: PublicKey,
  mint: PublicKey,
  space: number,
  program: PublicKey,
): TransactionInstruction {
  return SystemProgram.createAccount({
    fromPubkey: payer,
    newAccountPubkey: mint,
    lamports: ENOUGH_LAMPORTS,
    space,
    programId: program,
  });
}

const createState = (
  position: SeedAddress,
  payer: PublicKey,
  data: Uint8Array,
  programId: PublicKey,
): readonly Operation[] => [
  signAs(position),
  {
    do: 'call',
    instruction: SystemProgram.createAccount({
      fromPubkey: payer,
      newAccountPubkey: position.address,
      lamports: ENOUGH_LAMPORTS,
      space: data.length,
      programId,
    }),
  },
  { do: 'write', account: position.address.toBase58(), offset: 0, bytes: data },
];

function openPosition({ key, ndt }: User): TransactionInstruction {
  const position = ndtPosition(ndt);
  const data = encodeAccount('ndt', 'StakingAccount', { staker: ndt, amount: 0n, lock_period: 0n, apr: 0n });
  return platformInstruction({
    program: 'ndt',
    name: 'open_position',
    accounts: {
      authority: key.publicKey,
      staker: ndt,
      staking_account: position.address,
      system_program: SystemProgram.programId,
    },
    script: createState(position, key.publicKey, data, PROGRAMS.ndt),
  });
}

function openStaker({ key }: User): TransactionInstruction {
  const state = staker(key.publicKey);
  const fields = { authority: key.publicKey, amount: 0n, apy: 0n, lock_period_months: 0, level: 0 };
  return platformInstruction({
    program: 'staking',
    name: 'open_staker',
    accounts: { authority: key.publicKey, staker: state.address, system_program: SystemProgram.programId },
    script: createState(state, key.publicKey, encodeAccount('staking', 'Staker', fields), PROGRAMS.staking),
  });
}

export const setupSteps: StepRules<'createMints' | 'createVaults' | 'fundRewards' | 'join'> = {
  createMints: {
    build() {
      const authority = platformKey.publicKey;
      const feeMintSize = getMintLen([ExtensionType.TransferFeeConfig]);
      return {
        payer: platformKey,
        keys: [devnetKey('mint/ndt'), devnetKey('mint/ndx22'), devnetKey('mint/foreign')],
        instructions: [
          createMintAccount(authority, MINTS.ndt, MINT_SIZE, TOKEN_PROGRAM_ID),
          createInitializeMint2Instruction(MINTS.ndt, NDT_DECIMALS, authority, null),
          createMintAccount(authority, MINTS.ndx22, feeMintSize, TOKEN_2022_PROGRAM_ID),
          createInitializeTransferFeeConfigInstruction(
            MINTS.ndx22,
            authority,
            authority,
            NDX22_FEE_BASIS_POINTS,
            NDX22_MAXIMUM_FEE,
            TOKEN_2022_PROGRAM_ID,
          ),
          createInitializeMintInstruction(
            MINTS.ndx22,
            NDX22_DECIMALS,
            authority,
            null,
            TOKEN_2022_PROGRAM_ID,
          ),
          createMintAccount(authority, MINTS.foreign, MINT_SIZE, TOKEN_PROGRAM_ID),
          createInitializeMint2Instruction(MINTS.foreign, FOREIGN_DECIMALS, authority, null),
        ],
      };
    },
    expect: () => [],
  },
  createVaults: {
    build() {
      const owners = [ndtVault.address, stakingVault.address, stakingRewards.address, feeWallet];
      return {
        payer: platformKey,
        instructions: owners.map((owner) => openAccount(platformKey.publicKey, MINTS.ndt, owner)),
      };
    },
    expect: () => [],
  },
  fundRewards: {
    build({ amount }) {
      const to = tokenAccount(MINTS.ndt, stakingRewards.address);
      return {
        payer: platformKey,
        instructions: [createMintToInstruction(MINTS.ndt, to, platformKey.publicKey, amount)],
      };
    },
    expect({ amount }) {
      const to = stakingRewards.address.toBase58();
      return [{ kind: 'mint', asset: token(NDT), to, amount, movements: [move(NDT, to, amount)] }];
    },
  },
  join: {
    build({ user: number }, { user }) {
      const joining = user(number);
      const { publicKey } = joining.key;
      return {
        payer: joining.key,
        instructions: [
          openAccount(publicKey, MINTS.ndt, publicKey),
          openPosition(joining),
          openStaker(joining),
        ],
      };
    },
    expect: () => [],
  },
};
