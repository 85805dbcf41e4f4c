/** Random choices that a seed repeats. */
import { createHash } from 'node:crypto';

export interface Random {
  /** In [0, 1). */
  fraction(): number;
  /** Whole, both ends included. */
  whole(from: number, to: number): number;
  pick<T>(items: readonly T[]): T;
}

export function createRandom(seed: string): Random {
  let count = 0;
  const fraction = () => {
    count += 1;
    return createHash('sha256').update(`${seed}/${count}`).digest().readUInt32BE(0) / 2 ** 32;
  };
  return {
    fraction,
    whole: (from, to) => from + Math.floor(fraction() * (to - from + 1)),
    pick: (items) => {
      const item = items[Math.floor(fraction() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}
