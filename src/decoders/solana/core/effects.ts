/**
 * Metaplex Core assets: creation, transfer, burn and updates as effects. The asset's account is
 * the NFT; there is no token account. Source: mpl-core's instruction enum; an optional account that is left
 * out is written as the program's own address.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import type { NftDescription } from '../../../events/event.js';
import { createByteReader } from '../bytes.js';
import type { Effect, Membership } from '../effect.js';
import { learn, type NftFactsMap } from '../metadata/facts.js';
import { CORE_PROGRAM } from '../programs.js';
import { readPlugin, readPlugins, withoutPlugin } from './plugins.js';

const CREATE_V1 = 0;
const ADD_PLUGIN_V1 = 2;
const REMOVE_PLUGIN_V1 = 4;
const UPDATE_PLUGIN_V1 = 6;
const BURN_V1 = 12;
const TRANSFER_V1 = 14;
const UPDATE_V1 = 15;
const CREATE_V2 = 20;
const UPDATE_V2 = 30;

/** Instructions on one asset (not on a collection): their first account is the asset. */
const OF_ASSET: ReadonlySet<number> = new Set([
  0, 2, 4, 6, 8, 10, 12, 14, 15, 17, 18, 20, 22, 24, 26, 28, 30, 31,
]);

export const CORE = { name: 'metaplex-core', version: 4 } as const;

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
        const { joins, says } = readUpdate(data, data[0] === UPDATE_V2 ? at(4) : undefined);
        const change: Membership =
          joins === null || joins === (collection ?? '')
            ? {}
            : { ...(joins !== '' && { joins }), ...(collection !== undefined && { leaves: collection }) };
        if (Object.keys({ ...change, ...says }).length === 0) break;
        if (change.joins !== undefined)
          learn(facts, asset, { description: { collection: change.joins }, vouchedBy: [change.joins] });
        effects.push({ ...base, kind: 'update', change, says });
        break;
      }
      case ADD_PLUGIN_V1:
      case UPDATE_PLUGIN_V1:
      case REMOVE_PLUGIN_V1: {
        learn(facts, asset, member);
        const says = pluginChange(data, collection === undefined);
        if (Object.keys(says).length > 0) effects.push({ ...base, kind: 'update', says });
        break;
      }
      default:
        if (OF_ASSET.has(data[0] ?? 255)) learn(facts, asset, member);
    }
  }
  return effects;
}

interface ReadUpdate {
  /** null: as before; '': no collection. */
  readonly joins: string | null;
  readonly says: NftDescription;
}

/**
 * Reads UpdateV1 and UpdateV2: name, uri, and who may update the asset from now on (nobody, an address, or a
 * collection, which V2 names as an account that has to agree).
 */
function readUpdate(data: Uint8Array, collection: string | undefined): ReadUpdate {
  try {
    const reader = createByteReader(data, 1);
    const name = reader.option(() => reader.string());
    const uri = reader.option(() => reader.string());
    const says = { ...(name !== null && { name }), ...(uri !== null && { uri }) };
    const authority = reader.option(() => {
      const kind = reader.u8();
      return { kind, address: kind === 0 ? '' : reader.key() };
    });
    if (authority === null) return { joins: null, says };
    const { kind, address } = authority;
    if (kind === 2) return { joins: address === collection ? address : '', says };
    return { joins: '', says: { ...says, updateAuthority: address } };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { joins: null, says: {} };
  }
}

/** What adding, updating or removing a plugin changes. @param alone the asset belongs to no collection */
function pluginChange(data: Uint8Array, alone: boolean): NftDescription {
  try {
    const reader = createByteReader(data, 1);
    if (data[0] === REMOVE_PLUGIN_V1) return withoutPlugin(reader.u8(), alone);
    return readPlugin(reader) ?? {};
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return {};
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
    return { ...base, name, uri, ...readPlugins(reader) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return base;
  }
}
