/** The system program's instructions in `jsonParsed` (agave's `parse_system.rs`). */
import { encodeBase58 } from '../../../src/events/base58.js';
import type { ProgramParser } from './program-parser.js';

const key = (data: Buffer, at: number): string => {
  if (at + 32 > data.length) throw new RangeError('no room for a key');
  return encodeBase58(data.subarray(at, at + 32));
};
const u64 = (data: Buffer, at: number): number => Number(data.readBigUInt64LE(at));

/** A bincode string and where it ends. */
function seed(data: Buffer, at: number): { readonly text: string; readonly end: number } {
  const end = at + 8 + u64(data, at);
  if (end > data.length) throw new RangeError('no room for a seed');
  return { text: data.toString('utf8', at + 8, end), end };
}

export const parseSystem: ProgramParser = (accounts, data) => {
  const [first, second, third] = accounts;
  switch (data.readUInt32LE(0)) {
    case 0:
      return {
        type: 'createAccount',
        info: {
          source: first,
          newAccount: second,
          lamports: u64(data, 4),
          space: u64(data, 12),
          owner: key(data, 20),
        },
      };
    case 1:
      return { type: 'assign', info: { account: first, owner: key(data, 4) } };
    case 2:
      return { type: 'transfer', info: { source: first, destination: second, lamports: u64(data, 4) } };
    case 3: {
      const { text, end } = seed(data, 36);
      const info = { source: first, newAccount: second, base: key(data, 4), seed: text };
      return {
        type: 'createAccountWithSeed',
        info: { ...info, lamports: u64(data, end), space: u64(data, end + 8), owner: key(data, end + 16) },
      };
    }
    case 4:
      return {
        type: 'advanceNonce',
        info: { nonceAccount: first, recentBlockhashesSysvar: second, nonceAuthority: third },
      };
    case 8:
      return { type: 'allocate', info: { account: first, space: u64(data, 4) } };
    case 11: {
      const { text, end } = seed(data, 12);
      const info = { source: first, sourceBase: second, destination: third, lamports: u64(data, 4) };
      return { type: 'transferWithSeed', info: { ...info, sourceSeed: text, sourceOwner: key(data, end) } };
    }
    default:
      return null;
  }
};
