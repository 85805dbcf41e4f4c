/**
 * The web beside the devnet: documents of its NFTs over HTTP, with the hosts' bad manners. `GET
 * /admin/oracle` says of every document that was asked for what the truth is by now.
 */
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer } from '../shared/http.js';
import { type Truth, truthOf } from './truth.js';

export interface DocumentsServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A picture of one byte, more or less. */
const PICTURE = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** @param port 0 takes a free one */
export async function startDocuments(host: string, port: number): Promise<DocumentsServer> {
  /** Path → requests so far, and documents given so far. */
  const asked = new Map<string, { requests: number; given: number }>();

  const give = (response: ServerResponse, truth: Truth, path: string, known: string | undefined): void => {
    const count = asked.get(path) ?? { requests: 0, given: 0 };
    asked.set(path, { ...count, requests: count.requests + 1 });
    const first = count.requests === 0;
    if (truth.behaviour === 'stalls first' && first) return;
    if (truth.behaviour === 'lies always') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(PICTURE);
      return;
    }
    if (truth.behaviour === 'lies first' && first) {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('<!doctype html><title>Hold on</title>');
      return;
    }
    const body = JSON.stringify(truth.document(count.given));
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
    asked.set(path, { requests: count.requests + 1, given: count.given + 1 });
    if (known === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { 'content-type': 'text/plain', etag }).end(body);
  };

  const oracle = () =>
    [...asked].flatMap(([path, { given }]) => {
      const truth = truthOf(path);
      if (truth === null) return [];
      return [
        { path, behaviour: truth.behaviour, given, document: given === 0 ? null : truth.document(given - 1) },
      ];
    });

  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const truth = truthOf(path);
    if (path === '/admin/oracle')
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ documents: oracle() }));
    else if (truth === null) response.writeHead(404, { 'content-type': 'text/plain' }).end('nothing here');
    else give(response, truth, path, request.headers['if-none-match']);
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, host, done);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${taken}`,
    close: () => closeServer(server),
  };
}
