/**
 * A second endpoint on the same devnet that can be told to lie: it leaves slots out of its lists, calls
 * blocks skipped, names a head that is far behind or ahead, or answers for another slot than it was asked
 * for.
 */
import { createServer, type IncomingMessage } from 'node:http';

export const LIES = ['omits-slots', 'claims-skipped', 'old-head', 'future-head', 'wrong-block'] as const;
export type Lie = (typeof LIES)[number];

export interface LyingRpc {
  readonly url: string;
  lie(kind: Lie, milliseconds: number): void;
  honest(): void;
  close(): Promise<void>;
}

interface Call {
  readonly method?: string;
  readonly params?: readonly unknown[];
  readonly id?: unknown;
}

/** @param fraction decides which calls are lied to, while a lie stands */
export async function startLyingRpc(devnet: string, fraction: () => number): Promise<LyingRpc> {
  let current: { readonly kind: Lie; readonly until: number } | null = null;
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
    const body = Buffer.concat(chunks).toString('utf8');
    const kind = current && current.until > Date.now() && fraction() < 0.5 ? current.kind : null;
    const call = JSON.parse(body) as Call | Call[];
    if (kind === null || Array.isArray(call)) return pass(body);
    if (kind === 'claims-skipped' && call.method === 'getBlock')
      return {
        status: 200,
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: call.id,
          error: { code: -32007, message: 'Slot was skipped' },
        }),
      };
    if (kind === 'wrong-block' && call.method === 'getBlock' && typeof call.params?.[0] === 'number')
      return pass(
        JSON.stringify({ ...call, params: [Math.max(0, call.params[0] - 1), ...call.params.slice(1)] }),
      );
    const honest = await pass(body);
    if (honest.status !== 200) return honest;
    const reply = JSON.parse(honest.body) as { result?: unknown };
    if (kind === 'omits-slots' && call.method === 'getBlocks' && Array.isArray(reply.result))
      reply.result = reply.result.filter(() => fraction() < 0.7);
    if (kind === 'old-head' && call.method === 'getSlot')
      reply.result = Math.max(0, Number(reply.result) - 50);
    if (kind === 'future-head' && call.method === 'getSlot') reply.result = Number(reply.result) + 3;
    return { status: 200, body: JSON.stringify(reply) };
  }

  const pass = async (body: string): Promise<{ status: number; body: string }> => {
    const reply = await fetch(devnet, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(20_000),
    });
    return { status: reply.status, body: await reply.text() };
  };

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
