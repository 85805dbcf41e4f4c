/**
 * Every variable that the program reads. Tests compare docs/settings.md and docker-compose.yml with this
 * table.
 */
import { z } from 'zod';
import { LOG_FORMATS, LOG_LEVELS } from '../src/runtime/logger.js';

const url = (protocols: readonly string[], example: string) =>
  z
    .string()
    .refine((text) => protocols.includes(protocolOf(text)), { error: `must be a URL like ${example}` });

const list = (item: z.ZodType<string, string>) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1));

const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+$/, { error })
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }));
};

const decimal = (min: number, max: number) => {
  const error = `must be a number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+(\.\d+)?$/, { error })
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }));
};

const HTTP_EXAMPLE = 'https://host or http://host:8899';

/**
 * For each name, how it is parsed and what it is for (one line, shown in docs/settings.md). An empty value
 * counts as unset.
 */
export const VARIABLES = {
  DATABASE_URL: variable(
    url(['postgres:', 'postgresql:'], 'postgresql://user:password@host:5432/database').optional(),
    'PostgreSQL 14 or newer. Unset: embedded PostgreSQL in `NDX_DATA_DIR`.',
  ),
  REDIS_URL: variable(
    list(url(['redis:', 'rediss:'], 'redis://host:6379 or rediss://host:6379')).optional(),
    'Redis 6.2 or newer for the queue; several, separated by commas, are the nodes of a cluster. Unset: the queue lives in PostgreSQL.',
  ),
  SOLANA_RPC_URL: variable(
    list(url(['http:', 'https:'], HTTP_EXAMPLE)).optional(),
    'Solana RPC endpoints, separated by commas; they stand in for those of the network file.',
  ),
  SOLANA_WS_URL: variable(
    url(['ws:', 'wss:'], 'wss://host').optional(),
    'Websocket of the first endpoint, where it is not the same host (plain `http` with a port: port + 1).',
  ),
  SOLANA_RPC_API_KEY: variable(
    z.string().optional(),
    'Sent to the Solana endpoints in the header `x-api-key`.',
  ),
  TON_V4_URL: variable(
    list(url(['http:', 'https:'], HTTP_EXAMPLE)).optional(),
    'TON endpoints with the routes of TonClient4, separated by commas. With the next two they stand in for those of the network file.',
  ),
  TONCENTER_V3_URL: variable(
    list(url(['http:', 'https:'], HTTP_EXAMPLE)).optional(),
    'TON endpoints with toncenter API v3, the quickest for old blocks (`/api/v3` is added where the address names no path).',
  ),
  TONCENTER_V2_URL: variable(
    list(url(['http:', 'https:'], HTTP_EXAMPLE)).optional(),
    'TON endpoints with toncenter API v2, the fallback (`/api/v2` is added where the address names no path).',
  ),
  TON_API_KEY: variable(z.string().optional(), 'Sent to the TON endpoints in the header `x-api-key`.'),
  PORT: variable(whole(0, 65_535).default(4000), 'Port of the API; 0 takes a free one.'),
  HOST: variable(z.string().default('127.0.0.1'), 'Address that the API listens on; `0.0.0.0` for all.'),
  NDX_HEALTH_PORT: variable(
    whole(0, 65_535).optional(),
    'Port of `/health`, `/ready` and `/metrics` of a process; `ndx up` gives its parts this one and those after it. ' +
      'Unset: only the API serves them, on `PORT`.',
  ),
  NDX_NETWORK: variable(
    z.string().default('devnet'),
    'What to follow: a file of `config/networks/` by name, or a path to one.',
  ),
  NDX_COMMITMENT: variable(
    z.enum(['confirmed', 'finalized'], { error: 'must be confirmed or finalized' }).optional(),
    'Up to which commitment Solana blocks are read; stands in for `solana.commitment` of the network file.',
  ),
  NDX_DATA_DIR: variable(z.string().default('.ndx'), 'Folder of the embedded database and of the devnet.'),
  NDX_ARCHIVE: variable(
    z.string().transform(archivePlace).optional(),
    'Where every fetched block that holds something of ours is kept, compressed, for `ndx replay --from-archive`: a folder, or `s3://bucket/prefix`. Unset: none is kept.',
  ),
  NDX_ARCHIVE_DAYS: variable(
    whole(1, 36_500).optional(),
    'Days that an archived block is kept, from when it was archived; a listener removes older ones. Unset: for ever.',
  ),
  NDX_ARCHIVE_S3_ENDPOINT: variable(
    url(['http:', 'https:'], HTTP_EXAMPLE)
      .refine((text) => !/^\w+:\/\/[^/]*@/.test(text), {
        error: 'must not hold credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      })
      .optional(),
    'The S3-compatible store of `NDX_ARCHIVE`. Unset: Amazon S3. Credentials are found as the AWS SDK does (`AWS_ACCESS_KEY_ID`, profiles, roles).',
  ),
  NDX_ARCHIVE_S3_REGION: variable(
    z.string().optional(),
    'Its region. Unset: `us-east-1` at an endpoint of its own, else as the AWS SDK finds it (`AWS_REGION`, profiles).',
  ),
  NDX_OUTBOUND_ALLOW: variable(
    list(z.string().regex(/^([^\s:/@]+|\[[0-9a-f:.]+\]):\d{1,5}$/i, { error: 'must be host:port' }))
      .optional()
      .transform((hosts) => hosts ?? []),
    'Hosts, as `host:port` with commas between, that may be asked by `http` and although private when others name them (receivers of webhooks, metadata). For the own devnet and tests. Unset: only the open internet is asked.',
  ),
  NDX_FEED_DAYS: variable(
    whole(1, 36_500).default(30),
    'Days that the feed of changes is kept: whoever follows it and was away for longer has to read the tables anew.',
  ),
  NDX_SECRET_KEY: variable(
    z
      .string()
      .regex(/^[0-9a-f]{64}$/i, { error: 'must be 64 hexadecimal digits (openssl rand -hex 32)' })
      .optional(),
    'Key by which secrets of webhooks are sealed in the database; keep it apart from backups. Unset: they stand plain, and `ndx doctor` says so.',
  ),
  NDX_ANSWERS_MIB: variable(
    whole(16, 65_536).default(96),
    'MiB that the answers of endpoints may take in one process at once, while they are fetched and until they are read; the next one in line goes on whatever is held. A process then stays below 512 MiB; more lets more large blocks be fetched ahead.',
  ),
  NDX_IPFS_GATEWAYS: variable(
    list(url(['http:', 'https:'], 'https://gateway.example')).default([
      'https://ipfs.io',
      'https://dweb.link',
      'https://w3s.link',
    ]),
    'IPFS gateways that `ndx metadata` asks, separated by commas; the quickest first, the others when it is slow or fails.',
  ),
  NDX_ARWEAVE_GATEWAYS: variable(
    list(url(['http:', 'https:'], 'https://gateway.example')).default(['https://arweave.net']),
    'Arweave gateways that `ndx metadata` asks, separated by commas.',
  ),
  NDX_METADATA_CONCURRENCY: variable(
    whole(1, 256).default(16),
    'Documents that one `ndx metadata` asks for at the same time; of one host at most a quarter of them, of a gateway all.',
  ),
  NDX_METADATA_HOSTS: variable(
    list(
      z.string().refine((text) => /^[a-z0-9.-]+=https?:\/\/[^=]+$/.test(text), {
        error: 'must be host=address like docs.example=http://127.0.0.1:8080',
      }),
    ).default([]),
    'Hosts of our own that `ndx metadata` asks at another address, as `host=address` with commas between: the documents of the devnet. ' +
      'Only these addresses may be private.',
  ),
  NDX_STUCK_AFTER: variable(
    whole(1, 86_400).default(60),
    "Seconds after which a chain's head that does not move counts as stuck and its listener starts again; waiting jobs of which none is completed twice as long, a job in hand five times.",
  ),
  NDX_WORKERS: variable(whole(1, 256).default(2), 'Batches that one process reconciles at once.'),
  NDX_LOG_LEVEL: variable(
    z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
    'Least level that is logged (stderr).',
  ),
  NDX_LOG_FORMAT: variable(
    z.enum(LOG_FORMATS, { error: `must be ${LOG_FORMATS.join(' or ')}` }).optional(),
    '`json` or `pretty`. Unset: pretty on a terminal, JSON elsewhere.',
  ),
  NDX_DEVNET_SEED: variable(
    z.string().default('normaldance'),
    'Seed of the devnet: the same seed plays the same users.',
  ),
  NDX_DEVNET_SLOT_MS: variable(whole(10, 60_000).default(400), 'Milliseconds between slots of the devnet.'),
  NDX_DEVNET_RATE: variable(
    decimal(0, 1_000).default(4),
    'Transactions a second that the devnet plays; 0 for none.',
  ),
} as const;

export type VariableName = keyof typeof VARIABLES;
/** The values of all variables after parsing. */
export type VariableValues = { readonly [N in VariableName]: z.output<(typeof VARIABLES)[N]['schema']> };

function variable<S extends z.ZodType>(
  schema: S,
  about: string,
): { readonly schema: S; readonly about: string } {
  return { schema, about };
}

type NamedPlace = { readonly path: string } | { readonly bucket: string; readonly prefix: string };

/** `s3://bucket/prefix`, or the path of a folder. */
function archivePlace(text: string, context: z.RefinementCtx): NamedPlace {
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text) ?? [];
  if (scheme === undefined) return { path: text };
  const [bucket = '', ...parts] = rest.split('/');
  if (scheme !== 's3' || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    context.issues.push({ code: 'custom', message: 'must be a folder or s3://bucket/prefix', input: text });
    return z.NEVER;
  }
  return { bucket, prefix: parts.filter((part) => part !== '').join('/') };
}

function protocolOf(text: string): string {
  try {
    const parsed = new URL(text);
    return parsed.hostname === '' ? '' : parsed.protocol;
  } catch {
    return '';
  }
}
