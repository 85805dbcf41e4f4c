/**
 * The raw archive in a bucket of an S3-compatible store. Credentials are found as by every AWS tool (the
 * SDK's default chain).
 */
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Chain } from '../events/event.js';
import { NdxError } from '../runtime/errors.js';
import { type Archive, assertPackedSize, blockOf, keyOf, unavailable, unpackBlock } from './archive.js';
import { nameOf, s3Error } from './s3-errors.js';

export interface S3Place {
  readonly bucket: string;
  /** '' or a path without slashes at its ends. */
  readonly prefix: string;
  /** URL of the store; undefined: Amazon S3. */
  readonly endpoint: string | undefined;
  /**
   * undefined: what the SDK finds; where `endpoint` is set it is `us-east-1`, which stores without regions
   * accept.
   */
  readonly region: string | undefined;
}

export interface S3Options extends S3Place {
  /** Ends all requests when it is aborted. */
  readonly signal: AbortSignal;
  /** Attempts for each request, with the SDK's jittered backoff between them; default 5. */
  readonly attempts?: number;
}

const CONNECT_MS = 5_000;
const REQUEST_MS = 30_000;
/** Most keys that one request may delete. */
const DELETED_AT_ONCE = 1_000;

export function createS3Archive({
  bucket,
  prefix,
  endpoint,
  region,
  signal,
  attempts = 5,
}: S3Options): Archive {
  const ownRegion = region ?? (endpoint === undefined ? undefined : 'us-east-1');
  const client = new S3Client({
    // Other stores than Amazon's seldom have a host name for every bucket, and seldom know the newer
    // checksums.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(ownRegion === undefined ? {} : { region: ownRegion }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
    },
  });
  const how = { abortSignal: signal };
  const place = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  const rooted = (key: string) => (prefix === '' ? key : `${prefix}/${key}`);
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof NdxError ? error : s3Error(error, place);
    }
  };

  return {
    check: () =>
      ask(async () => {
        await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: rooted(''), MaxKeys: 1 }), how);
      }),
    put: (chain, block, packed) =>
      ask(async () => {
        const Key = rooted(keyOf(chain, block));
        await client.send(
          new PutObjectCommand({ Bucket: bucket, Key, Body: packed, ContentType: 'application/gzip' }),
          how,
        );
      }),
    get: async (chain, block) => {
      const key = keyOf(chain, block);
      const packed = await ask(async () => {
        try {
          const { Body, ContentLength = 0 } = await client.send(
            new GetObjectCommand({ Bucket: bucket, Key: rooted(key) }),
            how,
          );
          assertPackedSize(ContentLength, chain, block, `${place}/${key}`);
          return (await Body?.transformToByteArray()) ?? new Uint8Array();
        } catch (error) {
          throw nameOf(error) === 'NoSuchKey' ? unavailable(chain, block, `${place}/${key}`, error) : error;
        }
      });
      return unpackBlock(packed, chain, block, `${place}/${key}`);
    },
    place: (chain, block) => `${place}/${keyOf(chain, block)}`,
    async *list(chain, { fromBlock, toBlock }) {
      const Prefix = rooted(`${chain}/`);
      // Keys sort in the order of their blocks: the listing begins after the key of the block before the
      // first one, and ends after the last one.
      const StartAfter = fromBlock === 0 ? Prefix : rooted(keyOf(chain, fromBlock - 1));
      const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix, StartAfter }, how)[
        Symbol.asyncIterator
      ]();
      for (let page = await ask(() => pages.next()); !page.done; page = await ask(() => pages.next())) {
        for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.value.Contents ?? []) {
          const block = blockOf(Key);
          if (block === null || Key !== rooted(keyOf(chain, block))) continue;
          if (block > toBlock) return;
          yield { block, bytes: Size, storedAt: LastModified };
        }
      }
    },
    remove: (chain, blocks) => ask(() => removeAll(chain, blocks)),
    close: () => client.destroy(),
  };

  async function removeAll(chain: Chain, blocks: readonly number[]): Promise<void> {
    for (let at = 0; at < blocks.length; at += DELETED_AT_ONCE) {
      const Objects = blocks
        .slice(at, at + DELETED_AT_ONCE)
        .map((block) => ({ Key: rooted(keyOf(chain, block)) }));
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
        how,
      );
      const [first] = Errors;
      if (first)
        throw Object.assign(new Error(`${first.Key}: ${first.Message ?? 'it cannot be deleted'}`), {
          name: first.Code ?? '',
        });
    }
  }
}
