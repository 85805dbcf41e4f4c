/** Reproducible randomness: the same seed and label always give the same number. */
import { createHash } from 'node:crypto';

/** A number in [0, 1) that follows from the seed and the label. */
export function seededFraction(seed: string, label: string): number {
  return createHash('sha256').update(`${seed}:${label}`).digest().readUInt32LE(0) / 2 ** 32;
}

/** 32 bytes that follow from the seed and the label (a key's secret, a hash). */
export function seededBytes(seed: string, label: string): Uint8Array {
  return createHash('sha256').update(`${seed}:${label}`).digest();
}
