/**
 * Encoding `jsonParsed` of instructions (agave's transaction-status `parse_*.rs`); programs that are not
 * known stay partially decoded.
 */
import { encodeBase58 } from '../../../src/events/base58.js';
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from '../chain/token-balances.js';
import { parseSystem } from './parse-system.js';
import { parseToken } from './parse-token.js';
import type { ParsedInstruction, ProgramParser } from './program-parser.js';

export interface RawInstruction {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
}

const ASSOCIATED_TOKEN_TYPES = ['create', 'createIdempotent', 'recoverNested'];

const parseAssociatedToken: ProgramParser = (
  [source, account, wallet, mint, systemProgram, tokenProgram],
  data,
) => {
  const type = ASSOCIATED_TOKEN_TYPES[data[0] ?? 0];
  if (type === undefined || type === 'recoverNested') return null;
  return { type, info: { account, mint, source, systemProgram, tokenProgram, wallet } };
};

const parseMemo: ProgramParser = (_accounts, data) => data.toString();

const PROGRAMS = new Map<string, { readonly name: string; readonly parse: ProgramParser }>([
  ['11111111111111111111111111111111', { name: 'system', parse: parseSystem }],
  [TOKEN_PROGRAM, { name: 'spl-token', parse: parseToken }],
  [TOKEN_2022_PROGRAM, { name: 'spl-token', parse: parseToken }],
  [
    'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL',
    { name: 'spl-associated-token-account', parse: parseAssociatedToken },
  ],
  ['MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr', { name: 'spl-memo', parse: parseMemo }],
  ['Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo', { name: 'spl-memo', parse: parseMemo }],
]);

function tryParse(parse: ProgramParser, accounts: readonly string[], data: Uint8Array): ParsedInstruction {
  try {
    return parse(accounts, Buffer.from(data));
  } catch (error) {
    // Data that is too short for its tag: the node shows such an instruction undecoded.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

export function parseInstruction(
  instruction: RawInstruction,
  keys: readonly string[],
  stackHeight: number | null,
) {
  const programId = keys[instruction.programIdIndex] ?? '';
  const accounts = instruction.accounts.map((index) => keys[index] ?? '');
  const program = PROGRAMS.get(programId);
  const parsed = program === undefined ? null : tryParse(program.parse, accounts, instruction.data);
  if (program === undefined || parsed === null)
    return { programId, accounts, data: encodeBase58(instruction.data), stackHeight };
  return { program: program.name, programId, parsed, stackHeight };
}
