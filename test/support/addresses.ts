/** Addresses and signatures of Solana's form that a test writes by name. */
import { createHash } from 'node:crypto';
import bs58 from 'bs58';

export const address = (name: string) => bs58.encode(createHash('sha256').update(name).digest());
export const hash = (name: string) => bs58.encode(createHash('sha512').update(name).digest());
