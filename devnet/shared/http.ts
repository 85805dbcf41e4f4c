/** What every devnet endpoint does with requests and its server, whatever it serves. */
import type { IncomingMessage, Server } from 'node:http';

const MOST_BODY_BYTES = 5_000_000;

/** @returns null when it is too large */
export async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/**
 * The key is asked for in a query parameter (`api-key`, `api_key`), `x-api-key` or `authorization: Bearer`;
 * always true when there is none.
 */
export function hasKey(request: IncomingMessage, url: URL, apiKey: string | undefined): boolean {
  if (apiKey === undefined) return true;
  const { authorization } = request.headers;
  const given = [
    url.searchParams.get('api-key'),
    url.searchParams.get('api_key'),
    request.headers['x-api-key'],
  ];
  return [...given, authorization?.replace(/^Bearer /i, '')].includes(apiKey);
}
