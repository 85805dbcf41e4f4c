/**
 * Bubblegum instructions that mint, move or end a compressed NFT: where their accounts and nonce stand.
 * Source: mpl-bubblegum's program (v1 and v2); discriminators are sha256("global:" + name)[0..8].
 */
import { createHash } from 'node:crypto';

export interface BubblegumInstruction {
  readonly name: string;
  readonly kind: 'mint' | 'transfer' | 'burn';
  readonly tree: number;
  readonly owner: number;
  readonly newOwner?: number;
  readonly collection?: number;
  readonly payer?: number;
  /** Byte at which the nonce stands; absent: only the leaf tells it. `v2`: after two optional fields. */
  readonly nonce?: 'v1' | 'v2';
  readonly metadata?: 'v1' | 'v2';
}

const V1_METADATA = { kind: 'mint', owner: 1, tree: 3, payer: 4, metadata: 'v1' } as const;
const TABLE: readonly BubblegumInstruction[] = [
  { name: 'mint_v1', ...V1_METADATA },
  { name: 'mint_to_collection_v1', ...V1_METADATA, collection: 8 },
  { name: 'mint_v2', kind: 'mint', payer: 1, owner: 4, tree: 6, collection: 7, metadata: 'v2' },
  { name: 'transfer', kind: 'transfer', owner: 1, newOwner: 3, tree: 4, nonce: 'v1' },
  { name: 'transfer_v2', kind: 'transfer', owner: 3, newOwner: 5, tree: 6, collection: 7, nonce: 'v2' },
  { name: 'burn', kind: 'burn', owner: 1, tree: 3, nonce: 'v1' },
  { name: 'burn_v2', kind: 'burn', owner: 3, tree: 5, collection: 6, nonce: 'v2' },
];

export const BUBBLEGUM_INSTRUCTIONS: ReadonlyMap<string, BubblegumInstruction> = new Map(
  TABLE.map((instruction) => [
    createHash('sha256').update(`global:${instruction.name}`).digest('hex').slice(0, 16),
    instruction,
  ]),
);
