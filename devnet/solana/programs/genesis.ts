/**
 * What stands on the devnet before its first block: the programs, an address lookup table, and lamports for
 * the platform and its users.
 */
import { ASSOCIATED_TOKEN_PROGRAM_ID, TOKEN_2022_PROGRAM_ID, TOKEN_PROGRAM_ID } from '@solana/spl-token';
import {
  AddressLookupTableAccount,
  AddressLookupTableProgram,
  type PublicKey,
  SystemProgram,
} from '@solana/web3.js';
import type { Genesis } from '../chain/types.js';
import {
  eventAuthority,
  feeWallet,
  foreignAuthorityKey,
  lookupTable,
  MINTS,
  ndtVault,
  nftAuthorityKey,
  PROGRAMS,
  platformKey,
  stakingRewards,
  stakingVault,
  tokenAccount,
} from './addresses.js';
import { emitterElf } from './emitter.js';

const LAMPORTS_EACH = 10_000_000_000_000n;
const NEVER = 2n ** 64n - 1n;
const TABLE_HEADER = 56;

/** Accounts that version 0 transactions may name by the lookup table. */
const TABLE_ADDRESSES: readonly PublicKey[] = [
  SystemProgram.programId,
  TOKEN_PROGRAM_ID,
  TOKEN_2022_PROGRAM_ID,
  ASSOCIATED_TOKEN_PROGRAM_ID,
  MINTS.ndt,
  MINTS.ndx22,
  ndtVault.address,
  tokenAccount(MINTS.ndt, ndtVault.address),
  stakingVault.address,
  tokenAccount(MINTS.ndt, stakingVault.address),
  stakingRewards.address,
  tokenAccount(MINTS.ndt, stakingRewards.address),
  feeWallet,
  tokenAccount(MINTS.ndt, feeWallet),
  eventAuthority,
];

/** The lookup table as transaction builders need it. */
export const lookupTableAccount = new AddressLookupTableAccount({
  key: lookupTable,
  state: {
    deactivationSlot: NEVER,
    lastExtendedSlot: 0,
    lastExtendedSlotStartIndex: 0,
    addresses: [...TABLE_ADDRESSES],
  },
});

/** @param users wallets that begin with lamports (createUsers of traffic/users.ts) */
export function devnetGenesis(users: readonly PublicKey[]): Genesis {
  const elf = emitterElf();
  const funded = [platformKey.publicKey, nftAuthorityKey.publicKey, foreignAuthorityKey.publicKey, ...users];
  return {
    programs: Object.values(PROGRAMS).map((address) => ({ address: address.toBase58(), elf })),
    accounts: [
      {
        address: lookupTable.toBase58(),
        lamports: LAMPORTS_EACH,
        owner: AddressLookupTableProgram.programId.toBase58(),
        data: lookupTableData(),
      },
    ],
    accountsFunded: funded.map((address) => ({ address: address.toBase58(), lamports: LAMPORTS_EACH })),
  };
}

/** Type, deactivation slot, last extended slot and its start, no authority, padding; then the addresses. */
function lookupTableData(): Uint8Array {
  const head = Buffer.alloc(TABLE_HEADER);
  head.writeUInt32LE(1, 0);
  head.writeBigUInt64LE(NEVER, 4);
  return new Uint8Array(Buffer.concat([head, ...TABLE_ADDRESSES.map((address) => address.toBuffer())]));
}
