/**
 * A second endpoint on the same devnet that can be told to lie, whatever its chain: requests go on to the
 * honest one, and while a lie stands half of them are answered by it.
 */
import { createServer, type IncomingMessage } from 'node:http';

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
}

export interface Answered {
  readonly status: number;
  readonly body: string;
}

export type Pass = (asked: Asked) => Promise<Answered>;

export interface LyingEndpoint<L> {
  readonly url: string;
  lie(kind: L, milliseconds: number): void;
  honest(): void;
  close(): Promise<void>;
}

export interface LyingEndpointOptions<L> {
  /** Base URL of the honest endpoint. */
  readonly upstream: string;
  /** Decides which requests are lied to, while a lie stands; and whatever else is left to chance. */
  readonly fraction: () => number;
  /** The lie's answer; `pass` gives the honest one. */
  readonly tell: (kind: L, asked: Asked, pass: Pass) => Promise<Answered>;
}

export async function startLyingEndpoint<L>({
  upstream,
  fraction,
  tell,
}: LyingEndpointOptions<L>): Promise<LyingEndpoint<L>> {
  let current: { readonly kind: L; readonly until: number } | null = null;
  const pass: Pass = async ({ method, path, body }) => {
    const reply = await fetch(`${upstream}${path}`, {
      method,
      ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body }),
      signal: AbortSignal.timeout(20_000),
    });
    return { status: reply.status, body: await reply.text() };
  };
  const answer = async (request: IncomingMessage): Promise<Answered> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      body: Buffer.concat(chunks).toString('utf8'),
    };
    const lies = current !== null && current.until > Date.now() && fraction() < 0.5;
    return current !== null && lies ? tell(current.kind, asked, pass) : pass(asked);
  };
  const server = createServer((request, response) => {
    answer(request)
      .then(({ status, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(body),
      )
      .catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    lie: (kind, milliseconds) => {
      current = { kind, until: Date.now() + milliseconds };
    },
    honest: () => {
      current = null;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
