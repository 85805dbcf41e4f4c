/**
 * An S3-compatible store in memory, at the network edge: buckets, the five requests that the archive makes,
 * and nothing else. It checks what a real one checks: the signature (version 4, over the body too), the shape
 * of every request, and that there is such a bucket.
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'AKIATEST',
  AWS_SECRET_ACCESS_KEY: 'hunter2-secret',
} as const;

export interface S3Server {
  readonly url: string;
  /** Key → object, of the bucket `music`. */
  readonly objects: Map<string, { readonly body: Buffer; storedAt: Date }>;
  /** `PUT key`, `GET key`, `LIST prefix after`, `DELETE n`, in order. */
  readonly requests: string[];
  /** Answers the next so many requests with this status and code. */
  fail(times: number, status: number, code: string): void;
  close(): Promise<void>;
}

/** @param pageSize keys in one answer to a listing; a real one gives 1,000 */
export async function startS3Server({
  pageSize = 1000,
}: {
  readonly pageSize?: number;
} = {}): Promise<S3Server> {
  const objects: S3Server['objects'] = new Map();
  const requests: string[] = [];
  const failing = { times: 0, status: 500, code: '' };
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) =>
      refuse(response, 400, 'InvalidRequest', String(error)),
    );
  });

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const body = await bodyOf(request);
    if (failing.times-- > 0) return refuse(response, failing.status, failing.code, 'as the test asked');
    const wrong = wrongSignature(request, body);
    if (wrong) return refuse(response, 403, wrong, 'the signature does not hold');
    const url = new URL(request.url ?? '/', 'http://s3');
    const [, bucket = '', ...path] = url.pathname.split('/');
    if (bucket !== 'music')
      return refuse(response, 404, 'NoSuchBucket', 'The specified bucket does not exist');
    const key = decodeURIComponent(path.join('/'));
    if (request.method === 'PUT' && key !== '') return put(response, key, body);
    if (request.method === 'GET' && key !== '') return get(response, key);
    if (request.method === 'GET' && url.searchParams.get('list-type') === '2')
      return list(response, url.searchParams);
    if (request.method === 'POST' && url.searchParams.has('delete'))
      return remove(request, response, body.toString());
    refuse(response, 405, 'MethodNotAllowed', `${request.method} ${request.url}`);
  }

  function put(response: ServerResponse, key: string, body: Buffer) {
    requests.push(`PUT ${key}`);
    objects.set(key, { body, storedAt: new Date() });
    response.writeHead(200, { ETag: `"${createHash('md5').update(body).digest('hex')}"` }).end();
  }

  function get(response: ServerResponse, key: string) {
    requests.push(`GET ${key}`);
    const found = objects.get(key);
    if (!found) return refuse(response, 404, 'NoSuchKey', 'The specified key does not exist.');
    response.writeHead(200, { 'Content-Length': found.body.length }).end(found.body);
  }

  function list(response: ServerResponse, query: URLSearchParams) {
    const [prefix, after] = [
      query.get('prefix') ?? '',
      query.get('continuation-token') ?? query.get('start-after') ?? '',
    ];
    requests.push(`LIST ${prefix} ${after}`);
    // S3 gives keys in the order of their bytes.
    const found = [...objects]
      .filter(([key]) => key.startsWith(prefix) && key > after)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const page = found.slice(0, Math.min(pageSize, Number(query.get('max-keys') ?? pageSize)));
    const contents = page.map(
      ([key, { body, storedAt }]) =>
        `<Contents><Key>${key}</Key><LastModified>${storedAt.toISOString()}</LastModified><Size>${body.length}</Size></Contents>`,
    );
    const more = found.length > page.length;
    const next = more ? `<NextContinuationToken>${page.at(-1)?.[0]}</NextContinuationToken>` : '';
    xml(
      response,
      200,
      `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
    );
  }

  function remove(request: IncomingMessage, response: ServerResponse, body: string) {
    const checked = Object.keys(request.headers).some(
      (name) => name === 'content-md5' || name.startsWith('x-amz-checksum-'),
    );
    if (!checked)
      return refuse(response, 400, 'InvalidRequest', 'Missing required header for this request: Content-MD5');
    const keys = [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => match[1] ?? '');
    if (keys.length === 0 || keys.length > 1000)
      return refuse(response, 400, 'MalformedXML', `${keys.length} keys`);
    requests.push(`DELETE ${keys.length}`);
    for (const key of keys) objects.delete(key);
    xml(response, 200, '<DeleteResult></DeleteResult>');
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests,
    fail: (times, status, code) => Object.assign(failing, { times, status, code }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** AWS Signature Version 4, in the header `authorization`. null: it holds. */
function wrongSignature({ method, url = '/', headers }: IncomingMessage, body: Buffer): string | null {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[^/]+\/s3\/aws4_request), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, keyId, scope = '', names = '', signature] = form.exec(headers.authorization ?? '') ?? [];
  if (keyId !== CREDENTIALS.AWS_ACCESS_KEY_ID) return 'InvalidAccessKeyId';
  if (headers['x-amz-content-sha256'] !== hash(body)) return 'XAmzContentSHA256Mismatch';
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const query = [...searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const signed = names.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`);
  const canonical = [method, pathname, query.join('&'), signed.join(''), names, hash(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>(
      (secret, part) => hmac(secret, part),
      `AWS4${CREDENTIALS.AWS_SECRET_ACCESS_KEY}`,
    );
  return hmac(key, text).toString('hex') === signature ? null : 'SignatureDoesNotMatch';
}

const hash = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  xml(response, status, `<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}

function xml(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, { 'Content-Type': 'application/xml' })
    .end(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
}
