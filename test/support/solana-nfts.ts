/**
 * Calls of NFT programs and marketplaces for hand-built transactions: what each program would get and write.
 */
import { createHash } from 'node:crypto';
import bs58 from 'bs58';
import type { TokenBalance } from '../../src/chains/solana/transaction.js';
import { findDerived } from '../../src/decoders/solana/address/derive.js';
import {
  BUBBLEGUM_PROGRAM,
  CORE_PROGRAM,
  SYSTEM_PROGRAM,
  TOKEN_METADATA_PROGRAM,
  TOKEN_PROGRAM,
} from '../../src/decoders/solana/programs.js';
import { type Call, u64 } from './solana-transaction.js';

const NOOP = 'noopb9bkMVfRPU8AsbpTUg8AQkHtKwMYZiFUjNRtMmV';

/** A wallet: found by counting up to a point of the curve. */
export function wallet(name: string): string {
  for (let i = 0; ; i++) {
    const bytes = createHash('sha256').update(`${name} ${i}`).digest();
    if (isPoint(bytes)) return bs58.encode(bytes);
  }
}

/** Something that a program holds: off the curve. */
export function vault(name: string): string {
  return findDerived([Buffer.from(name)], TOKEN_METADATA_PROGRAM);
}

/** Independent of the decoders' own test: Node refuses to import a key that is no point. */
function isPoint(bytes: Buffer): boolean {
  const P = 2n ** 255n - 19n;
  const power = (base: bigint, exponent: bigint): bigint =>
    exponent === 0n ? 1n : (power((base * base) % P, exponent / 2n) * (exponent % 2n === 1n ? base : 1n)) % P;
  const y = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`) % 2n ** 255n;
  const d = (P - ((121665n * power(121666n, P - 2n)) % P)) % P;
  const x2 = (((y * y - 1n + P) % P) * power((d * y * y + 1n) % P, P - 2n)) % P;
  return power(x2, (P - 1n) / 2n) === 1n;
}

export const global = (name: string) => [
  ...createHash('sha256').update(`global:${name}`).digest().subarray(0, 8),
];
export const key = (address: string) => [...bs58.decode(address)];
export const text = (value: string) => [...u32(Buffer.byteLength(value)), ...Buffer.from(value)];
export const u32 = (value: number) => [
  value & 255,
  (value >> 8) & 255,
  (value >> 16) & 255,
  (value >> 24) & 255,
];

export function pay(from: string, to: string, lamports: bigint): Call {
  return {
    program: SYSTEM_PROGRAM,
    accounts: [from, to],
    data: Uint8Array.from([2, 0, 0, 0, ...u64(lamports)]),
  };
}

/** Moves one unit between token accounts. */
export function move(source: string, destination: string, authority: string): Call {
  return {
    program: TOKEN_PROGRAM,
    accounts: [source, destination, authority],
    data: Uint8Array.from([3, ...u64(1n)]),
  };
}

export function nftBalance(account: string, mint: string, owner: string, amount = 1n): TokenBalance {
  return { account, mint, owner, amount, decimals: 0 };
}

export function coreCreate(asset: string, payer: string, owner: string, collection?: string): Call {
  const absent = CORE_PROGRAM;
  return {
    program: CORE_PROGRAM,
    accounts: [asset, collection ?? absent, absent, payer, owner, absent, SYSTEM_PROGRAM, absent],
    // CreateV1 with the plugins FreezeDelegate { frozen: false } and Royalties { 500 basis points }.
    data: Uint8Array.from([
      0,
      0,
      ...text('Song'),
      ...text('https://song'),
      1,
      ...u32(2),
      1,
      0,
      0,
      0,
      0xf4,
      1,
      ...u32(0),
      0,
      0,
    ]),
  };
}

export function coreTransfer(asset: string, owner: string, receiver: string, collection?: string): Call {
  const accounts = [asset, collection ?? CORE_PROGRAM, owner, owner, receiver, SYSTEM_PROGRAM, CORE_PROGRAM];
  return { program: CORE_PROGRAM, accounts, data: Uint8Array.from([14, 0]) };
}

export function coreBurn(asset: string, owner: string): Call {
  return {
    program: CORE_PROGRAM,
    accounts: [asset, CORE_PROGRAM, owner, owner],
    data: Uint8Array.from([12, 0]),
  };
}

export function leafId(tree: string, nonce: bigint): string {
  return findDerived(
    [Buffer.from('asset'), bs58.decode(tree), Uint8Array.from(u64(nonce))],
    BUBBLEGUM_PROGRAM,
  );
}

/** The noop call by which Bubblegum tells a leaf. */
export function leaf(id: string, owner: string, nonce: bigint, version: 0 | 1 = 0): Call {
  const schema = [
    ...key(id),
    ...key(owner),
    ...key(owner),
    ...u64(nonce),
    ...new Array(64).fill(7),
    ...new Array(version === 0 ? 0 : 65).fill(7),
  ];
  const event = [1, version, version, ...schema, ...new Array(32).fill(9)];
  return { program: NOOP, data: Uint8Array.from([1, 0, ...u32(event.length), ...event]) };
}

export function compressedMint(
  tree: string,
  owner: string,
  nonce: bigint,
  collection: string,
  told: Call = leaf(leafId(tree, nonce), owner, nonce),
): Call {
  const filler = vault('filler');
  const metadata = [
    ...text('Drop'),
    ...text('D'),
    ...text('https://drop'),
    0x2c,
    1,
    0,
    1,
    0,
    1,
    0,
    0,
    0,
    0,
    ...u32(1),
    ...key(owner),
    1,
    100,
  ];
  return {
    program: BUBBLEGUM_PROGRAM,
    accounts: [filler, owner, owner, tree, owner, owner, owner, BUBBLEGUM_PROGRAM, collection],
    data: Uint8Array.from([...global('mint_to_collection_v1'), ...metadata]),
    calls: [told],
  };
}

const hashes = new Array(96).fill(3);

export function compressedTransfer(tree: string, owner: string, receiver: string, nonce: bigint): Call {
  return {
    program: BUBBLEGUM_PROGRAM,
    accounts: [vault('filler'), owner, owner, receiver, tree, NOOP],
    data: Uint8Array.from([...global('transfer'), ...hashes, ...u64(nonce), ...u32(0)]),
    calls: [leaf(leafId(tree, nonce), receiver, nonce)],
  };
}

export function compressedTransferV2(
  tree: string,
  owner: string,
  receiver: string,
  nonce: bigint,
  collection: string,
): Call {
  return {
    program: BUBBLEGUM_PROGRAM,
    accounts: [vault('filler'), owner, owner, owner, BUBBLEGUM_PROGRAM, receiver, tree, collection],
    data: Uint8Array.from([...global('transfer_v2'), ...hashes, 0, 0, ...u64(nonce), ...u32(0)]),
    calls: [
      {
        ...leaf(leafId(tree, nonce), receiver, nonce, 1),
        program: 'mnoopTCrg4p8ry25e4bcWA9XZjbNjMTfgYVGGEdRsf3',
      },
    ],
  };
}

export function compressedBurn(tree: string, owner: string, nonce: bigint): Call {
  return {
    program: BUBBLEGUM_PROGRAM,
    accounts: [vault('filler'), owner, owner, tree, NOOP],
    data: Uint8Array.from([...global('burn'), ...hashes, ...u64(nonce), ...u32(0)]),
  };
}
