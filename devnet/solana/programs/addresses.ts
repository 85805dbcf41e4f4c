/**
 * Fixed addresses of the devnet, derived from their names, so that config/networks/devnet.json can be a
 * static file.
 */
import { createHash } from 'node:crypto';
import {
  ASSOCIATED_TOKEN_PROGRAM_ID,
  getAssociatedTokenAddressSync,
  TOKEN_2022_PROGRAM_ID,
  TOKEN_PROGRAM_ID,
} from '@solana/spl-token';
import { Keypair, PublicKey } from '@solana/web3.js';

/** @returns the devnet's key of that name: the same on every machine, so never worth anything. */
export function devnetKey(name: string): Keypair {
  return Keypair.fromSeed(createHash('sha256').update(`ndx-devnet/${name}`).digest());
}

const address = (name: string): PublicKey => devnetKey(name).publicKey;

export const PROGRAMS = {
  ndt: address('program/ndt'),
  staking: address('program/staking'),
  tracknft: address('program/tracknft'),
  /** Emits the same events under an id that nobody follows. */
  hostile: address('program/hostile'),
} as const;

export const MINTS = {
  ndt: address('mint/ndt'),
  /** Token-2022 with a transfer fee. */
  ndx22: address('mint/ndx22'),
  /** An SPL token that nobody follows. */
  foreign: address('mint/foreign'),
} as const;
export const NDT_DECIMALS = 9;
export const NDX22_DECIMALS = 6;
/** Of each Token-2022 transfer, in hundredths of a percent, withheld in the receiving account. */
export const NDX22_FEE_BASIS_POINTS = 100;
export const NDX22_MAXIMUM_FEE = 5_000_000n;

/** Mints NDT, NDX22 and pays the platform's set-up. */
export const platformKey = devnetKey('platform');
/** Mints the platform's SPL NFTs: config follows them by it. */
export const nftAuthorityKey = devnetKey('nft-authority');
/** Mints NFTs that nobody follows. */
export const foreignAuthorityKey = devnetKey('foreign-authority');
export const feeWallet = address('fee-wallet');
export const lookupTable = address('lookup-table');

/** A program address of seeds [prefix, key, tail with bump], with the tail a script signs with. */
export interface SeedAddress {
  readonly address: PublicKey;
  readonly prefix: Uint8Array;
  readonly key: PublicKey;
  readonly tail: Uint8Array;
}

export function seedAddress(
  program: PublicKey,
  prefix: string,
  key: PublicKey,
  extra: Uint8Array = new Uint8Array(),
): SeedAddress {
  const [found, bump] = PublicKey.findProgramAddressSync(
    [Buffer.from(prefix), key.toBytes(), extra],
    program,
  );
  return { address: found, prefix: Buffer.from(prefix), key, tail: Uint8Array.from([...extra, bump]) };
}

/** Owns the tokens staked with ndt. */
export const ndtVault = seedAddress(PROGRAMS.ndt, 'vault', MINTS.ndt);
/** Owns the tokens staked with staking. */
export const stakingVault = seedAddress(PROGRAMS.staking, 'vault', MINTS.ndt);
/** Pays the rewards of staking. */
export const stakingRewards = seedAddress(PROGRAMS.staking, 'rewards', MINTS.ndt);
export const eventAuthority = PublicKey.findProgramAddressSync(
  [Buffer.from('__event_authority')],
  PROGRAMS.staking,
)[0];

/** State of a staker with ndt, by his token account. */
export const ndtPosition = (tokenAccount: PublicKey): SeedAddress =>
  seedAddress(PROGRAMS.ndt, 'staking', tokenAccount);
/** State of a staker with staking, by his wallet. */
export const staker = (wallet: PublicKey): SeedAddress => seedAddress(PROGRAMS.staking, 'staker', wallet);

export function tokenAccount(mint: PublicKey, owner: PublicKey): PublicKey {
  return getAssociatedTokenAddressSync(mint, owner, true, tokenProgram(mint), ASSOCIATED_TOKEN_PROGRAM_ID);
}

export function tokenProgram(mint: PublicKey): PublicKey {
  return mint.equals(MINTS.ndx22) ? TOKEN_2022_PROGRAM_ID : TOKEN_PROGRAM_ID;
}
