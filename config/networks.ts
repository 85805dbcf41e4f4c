/**
 * The network file: which endpoints, programs, tokens and NFTs of a chain are followed, and how the events of
 * Anchor programs become canonical ones. Read once, validated whole, every problem named by its path.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { SolanaEndpoint } from '../src/chains/solana/endpoint.js';
import type { CrossCheck } from '../src/chains/witness/shares.js';
import type { SolanaFollow } from '../src/decoders/solana/follow.js';
import { CHAINS, type Chain } from '../src/events/event.js';
import { messageOf, NdxError } from '../src/runtime/errors.js';
import { address, crossCheck, kind } from './fields.js';
import { parseIdl } from './idl.js';
import { checkMappings } from './mapping-checks.js';
import { eventMappings } from './mappings.js';
import { checkTon, type TonNetwork, tonSection } from './ton.js';

export interface SolanaNetwork {
  /** Endpoints; empty: SOLANA_RPC_URL or the devnet is used. */
  readonly rpc: readonly SolanaEndpoint[];
  /** Blocks are read up to this commitment. */
  readonly commitment: 'confirmed' | 'finalized';
  /** First slot to index. Absent: the slot that the chain has reached when the deployment first starts. */
  readonly startBlock?: number | undefined;
  /** Which blocks are compared with what another endpoint says of them. */
  readonly crossCheck: CrossCheck;
  /** What the decoders follow. Only this part enters the fingerprint of coverage. */
  readonly follow: SolanaFollow;
}

/** For each chain, the symbol of the token whose balance MusicToken holds. */
export type PlatformToken = Readonly<Partial<Record<Chain, string>>>;

export interface Network {
  readonly name: string;
  /** Path of the file that it was read from. */
  readonly file: string;
  readonly platformToken: PlatformToken;
  readonly solana?: SolanaNetwork | undefined;
  readonly ton?: TonNetwork | undefined;
}

const endpoint = z
  .strictObject({
    url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
    ws: z.url({ protocol: /^wss?$/, error: 'must be a ws or wss URL' }).optional(),
    requestsPerSecond: z.number().positive().optional(),
  })
  .transform(({ ws, ...rest }) => ({ ...rest, ...(ws === undefined ? {} : { wsUrl: ws }) }));

const solana = z.strictObject({
  rpc: z.array(endpoint).default([]),
  commitment: z.enum(['confirmed', 'finalized']).default('finalized'),
  startBlock: z.int().nonnegative().optional(),
  crossCheck,
  programs: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        address,
        idl: z.string().min(1),
        events: z.record(z.string(), eventMappings),
        instructions: z.record(z.string(), kind).default({}),
      }),
    )
    .default([]),
  tokens: z
    .array(
      z.strictObject({ symbol: z.string().min(1).max(16), mint: address, decimals: z.int().min(0).max(255) }),
    )
    .default([]),
  nfts: z
    .strictObject({
      mints: z.array(address).default([]),
      collections: z.array(address).default([]),
      creators: z.array(address).default([]),
      all: z.boolean().default(false),
    })
    .prefault({}),
});

const symbol = z.string().min(1).max(16);

const networkFile = z.strictObject({
  $schema: z.string().optional(),
  network: z.string().min(1),
  platformToken: z
    .union([symbol, z.partialRecord(z.enum(CHAINS), symbol)])
    .default('NDT')
    .transform(
      (token): PlatformToken =>
        typeof token === 'string' ? Object.fromEntries(CHAINS.map((chain) => [chain, token])) : token,
    ),
  solana: solana.optional(),
  ton: tonSection.optional(),
});

/**
 * Reads and checks a network file.
 * @param nameOrPath name of a file in `networksDirectory` without `.json`, or a path
 * @throws NdxError CONFIG_INVALID when the file cannot be read, or naming every path in it that is wrong
 */
