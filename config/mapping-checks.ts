/**
 * Checks a program's mappings against its IDL and the followed tokens: everything a mapping names must exist
 * and have a fitting type.
 */
import type {
  EventMapping,
  FollowedProgram,
  FollowedToken,
  IdlType,
  ValueSource,
} from '../src/decoders/solana/follow.js';

type Fields = ReadonlyMap<string, IdlType>;
type Expected = 'wallet' | 'integer' | 'text' | 'any';

const INTEGERS: ReadonlySet<IdlType> = new Set<IdlType>([
  'u8',
  'i8',
  'u16',
  'i16',
  'u32',
  'i32',
  'u64',
  'i64',
  'u128',
  'i128',
]);

/** @returns one line per problem; each begins with its path in the file */
export function checkMappings(
  program: FollowedProgram,
  tokens: readonly FollowedToken[],
  at: string,
): string[] {
  const problems: string[] = [];
  const eventNames = new Set(program.idl.events.map((event) => event.name));
  const instructionNames = new Set(program.idl.instructions.map((instruction) => instruction.name));
  for (const name of Object.keys(program.instructions)) {
    if (!instructionNames.has(name))
      problems.push(`${at}.instructions.${name}: the IDL has no such instruction${known(instructionNames)}`);
  }
  for (const [name, mappings] of Object.entries(program.events)) {
    const path = `${at}.events.${name}`;
    if (!eventNames.has(name)) problems.push(`${path}: the IDL has no such event${known(eventNames)}`);
    else if (mappings !== 'ignore') {
      const fields = fieldsOf(program, name);
      if (!fields)
        problems.push(
          `${path}: the IDL does not describe the event's fields in types that can be read (numbers, bool, string, bytes, pubkey, option, vec, array)`,
        );
      else
        for (const [index, mapping] of mappings.entries()) {
          problems.push(
            ...checkMapping(
              mapping,
              fields,
              program,
              tokens,
              mappings.length === 1 ? path : `${path}[${index}]`,
            ),
          );
        }
    }
  }
  return problems;
}

function fieldsOf(program: FollowedProgram, event: string): Fields | undefined {
  const type = program.idl.types.find((item) => item.name === event);
  return type && new Map(type.type.fields.map((field) => [field.name, field.type]));
}

function checkMapping(
  mapping: EventMapping,
  fields: Fields,
  program: FollowedProgram,
  tokens: readonly FollowedToken[],
  at: string,
): string[] {
  const accounts = new Set(
    program.idl.instructions.flatMap((instruction) => instruction.accounts.map((account) => account.name)),
  );
  const symbols = new Set(tokens.map((token) => token.symbol));
  const problems: string[] = [];
  const check = (source: ValueSource | undefined, expected: Expected, path: string) => {
    if (source) problems.push(...checkSource(source, expected, fields, accounts, `${at}.${path}`));
  };
  if ('token' in mapping.asset && mapping.asset.token !== undefined) {
    if (!symbols.has(mapping.asset.token))
      problems.push(`${at}.asset.token: no token with the symbol ${mapping.asset.token} in solana.tokens`);
  } else if ('nft' in mapping.asset) check(mapping.asset.nft, 'wallet', 'asset.nft');
  check(mapping.from, 'wallet', 'from');
  check(mapping.to, 'wallet', 'to');
  check(mapping.amount, 'integer', 'amount');
  check(mapping.price?.amount, 'integer', 'price.amount');
  if (mapping.price && !['SOL', 'moved', ...symbols].includes(mapping.price.currency))
    problems.push(`${at}.price.currency: must be SOL, moved, or the symbol of a token in solana.tokens`);
  check(mapping.fees?.marketplace, 'integer', 'fees.marketplace');
  check(mapping.fees?.royalty, 'integer', 'fees.royalty');
  check(mapping.nft?.name, 'text', 'nft.name');
  check(mapping.nft?.uri, 'text', 'nft.uri');
  check(mapping.nft?.creator, 'wallet', 'nft.creator');
  check(mapping.nft?.collection, 'wallet', 'nft.collection');
  check(mapping.nft?.royaltyPercent, 'integer', 'nft.royaltyPercent');
  check(mapping.stake?.lockSeconds, 'integer', 'stake.lockSeconds');
  check(mapping.stake?.lockMonths, 'integer', 'stake.lockMonths');
  check(mapping.stake?.apy, 'integer', 'stake.apy');
  if (mapping.when) {
    const { field, equals } = mapping.when;
    check({ field }, 'any', 'when');
    const type = fields.get(field);
    if (type !== undefined && !comparable(type, equals))
      problems.push(`${at}.when.equals: ${JSON.stringify(equals)} can never equal a ${show(type)}`);
  }
  return problems;
}

function checkSource(
  source: ValueSource,
  expected: Expected,
  fields: Fields,
  accounts: ReadonlySet<string>,
  at: string,
): string[] {
  if ('account' in source && source.account !== undefined) {
    if (!accounts.has(source.account))
      return [`${at}.account: no instruction of the IDL has an account ${source.account}${known(accounts)}`];
    return expected === 'wallet' || expected === 'any'
      ? []
      : [`${at}.account: an address cannot be ${article(expected)}`];
  }
  const [key, name] =
    'ownerOf' in source && source.ownerOf !== undefined
      ? (['ownerOf', source.ownerOf] as const)
      : (['field', 'field' in source ? source.field : undefined] as const);
  if (name === undefined) return [];
  const type = fields.get(name);
  if (type === undefined)
    return [`${at}.${key}: the event has no field ${name}${known(new Set(fields.keys()))}`];
  const wanted = key === 'ownerOf' ? 'wallet' : expected;
  return fits(type, wanted) ? [] : [`${at}.${key}: ${name} is a ${show(type)}, not ${article(wanted)}`];
}

function fits(type: IdlType, expected: Expected): boolean {
  const inner = typeof type === 'object' && 'option' in type ? type.option : type;
  if (expected === 'wallet') return inner === 'pubkey';
  if (expected === 'integer') return INTEGERS.has(inner);
  if (expected === 'text') return inner === 'string';
  return true;
}

function comparable(type: IdlType, value: string | number | boolean): boolean {
  if (typeof value === 'boolean') return type === 'bool';
  if (typeof value === 'number') return INTEGERS.has(type);
  return type === 'string' || type === 'pubkey' || INTEGERS.has(type);
}

function article(expected: Expected): string {
  return { wallet: 'an address (pubkey)', integer: 'an integer', text: 'a string', any: 'a value' }[expected];
}

function show(type: IdlType): string {
  return typeof type === 'string' ? type : JSON.stringify(type);
}

function known(names: ReadonlySet<string>): string {
  return names.size === 0 ? '' : ` (it has ${[...names].join(', ')})`;
}
