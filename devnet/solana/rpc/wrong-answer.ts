/** How an HTTP answer goes wrong, by fault. */
import type { ServerResponse } from 'node:http';
import type { HttpFaultKind } from './faults.js';
import { parseBody } from './json-rpc.js';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** Answer in the wrong way that the fault names; `text` makes the right answer. */
export async function answerWrongly(
  fault: { readonly kind: HttpFaultKind; readonly retryAfter: number },
  response: ServerResponse,
  body: string,
  text: () => Promise<string>,
): Promise<void> {
  const value = parseBody(body)?.value;
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null;
  switch (fault.kind) {
    case '429': {
      const error = { code: 429, message: 'Too many requests for a specific RPC call' };
      response.writeHead(429, { ...JSON_TYPE, 'retry-after': String(fault.retryAfter) }).end(JSON.stringify({ jsonrpc: '2.0', error, id }));
      return;
    }
    case '500':
      response.writeHead(500, { 'content-type': 'text/plain' }).end('Internal Server Error');
      return;
    case '503':
      response.writeHead(503, { 'content-type': 'text/plain' }).end('Service Unavailable');
      return;
    case 'stall':
      // The client gives up, or DELETE /admin/faults cuts the connection.
      return;
    case 'cut': {
      const whole = Buffer.from(await text());
      response.writeHead(200, { ...JSON_TYPE, 'content-length': whole.length });
      response.write(whole.subarray(0, Math.floor(whole.length / 2)), () => response.destroy());
      return;
    }
    case 'wrong-json':
      response.writeHead(200, JSON_TYPE).end(JSON.stringify({ jsonrpc: '2.0', result: { unexpected: [true] }, id }));
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><html><body><h1>Welcome to nginx!</h1></body></html>');
      return;
  }
}
