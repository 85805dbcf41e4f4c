/** Seeded randomness: the same seed gives the same play. (xoshiro128**, seeded with SHA-256.) */
import { createHash } from 'node:crypto';

export interface Random {
  /** An integer in 0..bound-1. */
  below(bound: number): number;
  /** A bigint in low..high, in steps of low. */
  amount(low: bigint, high: bigint): bigint;
  pick<T>(items: readonly T[]): T | undefined;
  /** True once in `times`. */
  once(times: number): boolean;
}

export function createRandom(seed: string): Random {
  const hash = createHash('sha256').update(seed).digest();
  let [a, b, c, d] = [
    hash.readUInt32LE(0),
    hash.readUInt32LE(4),
    hash.readUInt32LE(8),
    hash.readUInt32LE(12),
  ];
  const rotate = (value: number, by: number): number => ((value << by) | (value >>> (32 - by))) >>> 0;
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5) >>> 0, 7), 9) >>> 0;
    const shifted = (b << 9) >>> 0;
    c = (c ^ a) >>> 0;
    d = (d ^ b) >>> 0;
    b = (b ^ c) >>> 0;
    a = (a ^ d) >>> 0;
    c = (c ^ shifted) >>> 0;
    d = rotate(d, 11);
    return result;
  };
  const below = (bound: number): number => Math.floor((next() / 2 ** 32) * bound);
  return {
    below,
    amount: (low, high) => low * (1n + BigInt(below(Number(high / low)))),
    pick: (items) => items[below(items.length)],
    once: (times) => below(times) === 0,
  };
}
