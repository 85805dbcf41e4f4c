/**
 * Metaplex Core assets: creation, transfer, burn and change of collection as effects. The asset's account is
 * the NFT; there is no token account. Source: mpl-core's instruction enum; an optional account that is left
 * out is written as the program's own address.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import type { NftDescription } from '../../../events/event.js';
import { createByteReader } from '../bytes.js';
import type { Effect } from '../effect.js';
import { learn, type NftFactsMap } from '../metadata/facts.js';
import { CORE_PROGRAM } from '../programs.js';
import { readRoyalties } from './plugins.js';

const CREATE_V1 = 0;
const BURN_V1 = 12;
const TRANSFER_V1 = 14;
const UPDATE_V1 = 15;
const CREATE_V2 = 20;
const UPDATE_V2 = 30;

/** Instructions on one asset (not on a collection): their first account is the asset. */
const OF_ASSET: ReadonlySet<number> = new Set([
  0, 2, 4, 6, 8, 10, 12, 14, 15, 17, 18, 20, 22, 24, 26, 28, 30, 31,
]);

export const CORE = { name: 'metaplex-core', version: 3 } as const;

/** The asset (base58) that a Core instruction works on; undefined when it works on none. */
export function coreAssetOf(instruction: SolanaInstruction): string | undefined {
  return instruction.programId === CORE_PROGRAM && OF_ASSET.has(instruction.data[0] ?? 255)
    ? instruction.accounts[0]
    : undefined;
}

/** Adds what the instructions say about the assets to `facts`. */
export function readCoreEffects(instructions: readonly SolanaInstruction[], facts: NftFactsMap): Effect[] {
  const effects: Effect[] = [];
  for (const instruction of instructions) {
    if (instruction.programId !== CORE_PROGRAM) continue;
    const { data, ordinal } = instruction;
    const at = (index: number): string | undefined => {
      const account = instruction.accounts[index];
      return account === CORE_PROGRAM ? undefined : account;
    };
    const [asset, collection] = [at(0), at(1)];
    if (asset === undefined) continue;
    const base = {
      ordinal,
      slot: 0,
      asset,
      decimals: 0,
      amount: 1n,
      withheld: 0n,
      cause: 'instruction',
      standard: 'core',
    } as const;
    const member = collection === undefined ? {} : { description: { collection }, vouchedBy: [collection] };
    switch (data[0]) {
      case CREATE_V1:
      case CREATE_V2: {
        const signer = at(2) ?? at(3);
        const owner = at(4) ?? signer;
        if (owner === undefined) break;
        learn(facts, asset, {
          ...member,
          description: { ...member.description, ...describe(data, at(5) ?? signer) },
        });
        effects.push({
          ...base,
          kind: 'mint',
          destination: wallet(owner),
          ...(signer !== undefined && { authority: signer }),
        });
        break;
      }
      case TRANSFER_V1: {
        const owner = at(3) ?? at(2);
        const receiver = at(4);
        if (owner === undefined || receiver === undefined) break;
        learn(facts, asset, member);
        effects.push({
          ...base,
          kind: 'transfer',
          source: wallet(owner),
          destination: wallet(receiver),
          authority: owner,
        });
        break;
      }
      case BURN_V1: {
        const owner = at(3) ?? at(2);
        if (owner === undefined) break;
        learn(facts, asset, member);
        effects.push({ ...base, kind: 'burn', source: wallet(owner), authority: owner });
        break;
      }
      case UPDATE_V1:
      case UPDATE_V2: {
        learn(facts, asset, member);
        const joins = newAuthority(data, data[0] === UPDATE_V2 ? at(4) : undefined);
        if (joins === null || joins === (collection ?? '')) break;
        if (joins !== '') learn(facts, asset, { description: { collection: joins }, vouchedBy: [joins] });
        const change = {
          ...(joins !== '' && { joins }),
          ...(collection !== undefined && { leaves: collection }),
        };
        effects.push({ ...base, kind: 'update', change });
        break;
      }
      default:
        if (OF_ASSET.has(data[0] ?? 255)) learn(facts, asset, member);
    }
  }
  return effects;
}

/**
 * Reads UpdateV1 and UpdateV2: name, uri, and who may update the asset from now on (nobody, an address, or a
 * collection, which V2 names as an account that has to agree). null: unchanged or not readable; '': no
 * collection.
 */
function newAuthority(data: Uint8Array, collection: string | undefined): string | null {
  try {
    const reader = createByteReader(data, 1);
    reader.option(() => reader.string());
    reader.option(() => reader.string());
    return reader.option(() => {
      const kind = reader.u8();
      if (kind === 0) return '';
      const address = reader.key();
      return kind === 2 && address === collection ? address : '';
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null;
  }
}

function wallet(address: string) {
  return { account: address, owner: address };
}

function describe(data: Uint8Array, creator: string | undefined): NftDescription {
  const base = { contract: CORE_PROGRAM, ...(creator !== undefined && { creator }) };
  try {
    const reader = createByteReader(data, 2);
    const name = reader.string();
    const uri = reader.string();
    const royalties = readRoyalties(reader);
    return { ...base, name, uri, ...(royalties !== null && { royaltyBasisPoints: royalties }) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return base;
  }
}
