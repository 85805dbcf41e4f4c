/**
 * `ndx archive prune` as operators run it, over a bucket: what would go, what goes, and how it ends when it
 * cannot.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyOf } from '../../src/archive/archive.js';
import { ndxProcess } from '../support/ndx.js';
import { CREDENTIALS, type S3Server, startS3Server } from '../support/s3-server.js';

let s3: S3Server;
let environment: Record<string, string>;
beforeAll(async () => {
  s3 = await startS3Server();
  environment = {
    ...CREDENTIALS,
    NDX_ARCHIVE: 's3://music/ndx',
    NDX_ARCHIVE_S3_ENDPOINT: s3.url,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const days = (count: number) => new Date(Date.now() - count * 86_400_000);
  const put = (key: string, age: number) =>
    s3.objects.set(`ndx/${key}`, { body: Buffer.alloc(100), storedAt: days(age) });
  for (const block of [1, 2, 3]) put(keyOf('solana', block), 40 - block * 10);
  put(keyOf('ton', 9), 100);
});
afterAll(() => s3.close());

test('a dry run says what would go; the age is --older-than or NDX_ARCHIVE_DAYS; one chain or all', async () => {
  const dry = await ndxProcess(
    ['archive', 'prune', '--older-than', '15', '--dry-run', '--json'],
    environment,
  );
  expect(dry.code, dry.stderr).toBe(0);
  expect(JSON.parse(dry.stdout)).toEqual({
    olderThanDays: 15,
    dryRun: true,
    chains: [
      { chain: 'solana', blocks: 2, bytes: 200, keptBlocks: 1, keptBytes: 100 },
      { chain: 'ton', blocks: 1, bytes: 100, keptBlocks: 0, keptBytes: 0 },
    ],
  });
  expect(s3.objects.size).toBe(4);
  const done = await ndxProcess(['archive', 'prune', '--chain', 'solana'], {
    ...environment,
    NDX_ARCHIVE_DAYS: '25',
  });
  expect([done.code, done.stdout]).toEqual([0, 'solana: 1 blocks (0.0 MB) removed, 2 (0.0 MB) stay\n']);
  expect([...s3.objects.keys()].map((key) => key.slice(4))).toEqual([
    keyOf('solana', 2),
    keyOf('solana', 3),
    keyOf('ton', 9),
  ]);
});

test.each([
  ['no age', [], {}, 64, '--older-than'],
  ['no archive', ['--older-than', '1'], { NDX_ARCHIVE: '' }, 78, 'NDX_ARCHIVE'],
  ['another bucket', ['--older-than', '1'], { NDX_ARCHIVE: 's3://nobodys' }, 78, 'NDX_ARCHIVE'],
  [
    'no credentials',
    ['--older-than', '1'],
    { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
    78,
    'AWS_ACCESS_KEY_ID',
  ],
  [
    'nobody there',
    ['--older-than', '1'],
    { NDX_ARCHIVE_S3_ENDPOINT: 'http://127.0.0.1:9' },
    69,
    'NDX_ARCHIVE_S3_ENDPOINT',
  ],
])(
  '%s: the exit code is the documented one, and the message says what to change',
  async (_name, args, over, code, advice) => {
    const ended = await ndxProcess(['archive', 'prune', ...args], { ...environment, ...over });
    expect(ended.code, ended.stderr).toBe(code);
    expect(ended.stderr).toContain(advice);
    expect(ended.stderr).not.toContain('hunter2');
  },
);
