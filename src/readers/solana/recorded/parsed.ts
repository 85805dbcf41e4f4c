/**
 * `jsonParsed` instructions back into program, accounts and bytes. Source: transaction-status's parse_*.rs of
 * Agave. Programs whose parsed form no decoder reads (vote, stake, loader, lookup table) keep their place in
 * the walk with empty data.
 */
import { decodeBase58 } from '../../../events/base58.js';
import {
  asCount,
  asList,
  asObject,
  asText,
  isObject,
  type Raw,
  wrongType,
} from '../../../runtime/untrusted.js';
import { asKey } from './key.js';
import { asAnyUnits, encodeParsedToken } from './parsed-token.js';

export interface RecordedInstruction {
  readonly programId: string;
  readonly accounts: readonly string[];
  /** Bytes, or base58 text where the document has it as such. */
  readonly data: Uint8Array | string;
}

const SYSTEM = '11111111111111111111111111111111';
const TOKEN_PROGRAMS: ReadonlySet<string> = new Set([
  'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
  'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb',
]);
const ASSOCIATED_TOKEN = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL';
const ASSOCIATED_TOKEN_TAGS: Readonly<Record<string, readonly number[]>> = {
  create: [],
  createIdempotent: [1],
  recoverNested: [2],
};

/**
 * One instruction of an answer in `jsonParsed`: parsed, or with accounts and data as they are where the node
 * knows no parser.
 * @throws WrongField
 */
export function parsedInstruction(raw: Raw): RecordedInstruction {
  const programId = asKey(raw.programId, raw, 'programId');
  if (raw.parsed === undefined) {
    const list = asList(raw.accounts, raw, 'accounts');
    const accounts = list.map((item, i) => asKey(item, list, i));
    return { programId, accounts, data: asText(raw.data, raw, 'data') };
  }
  // The memo programs' parsed form is the text itself.
  if (typeof raw.parsed === 'string')
    return { programId, accounts: [], data: new TextEncoder().encode(raw.parsed) };
  const parsed = asObject(raw.parsed, raw, 'parsed');
  const type = asText(parsed.type, parsed, 'type');
  const encoded = encode(programId, type, isObject(parsed.info) ? parsed.info : {});
  return { programId, accounts: encoded?.accounts ?? [], data: encoded?.data ?? new Uint8Array(0) };
}

function encode(
  programId: string,
  type: string,
  info: Raw,
): { accounts: readonly string[]; data: Uint8Array } | null {
  if (TOKEN_PROGRAMS.has(programId)) return encodeParsedToken(type, info);
  if (programId === SYSTEM) return encodeSystem(type, info);
  if (programId === ASSOCIATED_TOKEN) return encodeAssociatedToken(type, info);
  return null;
}

function encodeAssociatedToken(type: string, info: Raw) {
  const tag = ASSOCIATED_TOKEN_TAGS[type];
  if (tag === undefined || type === 'recoverNested') return null;
  const text = (name: string) => asText(info[name], info, name);
  const accounts = ['source', 'account', 'wallet', 'mint', 'systemProgram', 'tokenProgram'].map(text);
  return { accounts, data: Uint8Array.from(tag) };
}

function encodeSystem(type: string, info: Raw) {
  const text = (name: string) => asText(info[name], info, name);
  const number = (name: string) => asAnyUnits(info[name], info, name);
  const key = (name: string) => {
    const bytes = decodeBase58(text(name));
    if (bytes?.length !== 32) throw wrongType(info[name], info, name, 'an address');
    return bytes;
  };
  const string = (name: string) => {
    const bytes = new TextEncoder().encode(text(name));
    return [...u64(BigInt(bytes.length)), ...bytes];
  };
  switch (type) {
    case 'createAccount':
      return {
        accounts: [text('source'), text('newAccount')],
        data: Uint8Array.from([
          0,
          0,
          0,
          0,
          ...u64(number('lamports')),
          ...u64(number('space')),
          ...key('owner'),
        ]),
      };
    case 'assign':
      return { accounts: [text('account')], data: Uint8Array.from([1, 0, 0, 0, ...key('owner')]) };
    case 'transfer':
      return {
        accounts: [text('source'), text('destination')],
        data: Uint8Array.from([2, 0, 0, 0, ...u64(number('lamports'))]),
      };
    case 'createAccountWithSeed':
      return {
        accounts: [text('source'), text('newAccount'), text('base')],
        data: Uint8Array.from([
          ...[3, 0, 0, 0, ...key('base'), ...string('seed')],
          ...[...u64(number('lamports')), ...u64(number('space')), ...key('owner')],
        ]),
      };
    case 'allocate':
      return {
        accounts: [text('account')],
        data: Uint8Array.from([8, 0, 0, 0, ...u64(BigInt(asCount(info.space, info, 'space')))]),
      };
    case 'transferWithSeed':
      return {
        accounts: [text('source'), text('sourceBase'), text('destination')],
        data: Uint8Array.from([
          11,
          0,
          0,
          0,
          ...u64(number('lamports')),
          ...string('sourceSeed'),
          ...key('sourceOwner'),
        ]),
      };
    default:
      return null;
  }
}

function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes;
}
