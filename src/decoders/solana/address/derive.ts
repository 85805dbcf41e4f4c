/**
 * Addresses that programs derive (PDAs). A claimed address is checked by hashing its seeds with each bump
 * from 255 down and comparing; with the right seeds no test of the curve is needed. Source:
 * `Pubkey::create_program_address` of solana-pubkey.
 */
import { createHash } from 'node:crypto';
import { decodeBase58, encodeBase58 } from '../../../events/base58.js';
import { ASSOCIATED_TOKEN_PROGRAM, TOKEN_PROGRAM } from '../programs.js';
import { isOnCurve } from './curve.js';

const MARKER = Buffer.from('ProgramDerivedAddress');
/**
 * Half of all bumps are off the curve, so a canonical bump of 255 - 40 or less does not occur in practice.
 */
const TRIES = 40;
/** Fewer tries where a wallet is only guessed: one in a million is not recognised. */
const GUESSES = 20;

/**
 * Whether `address` (32 bytes) is the program's derived address of these seeds. @throws RangeError when
 * `program` is no base58 address
 */
export function isDerivedFrom(
  address: Uint8Array,
  seeds: readonly Uint8Array[],
  program: string,
  tries = TRIES,
): boolean {
  const owner = programBytes(program);
  const prefix = createHash('sha256');
  for (const seed of seeds) prefix.update(seed);
  for (let bump = 255; bump > 255 - tries; bump--) {
    const hash = prefix.copy().update(Uint8Array.of(bump)).update(owner).update(MARKER).digest();
    if (hash.equals(address)) return true;
  }
  return false;
}

/**
 * The first of the wallets whose associated token account (of SPL Token) for the mint is `account`. All in
 * base58.
 */
export function ownerOfAssociated(
  account: string,
  wallets: readonly string[],
  mint: string,
): string | undefined {
  const bytes = decoded(account);
  const of = decoded(mint);
  if (bytes === null || of === null) return undefined;
  const program = programBytes(TOKEN_PROGRAM);
  return wallets.find((wallet) => {
    const owner = decoded(wallet);
    return owner !== null && isDerivedFrom(bytes, [owner, program, of], ASSOCIATED_TOKEN_PROGRAM, GUESSES);
  });
}

/** @throws RangeError when it is no base58 address of 32 bytes */
function programBytes(program: string): Uint8Array {
  const bytes = decoded(program);
  if (bytes === null) throw new RangeError(`${program} is no address`);
  return bytes;
}

function decoded(address: string): Uint8Array | null {
  const bytes = decodeBase58(address);
  return bytes?.length === 32 ? bytes : null;
}

/**
 * The program's canonical derived address of these seeds, base58: of the first bump, from 255 down, whose
 * hash is off the curve.
 * @throws RangeError when `program` is no base58 address, or no bump fits
 */
export function findDerived(seeds: readonly Uint8Array[], program: string): string {
  const owner = programBytes(program);
  for (let bump = 255; bump >= 0; bump--) {
    const hash = createHash('sha256');
    for (const seed of seeds) hash.update(seed);
    const address = encodeBase58(hash.update(Uint8Array.of(bump)).update(owner).update(MARKER).digest());
    if (!isOnCurve(address)) return address;
  }
  throw new RangeError('the seeds derive no address');
}
