/**
 * Bubblegum instructions that mint, move or burn a compressed NFT, or change what it is or belongs to: the
 * places of their accounts and nonce. Source: mpl-bubblegum's program (v1 and v2); discriminators are
 * sha256("global:" + name)[0..8].
 */
import type { NftLock } from '../../../events/event.js';
import { instructionDiscriminator } from '../discriminator.js';
import type { MetadataPlace } from './metadata-args.js';

export interface BubblegumInstruction {
  readonly name: string;
  readonly kind: 'mint' | 'transfer' | 'burn' | 'update';
  /** Indices into the instruction's accounts, as all numbers here. */
  readonly tree: number;
  readonly owner: number;
  readonly newOwner?: number;
  readonly collection?: number;
  readonly payer?: number;
  /**
   * `update`: the collection that the NFT joins, the one that it leaves, the creator who signs for it or
   * takes his signature back.
   */
  readonly joins?: number;
  readonly leaves?: number;
  readonly signs?: number;
  readonly unsigns?: number;
  /** Layout in which the nonce stands; absent: only the leaf tells it. `v2`: after two optional fields. */
  readonly nonce?: 'v1' | 'v2';
  readonly metadata?: MetadataPlace;
  /** What becomes of its lock. */
  readonly state?: NftLock;
}

const V1 = { version: 'v1' } as const;
const V2 = { version: 'v2' } as const;
const V1_METADATA = { kind: 'mint', owner: 1, tree: 3, payer: 4, metadata: V1 } as const;
const V1_CHANGE = { kind: 'update', owner: 1, tree: 3, metadata: { ...V1, after: 'leaf' } } as const;
const V2_CHANGE = { kind: 'update', metadata: { ...V2, after: 'leaf' } } as const;
const V2_LOCK = { kind: 'update', owner: 3, tree: 5, collection: 6 } as const;
const TABLE: readonly BubblegumInstruction[] = [
  { name: 'mint_v1', ...V1_METADATA },
  { name: 'mint_to_collection_v1', ...V1_METADATA, collection: 8 },
  { name: 'mint_v2', kind: 'mint', payer: 1, owner: 4, tree: 6, collection: 7, metadata: V2 },
  { name: 'transfer', kind: 'transfer', owner: 1, newOwner: 3, tree: 4, nonce: 'v1' },
  { name: 'transfer_v2', kind: 'transfer', owner: 3, newOwner: 5, tree: 6, collection: 7, nonce: 'v2' },
  { name: 'burn', kind: 'burn', owner: 1, tree: 3, nonce: 'v1' },
  { name: 'verify_collection', ...V1_CHANGE, joins: 8 },
  { name: 'set_and_verify_collection', ...V1_CHANGE, joins: 8 },
  { name: 'unverify_collection', ...V1_CHANGE, leaves: 8 },
  { name: 'verify_creator', ...V1_CHANGE, signs: 5 },
  { name: 'unverify_creator', ...V1_CHANGE, unsigns: 5 },
  { name: 'set_collection_v2', ...V2_CHANGE, owner: 4, tree: 6, leaves: 7, joins: 8 },
  { name: 'verify_creator_v2', ...V2_CHANGE, owner: 3, tree: 5, signs: 2 },
  { name: 'unverify_creator_v2', ...V2_CHANGE, owner: 3, tree: 5, unsigns: 2 },
  {
    name: 'update_metadata',
    ...{ kind: 'update', owner: 5, tree: 8, metadata: { ...V1, after: 'nonce', updated: true } },
  },
  {
    name: 'update_metadata_v2',
    ...{ kind: 'update', owner: 3, tree: 5, metadata: { ...V2, after: 'leaf', updated: true } },
  },
  { name: 'freeze_v2', ...V2_LOCK, state: 'frozen' },
  { name: 'thaw_v2', ...V2_LOCK, state: 'free' },
  { name: 'set_non_transferable_v2', ...V2_LOCK, state: 'soulbound' },
  { name: 'delegate_and_freeze_v2', kind: 'update', owner: 2, tree: 5, state: 'frozen' },
  { name: 'thaw_and_revoke_v2', kind: 'update', owner: 3, tree: 4, state: 'free' },
  { name: 'burn_v2', kind: 'burn', owner: 3, tree: 5, collection: 6, nonce: 'v2' },
];

export const BUBBLEGUM_INSTRUCTIONS: ReadonlyMap<string, BubblegumInstruction> = new Map(
  TABLE.map((instruction) => [instructionDiscriminator(instruction.name), instruction]),
);

/**
 * decompress_v1, and the index of the mint that the compressed NFT becomes: the same asset in another form.
 */
export const DECOMPRESS = { tag: instructionDiscriminator('decompress_v1'), mint: 3 } as const;
