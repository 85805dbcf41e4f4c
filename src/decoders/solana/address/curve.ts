/**
 * Whether an address is a point of ed25519, so that a private key can exist for it. Wallets are on the curve;
 * what a program holds in its own name (escrows, pools, vaults) never is. Source: RFC 8032 section 5.1.3; the
 * runtime refuses derived addresses on the curve.
 */
import { decodeBase58 } from '../../../events/base58.js';

const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const LOW_255 = 2n ** 255n - 1n;

/** @param address base58; false when it is not 32 bytes */
export function isOnCurve(address: string): boolean {
  const bytes = decodeBase58(address);
  if (bytes?.length !== 32) return false;
  const y = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`) & LOW_255;
  const square = (y * y) % P;
  // x² = (y² - 1) / (d y² + 1); a quotient is a square exactly when the product is.
  const numerator = (square - 1n + P) % P;
  const denominator = (D * square + 1n) % P;
  if (numerator === 0n) return true;
  return isSquare((numerator * denominator) % P);
}

/**
 * Whether there is an x with x² = value modulo P. Jacobi's symbol by reciprocity takes a quarter of the time
 * of the power (P - 1) / 2.
 */
function isSquare(value: bigint): boolean {
  let top = value;
  let bottom = P;
  let square = true;
  while (top !== 0n) {
    // 2 is no square modulo 3 or 5 of 8.
    const mod8 = bottom & 7n;
    const twoFlips = mod8 === 3n || mod8 === 5n;
    while ((top & 1n) === 0n) {
      top >>= 1n;
      if (twoFlips) square = !square;
    }
    if ((top & 3n) === 3n && (bottom & 3n) === 3n) square = !square;
    [top, bottom] = [bottom % top, top];
  }
  return bottom === 1n && square;
}
