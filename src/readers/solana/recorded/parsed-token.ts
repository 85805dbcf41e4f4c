/**
 * `jsonParsed` shows SPL Token and Token-2022 instructions as named fields. They are written back into the
 * program's own bytes and account order, so that decoders read one form. Sources: account-decoder's
 * parse_token.rs of Agave (the names) and the token programs' instruction.rs (the layouts). What is not
 * listed here keeps its accounts unknown and its data empty.
 */

import { asTokenUnits } from '../../../chains/solana/normalise/fields.js';
import { decodeBase58 } from '../../../events/base58.js';
import { asCount, asList, asObject, asRoundedCount, asText, type Raw } from '../../../runtime/untrusted.js';

interface TokenInstruction {
  readonly data: Uint8Array;
  readonly accounts: readonly string[];
}

const AUTHORITY_TYPES = [
  'mintTokens',
  'freezeAccount',
  'accountOwner',
  'closeAccount',
  'transferFeeConfig',
  'withheldWithdraw',
  'closeMint',
  'interestRate',
  'permanentDelegate',
  'confidentialTransferMint',
  'transferHookProgramId',
  'confidentialTransferFeeConfig',
  'metadataPointer',
  'groupPointer',
  'groupMemberPointer',
];
const RENT = 'SysvarRent111111111111111111111111111111111';

/** Discriminators of spl-token-metadata-interface's and spl-token-group-interface's instructions. */
const INITIALIZE_METADATA = Buffer.from('d2e11ea258b84d8d', 'hex');
const UPDATE_METADATA_FIELD = Buffer.from('dde9312db5cadcc8', 'hex');
const INITIALIZE_GROUP_MEMBER = Buffer.from('9820deb0dfed7486', 'hex');

/** Borsh: length u32, UTF-8. */
function string(text: string): Uint8Array {
  const utf8 = new TextEncoder().encode(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(utf8.length);
  return Buffer.concat([length, utf8]);
}

function u64(amount: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, amount), true);
  return bytes;
}

function key(text: string): Uint8Array {
  return decodeBase58(text) ?? new Uint8Array(32);
}

function bytes(...parts: readonly (number | Uint8Array)[]): Uint8Array {
  const out: number[] = [];
  for (const part of parts) {
    if (typeof part === 'number') out.push(part);
    else out.push(...part);
  }
  return Uint8Array.from(out);
}

/** Base units or lamports: text in newer nodes' answers; a number in older ones, and for lamports. */
export function asAnyUnits(value: unknown, holder: object, key: PropertyKey): bigint {
  return typeof value === 'number'
    ? BigInt(asRoundedCount(value, holder, key))
    : asTokenUnits(value, holder, key);
}

/**
 * The program's bytes and accounts of a parsed instruction; null: it is not known here. @throws WrongField
 */