export function loadNetwork(nameOrPath: string, networksDirectory: string): Network {
  const file = locate(nameOrPath, networksDirectory);
  const result = networkFile.safeParse(readJson(file, 'network file'));
  if (!result.success) throw invalid(file, problemsOf(result.error));
  const { network, platformToken, ton } = result.data;
  const problems: string[] = [];
  const solanaNetwork =
    result.data.solana && readSolana(result.data.solana, file, platformToken.solana, problems);
  if (ton) {
    problems.push(...checkTon(ton, platformToken.ton));
    problems.push(
      ...repeated(ton.follow.jettons, 'master', 'ton.follow.jettons'),
      ...repeated(ton.follow.jettons, 'symbol', 'ton.follow.jettons'),
    );
    problems.push(...repeated(ton.follow.staking, 'address', 'ton.follow.staking'));
  }
  if (problems.length > 0) throw invalid(file, problems);
  return {
    name: network,
    file,
    platformToken,
    ...(solanaNetwork ? { solana: solanaNetwork } : {}),
    ...(ton ? { ton } : {}),
  };
}

/** Adds what is wrong to `problems`. */
function readSolana(
  section: z.output<typeof solana>,
  file: string,
  platformToken: string | undefined,
  problems: string[],
): SolanaNetwork {
  const { programs, tokens, nfts, ...access } = section;
  const followedPrograms = programs.flatMap((program, index) => {
    const idl = readIdl(program.idl, file, `solana.programs[${index}].idl`, problems);
    return idl === undefined ? [] : [{ index, program: { ...program, idl } }];
  });
  for (const { index, program } of followedPrograms)
    problems.push(...checkMappings(program, tokens, `solana.programs[${index}]`));
  problems.push(
    ...repeated(programs, 'address', 'solana.programs'),
    ...repeated(programs, 'name', 'solana.programs'),
  );
  problems.push(...repeated(tokens, 'mint', 'solana.tokens'), ...repeated(tokens, 'symbol', 'solana.tokens'));
  if (tokens.length > 0 && platformToken && !tokens.some((token) => token.symbol === platformToken))
    problems.push(`platformToken: no token with the symbol ${platformToken} in solana.tokens`);
  return { ...access, follow: { programs: followedPrograms.map((item) => item.program), tokens, nfts } };
}

function locate(nameOrPath: string, networksDirectory: string): string {
  const isPath = nameOrPath.includes('/') || nameOrPath.endsWith('.json');
  const file = isPath ? resolve(nameOrPath) : join(networksDirectory, `${nameOrPath}.json`);
  if (existsSync(file)) return file;
  const names = existsSync(networksDirectory)
    ? readdirSync(networksDirectory).filter((name) => name.endsWith('.json'))
    : [];
  const known = names.map((name) => basename(name, '.json')).join(', ');
  throw new NdxError(
    'CONFIG_INVALID',
    `no network file ${file}: set NDX_NETWORK to the path of a network file or to one of the names ${known || '(none)'}`,
  );
}

/**
 * Looks for the IDL beside the network file, then one folder above: config/networks/x.json names
 * config/idl/y.json as `idl/y.json`.
 */
function readIdl(path: string, networkPath: string, at: string, problems: string[]) {
  const folder = dirname(networkPath);
  const candidates = [resolve(folder, path), resolve(folder, '..', path)];
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) {
    problems.push(`${at}: no such file, looked for ${candidates.join(' and ')}`);
    return undefined;
  }
  const result = parseIdl(readJson(file, 'IDL'));
  if ('problems' in result) {
    problems.push(...result.problems.map((problem) => `${at} (${file}): ${problem}`));
    return undefined;
  }
  return result.idl;
}

function readJson(file: string, what: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new NdxError('CONFIG_INVALID', `cannot read the ${what} ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function repeated<K extends string>(
  items: readonly Readonly<Record<K, string>>[],
  key: K,
  at: string,
): string[] {
  const first = new Map<string, number>();
  return items.flatMap((item, index) => {
    const seen = first.get(item[key]);
    if (seen !== undefined) return [`${at}[${index}].${key}: the same as ${at}[${seen}].${key}`];
    first.set(item[key], index);
    return [];
  });
}

function problemsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${pathText(issue.path) || '(top)'}: ${issue.message}`);
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

function invalid(file: string, problems: readonly string[]): NdxError {
  return new NdxError('CONFIG_INVALID', `network file ${file} is not valid: ${problems.join('; ')}`);
}
