/** What every kind of archive promises, over a real folder and over an S3-compatible server. */
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Archive, keyOf, packBlock } from '../../src/archive/archive.js';
import { createDirectoryArchive } from '../../src/archive/directory.js';
import { keepPruned } from '../../src/archive/keep-pruned.js';
import { pruneArchive } from '../../src/archive/prune.js';
import { createS3Archive } from '../../src/archive/s3.js';
import type { Chain } from '../../src/events/event.js';
import { eventually } from '../support/eventually.js';
import { CREDENTIALS, type S3Server, startS3Server } from '../support/s3-server.js';

const root = mkdtempSync(join(tmpdir(), 'ndx-archive-'));
const never = new AbortController().signal;
const ALL = { fromBlock: 0, toBlock: Number.MAX_SAFE_INTEGER };
let s3: S3Server;

beforeAll(async () => {
  // Three keys a page, so that every listing goes over several.
  s3 = await startS3Server({ pageSize: 3 });
  for (const [name, value] of Object.entries(CREDENTIALS)) vi.stubEnv(name, value);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3.close();
  rmSync(root, { recursive: true, force: true });
});

const bucket = (over: Partial<Parameters<typeof createS3Archive>[0]> = {}) =>
  createS3Archive({
    bucket: 'music',
    prefix: 'ndx/raw',
    endpoint: s3.url,
    region: undefined,
    signal: never,
    attempts: 3,
    ...over,
  });

interface Kind {
  readonly open: (name: string) => Archive;
  readonly spoil: (name: string, key: string, content?: Buffer) => void;
  readonly age: (name: string, key: string, days: number) => void;
}
const kinds: Readonly<Record<string, Kind>> = {
  directory: {
    open: (name) => createDirectoryArchive(join(root, name)),
    spoil: (name, key, content = Buffer.from('no gzip')) => writeFileSync(join(root, name, key), content),
    age: (name, key, days) => {
      const then = new Date(Date.now() - days * 86_400_000);
      utimesSync(join(root, name, key), then, then);
    },
  },
  s3: {
    open: (name) => bucket({ prefix: name }),
    spoil: (name, key, body = Buffer.from('no gzip')) =>
      void s3.objects.set(`${name}/${key}`, { body, storedAt: new Date() }),
    age: (name, key, days) => {
      const object = s3.objects.get(`${name}/${key}`);
      if (object) object.storedAt = new Date(Date.now() - days * 86_400_000);
    },
  },
};

const bytes = (text: string) => new TextEncoder().encode(text);
const text = async (archive: Archive, block: number) =>
  new TextDecoder().decode(await archive.get('solana', block));
async function put(archive: Archive, ...blocks: number[]): Promise<void> {
  for (const block of blocks) await archive.put('solana', block, await packBlock(bytes(`block ${block}`)));
}
async function list(archive: Archive, chain: Chain = 'solana', range = ALL): Promise<number[]> {
  const out: number[] = [];
  for await (const { block } of archive.list(chain, range)) out.push(block);
  return out;
}

