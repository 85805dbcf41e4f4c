import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeBase58 } from '../../../events/base58.js';
import { isOnCurve } from './curve.js';

const P = 2n ** 255n - 19n;
const D = (P - ((121665n * power(121666n, P - 2n)) % P)) % P;

function power(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n;
  return (power((base * base) % P, exponent / 2n) * (exponent % 2n === 1n ? base : 1n)) % P;
}

/** Euler's criterion of the curve's own equation. */
function isPoint(bytes: Uint8Array): boolean {
  const y = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`) % 2n ** 255n;
  const x2 = (((y * y - 1n + P) % P) * power((D * y * y + 1n) % P, P - 2n)) % P;
  return x2 === 0n || power(x2, (P - 1n) / 2n) === 1n;
}

test('an address is on the curve exactly when the curve has a point with its y', () => {
  const hashes = Array.from({ length: 300 }, (_, n) => createHash('sha256').update(`address ${n}`).digest());
  const edges = [0n, 1n, 2n, P - 1n, P, P + 1n].map((y) =>
    Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse(),
  );
  const found = [...hashes, ...edges].map((bytes) => [
    encodeBase58(bytes),
    isOnCurve(encodeBase58(bytes)),
    isPoint(bytes),
  ]);
  for (const [address, ours, theirs] of found) expect(ours, String(address)).toBe(theirs);
  expect(found.filter(([, on]) => on).length).toBeGreaterThan(100);
});

test('what is no address is not on it', () => {
  for (const text of ['', '1', 'not base58: 0OIl', encodeBase58(new Uint8Array(31).fill(9))])
    expect(isOnCurve(text)).toBe(false);
});
