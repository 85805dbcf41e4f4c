/** The environment, read once into a frozen object. Nothing else reads `process.env`. */
import { NdxError } from '../src/runtime/errors.js';
import type { LOG_FORMATS, LOG_LEVELS } from '../src/runtime/logger.js';
import { VARIABLES, type VariableName, type VariableValues } from './variables.js';

type ArchivePlace =
  | { readonly kind: 'directory'; readonly path: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      readonly prefix: string;
      readonly endpoint: string | undefined;
      readonly region: string | undefined;
    };

export interface Env {
  readonly databaseUrl: string | undefined;
  /** More than one URL: nodes of one cluster. undefined: the queue is in the database. */
  readonly redisUrls: readonly string[] | undefined;
  readonly solana: {
    readonly rpcUrls: readonly string[] | undefined;
    readonly wsUrl: string | undefined;
    readonly apiKey: string | undefined;
    readonly commitment: 'confirmed' | 'finalized' | undefined;
  };
  readonly ton: {
    readonly v4Urls: readonly string[] | undefined;
    readonly v3Urls: readonly string[] | undefined;
    readonly v2Urls: readonly string[] | undefined;
    readonly apiKey: string | undefined;
  };
  readonly port: number;
  readonly host: string;
  /** Port of /health, /ready and /metrics of processes other than the API. */
  readonly healthPort: number | undefined;
  /** Name of a file in config/networks, or a path. */
  readonly network: string;
  readonly dataDir: string;
  /** Where raw blocks are kept; undefined: they are not. */
  readonly archive: ArchivePlace | undefined;
  /** Days that raw blocks are kept; undefined: for ever. */
  readonly archiveDays: number | undefined;
  /**
   * Milliseconds without progress after which a watchdog acts; src/process/health/watched-parts.ts multiplies
   * it.
   */
  /** Days that the feed of changes is kept. */
  readonly feedDays: number;
  readonly stuckAfter: number;
  /** Bytes that the answers of endpoints may take in one process at once. */
  readonly answerBytes: number;
  /** Batches that one process reconciles at once. */
  readonly workers: number;
  readonly metadata: {
    readonly ipfsGateways: readonly string[];
    readonly arweaveGateways: readonly string[];
    readonly concurrency: number;
    /** Host name → the address that it is asked at. */
    readonly hosts: readonly (readonly [host: string, address: string])[];
  };
  readonly log: {
    readonly level: (typeof LOG_LEVELS)[number];
    readonly format: (typeof LOG_FORMATS)[number] | undefined;
  };
  /** `host:port` that may be asked although strangers name them and they are private. */
  readonly outboundAllow: readonly string[];
  /** 64 hexadecimal digits; undefined: secrets stand plain in the database. */
  readonly secretKey: string | undefined;
  readonly devnet: {
    readonly seed: string;
    readonly slotMilliseconds: number;
    readonly transactionsPerSecond: number;
  };
}

/**
 * @throws NdxError CONFIG_INVALID naming every variable that is wrong and what it must be; values are not
 * repeated.
 */
export function loadEnv(source: Readonly<Record<string, string | undefined>> = process.env): Env {
  const problems: string[] = [];
  const parsed: Record<string, unknown> = {};
  for (const [name, { schema }] of Object.entries(VARIABLES)) {
    const text = source[name]?.trim();
    const result = schema.safeParse(text === '' ? undefined : text);
    if (result.success) parsed[name] = result.data;
    else problems.push(`${name} ${result.error.issues[0]?.message ?? 'is not valid'}`);
  }
  for (const name of Object.keys(source)) {
    const meant = misspelt(name);
    if (meant) problems.push(`${name} is not a variable of this program: did you mean ${meant}?`);
  }
  if (problems.length > 0)
    throw new NdxError('CONFIG_INVALID', `the environment is not valid: ${problems.join('; ')}`);
  const values = parsed as VariableValues;
  return deepFreeze({
    databaseUrl: values.DATABASE_URL,
    redisUrls: values.REDIS_URL,
    solana: {
      rpcUrls: values.SOLANA_RPC_URL,
      wsUrl: values.SOLANA_WS_URL,
      apiKey: values.SOLANA_RPC_API_KEY,
      commitment: values.NDX_COMMITMENT,
    },
    ton: {
      v4Urls: values.TON_V4_URL,
      v3Urls: values.TONCENTER_V3_URL,
      v2Urls: values.TONCENTER_V2_URL,
      apiKey: values.TON_API_KEY,
    },
    port: values.PORT,
    host: values.HOST,
    healthPort: values.NDX_HEALTH_PORT,
    network: values.NDX_NETWORK,
    dataDir: values.NDX_DATA_DIR,
    archive: archiveOf(values),
    archiveDays: values.NDX_ARCHIVE_DAYS,
    feedDays: values.NDX_FEED_DAYS,
    stuckAfter: values.NDX_STUCK_AFTER * 1000,
    answerBytes: values.NDX_ANSWERS_MIB * 1024 * 1024,
    workers: values.NDX_WORKERS,
    metadata: {
      ipfsGateways: values.NDX_IPFS_GATEWAYS,
      arweaveGateways: values.NDX_ARWEAVE_GATEWAYS,
      concurrency: values.NDX_METADATA_CONCURRENCY,
      hosts: values.NDX_METADATA_HOSTS.map((text) => {
        const at = text.indexOf('=');
        return [text.slice(0, at), text.slice(at + 1)] as const;
      }),
    },
    log: { level: values.NDX_LOG_LEVEL, format: values.NDX_LOG_FORMAT },
    outboundAllow: values.NDX_OUTBOUND_ALLOW,
    secretKey: values.NDX_SECRET_KEY,
    devnet: {
      seed: values.NDX_DEVNET_SEED,
      slotMilliseconds: values.NDX_DEVNET_SLOT_MS,
      transactionsPerSecond: values.NDX_DEVNET_RATE,
    },
  });
}

/** The environment for a child process: this process's own, with some variables set. */
export function childEnvironment(
  set: Readonly<Partial<Record<VariableName, string>>>,
): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { ...Object.fromEntries(inherited), ...set };
}

function archiveOf(values: VariableValues): Env['archive'] {
  const place = values.NDX_ARCHIVE;
  if (place === undefined) return undefined;
  if ('path' in place) return { kind: 'directory', ...place };
  return {
    kind: 's3',
    ...place,
    endpoint: values.NDX_ARCHIVE_S3_ENDPOINT,
    region: values.NDX_ARCHIVE_S3_REGION,
  };
}

/**
 * The variable that an unknown name was probably meant to be. Unknown names that resemble none are ignored,
 * because orchestrators add variables named after their services.
 */
function misspelt(name: string): string | undefined {
  if (!name.startsWith('NDX_') || Object.hasOwn(VARIABLES, name)) return undefined;
  return Object.keys(VARIABLES).find((known) => editDistance(name, known) <= 2);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function deepFreeze<T extends object>(value: T): T {
  for (const item of Object.values(value)) if (typeof item === 'object' && item !== null) deepFreeze(item);
  return Object.freeze(value);
}
