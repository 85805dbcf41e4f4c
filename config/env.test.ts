import { describe, expect, test } from 'vitest';
import { exitCodeOf, NdxError } from '../src/runtime/errors.js';
import { loadEnv } from './env.js';

function failure(source: Record<string, string>): NdxError {
  try {
    loadEnv(source);
  } catch (error) {
    if (error instanceof NdxError) return error;
  }
  throw new Error('loadEnv accepted it');
}

describe('environment', () => {
  test('needs nothing, treats empty as unset and is frozen', () => {
    const env = loadEnv({ DATABASE_URL: '', PORT: ' ' });
    expect(env).toMatchObject({
      databaseUrl: undefined,
      redisUrls: undefined,
      port: 4000,
      host: '127.0.0.1',
      network: 'devnet',
      dataDir: '.ndx',
    });
    expect(Object.isFrozen(env) && Object.isFrozen(env.solana) && Object.isFrozen(env.devnet)).toBe(true);
  });

  test('parses lists and numbers', () => {
    const env = loadEnv({
      SOLANA_RPC_URL: 'https://a.example/key, http://b.example:8899',
      REDIS_URL: 'rediss://one:6379, rediss://two:6379',
      PORT: '0',
      NDX_DEVNET_RATE: '0.5',
    });
    expect(env.solana.rpcUrls).toEqual(['https://a.example/key', 'http://b.example:8899']);
    expect(env.redisUrls).toEqual(['rediss://one:6379', 'rediss://two:6379']);
    expect(env.port).toBe(0);
    expect(env.devnet.transactionsPerSecond).toBe(0.5);
  });

  test.each([
    ['DATABASE_URL', 'mysql://ndx:hunter2@db/x', 'postgresql://'],
    ['DATABASE_URL', 'postgres//ndx:hunter2@db', 'postgresql://'],
    ['REDIS_URL', 'hunter2', 'redis://'],
    ['SOLANA_RPC_URL', 'https://ok.example,hunter2', 'https://host'],
    ['SOLANA_WS_URL', 'https://hunter2.example', 'wss://'],
    ['PORT', '65536', '0 to 65535'],
    ['PORT', '-1', 'whole number'],
    ['NDX_LOG_LEVEL', 'loud', 'info'],
    ['NDX_LOG_FORMAT', 'xml', 'json or pretty'],
    ['NDX_COMMITMENT', 'processed', 'confirmed or finalized'],
    ['NDX_WORKERS', '0', '1 to 256'],
    ['NDX_ARCHIVE', 'gs://hunter2/x', 's3://bucket/prefix'],
    ['NDX_ARCHIVE', 's3://key:hunter2@music', 's3://bucket/prefix'],
    ['NDX_ARCHIVE', 's3://', 's3://bucket/prefix'],
    ['NDX_ARCHIVE_DAYS', '0', '1 to 36500'],
    ['NDX_ARCHIVE_S3_ENDPOINT', 'minio:9000', 'http://host:8899'],
    ['NDX_ARCHIVE_S3_ENDPOINT', 'https://key:hunter2@store.example', 'AWS_SECRET_ACCESS_KEY'],
  ])('%s=%s is refused with what it must be, exit code 78, and without its value', (name, value, advice) => {
    const error = failure({ [name]: value });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(exitCodeOf(error)).toBe(78);
    expect(error.message).toContain(name);
    expect(error.message).toContain(advice);
    expect(error.message).not.toContain('hunter2');
  });

  test('takes a folder or a bucket for the archive', () => {
    expect(loadEnv({}).archive).toBeUndefined();
    expect(loadEnv({ NDX_ARCHIVE: 'var/archive' }).archive).toEqual({
      kind: 'directory',
      path: 'var/archive',
    });
    const place = {
      NDX_ARCHIVE: 's3://music/ndx/raw/',
      NDX_ARCHIVE_S3_ENDPOINT: 'http://minio:9000',
      NDX_ARCHIVE_DAYS: '30',
    };
    expect(loadEnv(place)).toMatchObject({
      archive: {
        kind: 's3',
        bucket: 'music',
        prefix: 'ndx/raw',
        endpoint: 'http://minio:9000',
        region: undefined,
      },
      archiveDays: 30,
    });
    expect(loadEnv({ NDX_ARCHIVE: 's3://music' }).archive).toMatchObject({
      bucket: 'music',
      prefix: '',
      endpoint: undefined,
    });
  });

  test('names every problem at once, misspelt variables too', () => {
    const error = failure({ PORT: 'x', NDX_WROKERS: '3', NDX_API_SERVICE_HOST: '10.0.0.1' });
    expect(error.message).toContain('PORT');
    expect(error.message).toContain('did you mean NDX_WORKERS?');
    expect(error.message, "an orchestrator's own variable").not.toContain('SERVICE_HOST');
  });
});
