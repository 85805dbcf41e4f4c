/** SPL Token's and Token-2022's instructions in `jsonParsed` (agave's `parse_token.rs`). */
import { encodeBase58 } from '../../../src/events/base58.js';
import { tokenAmountJson } from '../chain/token-balances.js';
import type { ProgramParser } from './program-parser.js';

const AUTHORITY_TYPES = ['mintTokens', 'freezeAccount', 'accountOwner', 'closeAccount'];

const key = (data: Buffer, at: number): string => {
  if (at + 32 > data.length) throw new RangeError('no room for a key');
  return encodeBase58(data.subarray(at, at + 32));
};
const amount = (data: Buffer, at: number): string => data.readBigUInt64LE(at).toString();
const checked = (data: Buffer, at: number) =>
  tokenAmountJson(data.readBigUInt64LE(at), data.readUInt8(at + 8));

/** The authority at a position: itself, or a multisig with the signers behind it. */
function authority(accounts: readonly string[], at: number, name: string): object {
  const multisig = `multisig${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return accounts.length > at + 1
    ? { [multisig]: accounts[at], signers: accounts.slice(at + 1) }
    : { [name]: accounts[at] };
}

function initializeMint(type: string, accounts: readonly string[], data: Buffer, rest: object) {
  const freeze = data.readUInt8(34) === 1 ? { freezeAuthority: key(data, 35) } : {};
  return {
    type,
    info: { mint: accounts[0], decimals: data.readUInt8(1), mintAuthority: key(data, 2), ...rest, ...freeze },
  };
}

export const parseToken: ProgramParser = (accounts, data) => {
  const [a, b, c, d] = accounts;
  switch (data.readUInt8(0)) {
    case 0:
      return initializeMint('initializeMint', accounts, data, { rentSysvar: b });
    case 20:
      return initializeMint('initializeMint2', accounts, data, {});
    case 1:
      return { type: 'initializeAccount', info: { account: a, mint: b, owner: c, rentSysvar: d } };
    case 16:
      return {
        type: 'initializeAccount2',
        info: { account: a, mint: b, owner: key(data, 1), rentSysvar: c },
      };
    case 18:
      return { type: 'initializeAccount3', info: { account: a, mint: b, owner: key(data, 1) } };
    case 3:
      return {
        type: 'transfer',
        info: { source: a, destination: b, amount: amount(data, 1), ...authority(accounts, 2, 'authority') },
      };
    case 4:
      return {
        type: 'approve',
        info: { source: a, delegate: b, amount: amount(data, 1), ...authority(accounts, 2, 'owner') },
      };
    case 5:
      return { type: 'revoke', info: { source: a, ...authority(accounts, 1, 'owner') } };
    case 6: {
      const authorityType = AUTHORITY_TYPES[data.readUInt8(1)];
      if (authorityType === undefined) return null;
      const owned = data.readUInt8(1) < 2 ? { mint: a } : { account: a };
      const newAuthority = data.readUInt8(2) === 1 ? key(data, 3) : null;
      return {
        type: 'setAuthority',
        info: { ...owned, authorityType, newAuthority, ...authority(accounts, 1, 'authority') },
      };
    }
    case 7:
      return {
        type: 'mintTo',
        info: { mint: a, account: b, amount: amount(data, 1), ...authority(accounts, 2, 'mintAuthority') },
      };
    case 8:
      return {
        type: 'burn',
        info: { account: a, mint: b, amount: amount(data, 1), ...authority(accounts, 2, 'authority') },
      };
    case 9:
      return {
        type: 'closeAccount',
        info: { account: a, destination: b, ...authority(accounts, 2, 'owner') },
      };
    case 10:
      return {
        type: 'freezeAccount',
        info: { account: a, mint: b, ...authority(accounts, 2, 'freezeAuthority') },
      };
    case 11:
      return {
        type: 'thawAccount',
        info: { account: a, mint: b, ...authority(accounts, 2, 'freezeAuthority') },
      };
    case 12:
      return {
        type: 'transferChecked',
        info: {
          source: a,
          mint: b,
          destination: c,
          tokenAmount: checked(data, 1),
          ...authority(accounts, 3, 'authority'),
        },
      };
    case 13:
      return {
        type: 'approveChecked',
        info: {
          source: a,
          mint: b,
          delegate: c,
          tokenAmount: checked(data, 1),
          ...authority(accounts, 3, 'owner'),
        },
      };
    case 14:
      return {
        type: 'mintToChecked',
        info: {
          mint: a,
          account: b,
          tokenAmount: checked(data, 1),
          ...authority(accounts, 2, 'mintAuthority'),
        },
      };
    case 15:
      return {
        type: 'burnChecked',
        info: { account: a, mint: b, tokenAmount: checked(data, 1), ...authority(accounts, 2, 'authority') },
      };
    case 17:
      return { type: 'syncNative', info: { account: a } };
    case 21:
      return { type: 'getAccountDataSize', info: { mint: a } };
    case 22:
      return { type: 'initializeImmutableOwner', info: { account: a } };
    case 26: {
      if (data.readUInt8(1) !== 1) return null;
      const tokenAmount = checked(data, 2);
      const feeAmount = tokenAmountJson(data.readBigUInt64LE(11), tokenAmount.decimals);
      return {
        type: 'transferCheckedWithFee',
        info: {
          source: a,
          mint: b,
          destination: c,
          tokenAmount,
          feeAmount,
          ...authority(accounts, 3, 'authority'),
        },
      };
    }
    default:
      return null;
  }
};