export function encodeParsedToken(type: string, info: Raw): TokenInstruction | null {
  const text = (name: string) => asText(info[name], info, name);
  const amount = () => u64(asAnyUnits(info.amount, info, 'amount'));
  const checked = (name = 'tokenAmount') => {
    const inner = asObject(info[name], info, name);
    return {
      amount: u64(asAnyUnits(inner.amount, inner, 'amount')),
      decimals: asCount(inner.decimals, inner, 'decimals'),
    };
  };
  const list = (name: string) => {
    const items = asList(info[name], info, name);
    return items.map((item, i) => asText(item, items, i));
  };
  /** The signing authority: `name`, or its multisig form followed by the signers. */
  const authority = (name: string): string[] => {
    if (info[name] !== undefined) return [text(name)];
    const multisig = `multisig${name[0]?.toUpperCase()}${name.slice(1)}`;
    return [text(multisig), ...list('signers')];
  };
  const optionalKey = (name: string) =>
    info[name] === undefined || info[name] === null ? bytes(0) : bytes(1, key(text(name)));

  switch (type) {
    case 'initializeMint':
    case 'initializeMint2':
      return {
        data: bytes(
          type === 'initializeMint' ? 0 : 20,
          asCount(info.decimals, info, 'decimals'),
          key(text('mintAuthority')),
          optionalKey('freezeAuthority'),
        ),
        accounts: type === 'initializeMint' ? [text('mint'), RENT] : [text('mint')],
      };
    case 'initializeAccount':
      return { data: bytes(1), accounts: [text('account'), text('mint'), text('owner'), RENT] };
    case 'initializeAccount2':
      return { data: bytes(16, key(text('owner'))), accounts: [text('account'), text('mint'), RENT] };
    case 'initializeAccount3':
      return { data: bytes(18, key(text('owner'))), accounts: [text('account'), text('mint')] };
    case 'transfer':
      return {
        data: bytes(3, amount()),
        accounts: [text('source'), text('destination'), ...authority('authority')],
      };
    case 'approve':
      return {
        data: bytes(4, amount()),
        accounts: [text('source'), text('delegate'), ...authority('owner')],
      };
    case 'revoke':
      return { data: bytes(5), accounts: [text('source'), ...authority('owner')] };
    case 'setAuthority': {
      const kind = AUTHORITY_TYPES.indexOf(text('authorityType'));
      return {
        data: bytes(6, kind < 0 ? 255 : kind, optionalKey('newAuthority')),
        accounts: [info.mint === undefined ? text('account') : text('mint'), ...authority('authority')],
      };
    }
    case 'mintTo':
      return {
        data: bytes(7, amount()),
        accounts: [text('mint'), text('account'), ...authority('mintAuthority')],
      };
    case 'burn':
      return {
        data: bytes(8, amount()),
        accounts: [text('account'), text('mint'), ...authority('authority')],
      };
    case 'closeAccount':
      return { data: bytes(9), accounts: [text('account'), text('destination'), ...authority('owner')] };
    case 'freezeAccount':
    case 'thawAccount':
      return {
        data: bytes(type === 'freezeAccount' ? 10 : 11),
        accounts: [text('account'), text('mint'), ...authority('freezeAuthority')],
      };
    case 'transferChecked': {
      const { amount: base, decimals } = checked();
      return {
        data: bytes(12, base, decimals),
        accounts: [text('source'), text('mint'), text('destination'), ...authority('authority')],
      };
    }
    case 'approveChecked': {
      const { amount: base, decimals } = checked();
      return {
        data: bytes(13, base, decimals),
        accounts: [text('source'), text('mint'), text('delegate'), ...authority('owner')],
      };
    }
    case 'mintToChecked': {
      const { amount: base, decimals } = checked();
      return {
        data: bytes(14, base, decimals),
        accounts: [text('mint'), text('account'), ...authority('mintAuthority')],
      };
    }
    case 'burnChecked': {
      const { amount: base, decimals } = checked();
      return {
        data: bytes(15, base, decimals),
        accounts: [text('account'), text('mint'), ...authority('authority')],
      };
    }
    case 'syncNative':
      return { data: bytes(17), accounts: [text('account')] };
    case 'initializeImmutableOwner':
      return { data: bytes(22), accounts: [text('account')] };
    case 'transferCheckedWithFee': {
      const { amount: base, decimals } = checked();
      return {
        data: bytes(26, 1, base, decimals, checked('feeAmount').amount),
        accounts: [text('source'), text('mint'), text('destination'), ...authority('authority')],
      };
    }
    case 'withdrawWithheldTokensFromMint':
      return {
        data: bytes(26, 2),
        accounts: [text('mint'), text('feeRecipient'), ...authority('withdrawWithheldAuthority')],
      };
    case 'withdrawWithheldTokensFromAccounts': {
      const sources = list('sourceAccounts');
      return {
        data: bytes(26, 3, sources.length),
        accounts: [text('mint'), text('feeRecipient'), ...authority('withdrawWithheldAuthority'), ...sources],
      };
    }
    case 'initializeTokenMetadata':
      return {
        data: bytes(INITIALIZE_METADATA, string(text('name')), string(text('symbol')), string(text('uri'))),
        accounts: ['metadata', 'updateAuthority', 'mint', 'mintAuthority'].map(text),
      };
    case 'updateTokenMetadataField':
      if (typeof info.field !== 'string' || typeof info.value !== 'string') return null;
      // The node shows the standard's own fields and named ones alike; what is read are named ones.
      return {
        data: bytes(UPDATE_METADATA_FIELD, 3, string(info.field), string(info.value)),
        accounts: ['metadata', 'updateAuthority'].map(text),
      };
    case 'initializeTokenGroupMember':
      return {
        data: bytes(INITIALIZE_GROUP_MEMBER),
        accounts: ['member', 'memberMint', 'memberMintAuthority', 'group', 'groupUpdateAuthority'].map(text),
      };
    case 'harvestWithheldTokensToMint':
      return { data: bytes(26, 4), accounts: [text('mint'), ...list('sourceAccounts')] };
    default:
      return null;
  }
}
