/** Which answers of a host are believed, and which ask for patience. */
import { NdxError } from '../../runtime/errors.js';
import type { OutboundResponse } from '../../runtime/outbound/client.js';
import { readRetryAfter } from '../../runtime/outbound/retry-after.js';
import { MOST_BYTES, parseDocument } from '../document/document.js';
import type { Hosts } from './hosts.js';

/** Milliseconds that a host rests which says 429 or 503 and not how long. */
const REST = 30_000;

/** @throws NdxError when the answer is no document: a gateway's error page is no content */
export function believed({ status, body }: OutboundResponse, host: string): Buffer {
  if (status !== 200)
    throw new NdxError('OUTBOUND_BAD_RESPONSE', `${host} answers with status ${status}`, {
      retryable: status === 429 || status >= 500,
    });
  if (body.length > MOST_BYTES)
    throw new NdxError('OUTBOUND_TOO_LARGE', `${host} gives more than ${MOST_BYTES} bytes`);
  const parsed = parseDocument(body);
  if ('refused' in parsed) throw new NdxError('OUTBOUND_BAD_RESPONSE', `${host}: ${parsed.refused}`);
  return body;
}

/** Lets a host rest that asks for patience, as long as it says. */
export function restIfAsked(hosts: Hosts, host: string, { status, headers }: OutboundResponse): void {
  if (status !== 429 && status !== 503) return;
  hosts.rest(host, readRetryAfter(headers['retry-after']) || REST);
}
