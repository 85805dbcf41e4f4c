/**
 * `jsonParsed` instructions back into program, accounts and bytes. Source: transaction-status's parse_*.rs of
 * Agave. Programs whose parsed form no decoder reads (vote, stake, loader, lookup table) keep their place in
 * the walk with empty data.
 */
import { decodeBase58 } from '../../../events/base58.js';
import {
  asAmount,
  asCount,
  asKey,
  asList,
  asRecord,
  asString,
  badResponse,
  isRecord,
  type Path,
  type Raw,
} from './fields.js';
import type { InstructionBody } from './instruction.js';
import { encodeParsedToken } from './parsed-token.js';

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
 */
export function parsedInstruction(raw: Raw, path: Path): InstructionBody {
  const programId = asKey(raw.programId, `${path}.programId`);
  if (raw.parsed === undefined) {
    const accounts = asList(raw.accounts, `${path}.accounts`).map((item, i) =>
      asKey(item, `${path}.accounts[${i}]`),
    );
    return { programId, accounts, data: asString(raw.data, `${path}.data`) };
  }
  // The memo programs' parsed form is the text itself.
  if (typeof raw.parsed === 'string')
    return { programId, accounts: [], data: new TextEncoder().encode(raw.parsed) };
  const parsed = asRecord(raw.parsed, `${path}.parsed`);
  const type = asString(parsed.type, `${path}.parsed.type`);
  const info = isRecord(parsed.info) ? parsed.info : {};
  const encoded = encode(programId, type, info, `${path}.parsed`);
  return { programId, accounts: encoded?.accounts ?? [], data: encoded?.data ?? new Uint8Array(0) };
}

function encode(
  programId: string,
  type: string,
  info: Raw,
  path: Path,
): { accounts: readonly string[]; data: Uint8Array } | null {
  if (TOKEN_PROGRAMS.has(programId)) return encodeParsedToken(type, info, path);
  if (programId === SYSTEM) return encodeSystem(type, info, path);
  if (programId === ASSOCIATED_TOKEN) return encodeAssociatedToken(type, info, path);
  return null;
}

function encodeAssociatedToken(type: string, info: Raw, path: Path) {
  const tag = ASSOCIATED_TOKEN_TAGS[type];
  if (tag === undefined || type === 'recoverNested') return null;
  const text = (name: string) => asString(info[name], `${path}.info.${name}`);
  const accounts = ['source', 'account', 'wallet', 'mint', 'systemProgram', 'tokenProgram'].map(text);
  return { accounts, data: Uint8Array.from(tag) };
}

function encodeSystem(type: string, info: Raw, path: Path) {
  const text = (name: string) => asString(info[name], `${path}.info.${name}`);
  const number = (name: string) => asAmount(info[name], `${path}.info.${name}`);
  const key = (name: string) => {
    const bytes = decodeBase58(text(name));
    if (bytes?.length !== 32) throw badResponse(`${path}.info.${name}`, 'an address', info[name]);
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
        data: Uint8Array.from([8, 0, 0, 0, ...u64(BigInt(asCount(info.space, `${path}.info.space`)))]),
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
