/**
 * Updates of what a Token Metadata account says, and of the NFT's lock: UpdateMetadataAccount (v1, v2),
 * Update by an update authority or a data delegate, FreezeDelegatedAccount, Lock and their ends. None of
 * them changes a verified membership. Source: mpl-token-metadata's instruction enum, `UpdateArgs`, `DataV2`.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import type { NftDescription, NftLock } from '../../../events/event.js';
import { type ByteReader, createByteReader } from '../bytes.js';
import type { Membership } from '../effect.js';
import { TOKEN_METADATA_PROGRAM } from '../programs.js';
import { type Creator, readCreators, termsOf } from './creators.js';
import { metadataOf } from './metadata-account.js';

export interface MetadataUpdate {
  readonly metadata: string;
  /** Where the instruction names it. */
  readonly mint?: string;
  readonly change?: Membership;
  readonly says?: NftDescription;
  /** As the update leaves them. */
  readonly creators?: readonly Creator[];
  /** Who signed as the update authority. */
  readonly authority?: readonly string[];
}

const UPDATE_ACCOUNT_V1 = 1;
const UPDATE_ACCOUNT_V2 = 15;
const UPDATE = 50;
/** Variants of `UpdateArgs`, by what they begin with: a new authority and data, or data alone. */
const WITH_AUTHORITY: ReadonlySet<number> = new Set([0, 1]);
const WITH_DATA: ReadonlySet<number> = new Set([4, 6]);

/** Instructions after which the NFT may move or not; the index of the mint. */
const LOCKS: ReadonlyMap<number, readonly [state: NftLock, mint: number]> = new Map([
  [26, ['frozen', 3]],
  [27, ['free', 3]],
  [46, ['locked', 3]],
  [47, ['free', 3]],
]);

/** @returns null for other instructions. @throws RangeError when the data is too short */
export function readDataUpdate({ data, accounts }: SolanaInstruction): MetadataUpdate | null {
  const tag = data[0] ?? 255;
  const lock = LOCKS.get(tag);
  if (lock !== undefined) {
    const mint = accounts[lock[1]];
    const metadata = mint === undefined ? null : metadataOf(mint);
    return mint === undefined || metadata === null ? null : { metadata, mint, says: { state: lock[0] } };
  }
  const [metadata, authority, mint] = accountsOf(tag, accounts);
  if (metadata === undefined) return null;
  const reader = createByteReader(data, 1);
  const told =
    tag === UPDATE
      ? readUpdateArgs(reader)
      : readAccountUpdate(reader, tag === UPDATE_ACCOUNT_V1 ? 'v1' : 'v2');
  if (Object.keys(told.says).length === 0) return null;
  return {
    metadata,
    ...told,
    ...(authority !== undefined && { authority: [authority] }),
    ...(mint !== undefined && { mint }),
  };
}

function accountsOf(tag: number, accounts: readonly string[]): readonly (string | undefined)[] {
  if (tag === UPDATE_ACCOUNT_V1 || tag === UPDATE_ACCOUNT_V2) return [accounts[0], accounts[1]];
  if (tag !== UPDATE || accounts[3] === TOKEN_METADATA_PROGRAM) return [];
  return [accounts[4], accounts[0], accounts[3]];
}

interface Told {
  readonly says: NftDescription;
  readonly creators?: readonly Creator[];
}

function readAccountUpdate(reader: ByteReader, version: 'v1' | 'v2'): Told {
  const told = reader.option(() => {
    const data = readData(reader);
    if (version === 'v2') {
      reader.option(() => reader.bytes(1 + 32));
      reader.option(() => reader.bytes(1 + 8 + 8));
    }
    return data;
  });
  return withAuthority(
    told,
    reader.option(() => reader.key()),
  );
}

function readUpdateArgs(reader: ByteReader): Told {
  const variant = reader.u8();
  if (WITH_DATA.has(variant))
    return withAuthority(
      reader.option(() => readData(reader)),
      null,
    );
  if (!WITH_AUTHORITY.has(variant)) return { says: {} };
  const authority = reader.option(() => reader.key());
  return withAuthority(
    reader.option(() => readData(reader)),
    authority,
  );
}

/** Name, symbol, uri, royalty, creators. */
function readData(reader: ByteReader): Told {
  const name = reader.string();
  reader.string();
  const uri = reader.string();
  const royalty = reader.u16();
  const creators = reader.option(() => readCreators(reader)) ?? [];
  return { says: { name, uri, ...termsOf(creators, royalty) }, creators };
}

function withAuthority(told: Told | null, updateAuthority: string | null): Told {
  return { ...told, says: { ...told?.says, ...(updateAuthority !== null && { updateAuthority }) } };
}
