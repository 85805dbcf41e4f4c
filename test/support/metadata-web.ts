/**
 * A web of documents for tests: one real server that plays gateways, hosts and liars, by the path asked for.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createHosts } from '../../src/metadata/fetch/hosts.js';
import { createResolver, type Resolver } from '../../src/metadata/fetch/resolver.js';
import { createOutbound, type OutboundLimits } from '../../src/runtime/outbound/client.js';
import { serve } from './fake-internet.js';

export interface MetadataWeb {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly url: (path: string) => string;
  /** Path → what is answered; text is a document with status 200. */
  readonly answers: Map<
    string,
    string | Buffer | ((request: IncomingMessage, response: ServerResponse) => void)
  >;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  readonly resolver: Resolver;
  close(): Promise<void>;
}

export async function startMetadataWeb(
  options: { readonly limits?: Partial<OutboundLimits>; readonly atOnce?: number } = {},
): Promise<MetadataWeb> {
  const answers: MetadataWeb['answers'] = new Map();
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    const answer = answers.get(path);
    if (answer === undefined) response.writeHead(404).end('nothing here');
    else if (typeof answer === 'function') answer(request, response);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  };
  const server = await serve(listener);
  const host = `127.0.0.1:${server.port}`;
  const outbound = createOutbound({ plain: true, allowedHosts: [host], limits: options.limits ?? {} });
  const resolver = createResolver({
    outbound,
    hosts: createHosts({ atOnce: () => options.atOnce ?? 4 }),
    ipfsGateways: [`http://${host}`],
    arweaveGateways: [`http://${host}/ar`],
  });
  return {
    host,
    url: (path) => `http://${host}${path}`,
    answers,
    asked,
    resolver,
    close: async () => {
      await outbound.close();
      await server.close();
    },
  };
}
