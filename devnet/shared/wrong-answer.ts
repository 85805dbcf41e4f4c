/** How an HTTP answer goes wrong, by fault. */
import type { ServerResponse } from 'node:http';
import type { HttpFault } from './fault-entries.js';

export const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

export interface WrongBodies {
  /** JSON of a 429. */
  readonly tooMany: unknown;
  /** JSON that is no answer to the request. */
  readonly wrong: unknown;
  /** Makes the right answer. */
  readonly text: () => Promise<string>;
}

/** Answer in the wrong way that the fault names. */
export async function answerWrongly(
  fault: HttpFault,
  response: ServerResponse,
  { tooMany, wrong, text }: WrongBodies,
): Promise<void> {
  switch (fault.kind) {
    case '429':
      response
        .writeHead(429, { ...JSON_TYPE, 'retry-after': String(fault.retryAfter) })
        .end(JSON.stringify(tooMany));
      return;
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
      response.writeHead(200, JSON_TYPE).end(JSON.stringify(wrong));
      return;
    case 'html':
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<!doctype html><html><body><h1>Welcome to nginx!</h1></body></html>');
      return;
  }
}