describe.each(Object.entries(kinds))('%s', (_, kind) => {
  test('blocks come back as they were given, ascending, from many folders, each chain by itself', async () => {
    const archive = kind.open('a');
    await archive.check();
    await put(archive, 20_001, 9_999, 10_000, 3, 400_000_000, 0);
    await archive.put('ton', 5, await packBlock(bytes('other')));
    expect(await list(archive, 'solana', { fromBlock: 4, toBlock: 20_000 })).toEqual([9_999, 10_000]);
    expect(await list(archive, 'solana', { fromBlock: 9_999, toBlock: 9_999 })).toEqual([9_999]);
    expect(await list(archive)).toEqual([0, 3, 9_999, 10_000, 20_001, 400_000_000]);
    expect(await list(archive, 'ton')).toEqual([5]);
    expect(await text(archive, 10_000)).toBe('block 10000');
    await archive.put('solana', 3, await packBlock(bytes('again')));
    expect(await text(archive, 3)).toBe('again');
    for await (const { bytes: size, storedAt } of archive.list('ton', ALL)) {
      expect(size).toBe((await packBlock(bytes('other'))).length);
      expect(Math.abs(storedAt.getTime() - Date.now())).toBeLessThan(60_000);
    }
  });

  test('what is missing or damaged is told by its name', async () => {
    const archive = kind.open('b');
    await put(archive, 8);
    kind.spoil('b', keyOf('solana', 8));
    for (const block of [77, 8])
      await expect(archive.get('solana', block)).rejects.toMatchObject({
        code: 'BLOCK_UNAVAILABLE',
        message: expect.stringContaining(keyOf('solana', block)),
      });
  });

  test('what unpacks to far more than its size is refused by its name', async () => {
    const archive = kind.open('bomb');
    await put(archive, 8);
    const packed = gzipSync(Buffer.alloc(64 * 1024 * 1024, '[0,1]'));
    kind.spoil('bomb', keyOf('solana', 8), packed);
    await expect(archive.get('solana', 8)).rejects.toMatchObject({
      code: 'BLOCK_UNAVAILABLE',
      message: expect.stringMatching(
        new RegExp(`${keyOf('solana', 8)}\\): ${packed.length} bytes unpack to more than \\d+: no block`),
      ),
    });
  });

  test('pruning removes what was archived long enough ago, a dry run removes nothing', async () => {
    const archive = kind.open('c');
    await put(archive, 1, 2, 10_500, 10_501, 99_999);
    for (const block of [2, 10_500, 10_501]) kind.age('c', keyOf('solana', block), 31);
    const dry = await pruneArchive(archive, 'solana', { days: 30, dryRun: true });
    expect(dry).toMatchObject({ blocks: 3, keptBlocks: 2 });
    expect(dry.bytes).toBeGreaterThan(0);
    expect(await list(archive)).toEqual([1, 2, 10_500, 10_501, 99_999]);
    expect(await pruneArchive(archive, 'solana', { days: 30 })).toEqual(dry);
    expect(await list(archive)).toEqual([1, 99_999]);
    // Into a folder that pruning has emptied.
    await put(archive, 10_500);
    expect(await text(archive, 10_500)).toBe('block 10500');
    await archive.remove('solana', [10_500, 10_501]);
    expect(await list(archive)).toEqual([1, 99_999]);
  });
});

test('acceptance 5: a listener with a limit keeps its archive within it, and a failure does not end that', async () => {
  const archive = kinds.directory?.open('d') as Archive;
  await put(archive, 1, 2);
  kinds.directory?.age('d', keyOf('solana', 1), 2);
  const controller = new AbortController();
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (_: object, message: string) => void warnings.push(message) };
  let tries = 0;
  const flaky: Pick<Archive, 'list' | 'remove'> = {
    list: archive.list,
    remove: async (chain, blocks) => {
      tries += 1;
      if (tries === 1) throw new Error('out of reach');
      await archive.remove(chain, blocks);
    },
  };
  const kept = keepPruned(flaky, 'solana', { days: 1, signal: controller.signal, log, everyMs: 10 });
  await eventually(async () => expect(await list(archive)).toEqual([2]));
  controller.abort();
  await kept;
  expect(warnings).toHaveLength(1);
});

test('directory: what killed writers left goes with the folder, and nothing that is being written', async () => {
  const archive = createDirectoryArchive(join(root, 'e'));
  await put(archive, 1, 20_000);
  const [old, young] = ['000000000001.gz.x.part', '000000020000.gz.y.part'];
  writeFileSync(join(root, 'e/solana/00000000', old), 'half');
  utimesSync(join(root, 'e/solana/00000000', old), new Date(0), new Date(0));
  writeFileSync(join(root, 'e/solana/00000002', young), 'half');
  await archive.remove('solana', [1, 20_000]);
  expect(readdirSync(join(root, 'e/solana'))).toEqual(['00000002']);
  expect(readdirSync(join(root, 'e/solana/00000002'))).toEqual([young]);
});

