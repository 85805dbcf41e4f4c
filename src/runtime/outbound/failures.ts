/** Turns what undici, sockets and TLS fail with into the errors of the guarded client. */
import { messageOf, NdxError } from '../errors.js';
import { redactUrl } from '../redact.js';

const TIMEOUTS = ['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];
/** The answer is not HTTP, or ended in the middle in a way that HTTP does not allow. */
const BAD = ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'UND_ERR_RESPONSE'];

/**
 * @param url what was asked; only its scheme and host are shown
 * @param overdue milliseconds after which the whole request was given up; null when it was not
 */
export function asOutboundError(error: unknown, url: string, overdue: number | null): NdxError {
  if (error instanceof NdxError) return error;
  const where = redactUrl(url);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const fail = (...[name, message, retryable]: [NdxError['code'], string, boolean]) =>
    new NdxError(name, message, { retryable, cause: error });
  if (overdue !== null) return fail('OUTBOUND_TIMEOUT', `${where} took longer than ${overdue} ms`, true);
  if (TIMEOUTS.includes(code))
    return fail('OUTBOUND_TIMEOUT', `${where} does not answer in time: ${messageOf(error)}`, true);
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW')
    return fail('OUTBOUND_TOO_LARGE', `the headers of ${where} are too long`, false);
  if (BAD.includes(code) || (error instanceof Error && error.name === 'HTTPParserError'))
    return fail('OUTBOUND_BAD_RESPONSE', `${where} does not answer as HTTP: ${messageOf(error)}`, true);
  return fail('OUTBOUND_UNREACHABLE', `${where} cannot be reached: ${messageOf(error)}`, true);
}
