/** An endpoint in front of another one, whose answers a test changes: JSON in, JSON out. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LyingHttp {
  readonly url: string;
  /** Changes what is answered to a request of this method and path; what it returns is sent. */
  lie: (path: string, answer: unknown) => unknown;
  close(): Promise<void>;
}

/** @param honest URL of the endpoint behind it, without a path */
export async function startLyingHttp(honest: string): Promise<LyingHttp> {
  const origin = honest.replace(/\/$/, '');
  const server = createServer((request, response) => {
    answer(request)
      .then(({ status, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(body),
      )
      .catch((error: unknown) => response.writeHead(502).end(String(error)));
  });

  async function answer(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '/';
    const reply = await fetch(`${origin}${path}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json' },
      ...(request.method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
    });
    const said = await reply.text();
    if (reply.status !== 200) return { status: reply.status, body: said };
    return { status: 200, body: JSON.stringify(lying.lie(path, JSON.parse(said))) };
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const lying: LyingHttp = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lie: (_, said) => said,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return lying;
}