test('directory: a place that is no folder is named with its variable', async () => {
  writeFileSync(join(root, 'file'), '');
  const wrong = createDirectoryArchive(join(root, 'file'));
  await expect(wrong.check()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('NDX_ARCHIVE'),
  });
  await expect(put(wrong, 1)).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE', retryable: true });
  await expect(list(createDirectoryArchive(join(root, 'nowhere')))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
});

describe('s3 as a store of others', () => {
  test('a range is listed from its first block on and no further than its last', async () => {
    const archive = bucket({ prefix: 'listed' });
    await put(archive, ...Array.from({ length: 30 }, (_, n) => n * 1000));
    s3.requests.length = 0;
    expect(await list(archive, 'solana', { fromBlock: 20_000, toBlock: 21_500 })).toEqual([20_000, 21_000]);
    expect(s3.requests).toEqual(['LIST listed/solana/ listed/solana/00000001/000000019999.gz']);
  });

  test('without a prefix, keys stand at the root of the bucket', async () => {
    const archive = bucket({ prefix: '' });
    await put(archive, 7);
    expect(s3.objects.has('solana/00000000/000000000007.gz')).toBe(true);
    expect(await list(archive, 'solana', { fromBlock: 7, toBlock: 7 })).toEqual([7]);
  });

  test('a store that fails for a moment is asked again', async () => {
    const archive = bucket();
    s3.fail(2, 503, 'SlowDown');
    await put(archive, 1);
    expect(await text(archive, 1)).toBe('block 1');
  });

  test.each([
    ['another bucket', () => bucket({ bucket: 'nobodys' }), {}, 'CONFIG_INVALID', 'NDX_ARCHIVE'],
    [
      'a wrong key',
      () => bucket(),
      { AWS_SECRET_ACCESS_KEY: 'hunter3-wrong' },
      'CONFIG_INVALID',
      'credentials',
    ],
    [
      'no credentials',
      () => bucket(),
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      'CONFIG_INVALID',
      'AWS_ACCESS_KEY_ID',
    ],
    [
      'no region',
      () => bucket({ endpoint: undefined }),
      { AWS_CONFIG_FILE: '/nowhere' },
      'CONFIG_INVALID',
      'NDX_ARCHIVE_S3_REGION',
    ],
    [
      'nobody there',
      () => bucket({ endpoint: 'http://127.0.0.1:9' }),
      {},
      'ARCHIVE_UNREACHABLE',
      'NDX_ARCHIVE_S3_ENDPOINT',
    ],
  ])('%s is told with what to change, and no secret', async (_name, open, environment, code, advice) => {
    const before = { ...process.env };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    try {
      const error = await open()
        .check()
        .catch((cause: unknown) => cause as Error);
      expect(error).toMatchObject({
        code,
        retryable: code === 'ARCHIVE_UNREACHABLE',
        message: expect.stringContaining(advice),
      });
      expect(String(error)).not.toContain('hunter');
    } finally {
      for (const name of Object.keys(environment)) vi.stubEnv(name, before[name]);
    }
  });

  test('a store that goes on failing is out of reach, what it refuses is not tried again', async () => {
    const archive = bucket({ prefix: 'refused' });
    s3.fail(3, 500, 'InternalError');
    await expect(put(archive, 1)).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE', retryable: true });
    s3.fail(1, 403, 'AccessDenied');
    await expect(put(archive, 1)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('an end that is asked for ends the requests under way', async () => {
    const controller = new AbortController();
    const archive = bucket({ signal: controller.signal });
    s3.fail(100, 503, 'SlowDown');
    const asked = put(archive, 1);
    controller.abort(new Error('stopping'));
    await expect(asked).rejects.toThrow('stopping');
    s3.fail(0, 500, '');
  });
});
