/**
 * Is an address a point of ed25519, so that a key can exist for it? Wallets are; what a program holds in its own name (escrows,
 * pools, vaults) never is. Source: RFC 8032 section 5.1.3; the runtime refuses derived addresses on the curve.
 */
import { decodeBase58 } from '../../../events/base58.js';

const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const LOW_255 = 2n ** 255n - 1n;

export function isOnCurve(address: string): boolean {
  const bytes = decodeBase58(address);
  if (bytes?.length !== 32) return false;
  let encoded = 0n;
  for (let i = 31; i >= 0; i--) encoded = (encoded << 8n) | BigInt(bytes[i] ?? 0);
  const y = encoded & LOW_255;
  const square = (y * y) % P;
  // x² = (y² - 1) / (d y² + 1); a quotient is a square exactly when the product is.
  const numerator = (square - 1n + P) % P;
  const denominator = (D * square + 1n) % P;
  if (numerator === 0n) return true;
  return power((numerator * denominator) % P, (P - 1n) / 2n) === 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let factor = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * factor) % P;
    factor = (factor * factor) % P;
  }
  return result;
}
