/** Names → addresses, amounts and choices: everything that a generated chain holds follows from its seed. */
import { createHash } from 'node:crypto';
import { encodeBase58 } from '../../src/events/base58.js';

/** The address of that name: the same on every machine. */
export function addressOf(name: string): string {
  return encodeBase58(createHash('sha256').update(`ndx-bench/${name}`).digest());
}

/** A signature (64 bytes) of that name. */
export function signatureOf(name: string): string {
  return encodeBase58(createHash('sha512').update(`ndx-bench/${name}`).digest());
}

export interface Random {
  /** Whole number from 0 to below `limit`. */
  below(limit: number): number;
  bytes(length: number): Uint8Array;
}

/** Mulberry32: small, quick, good enough to shuffle and to fill. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  return {
    below: (limit) => next() % limit,
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
  };
}
