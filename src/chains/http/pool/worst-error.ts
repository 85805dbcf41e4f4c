import { NdxError } from '../../../runtime/errors.js';
import { isAboutBlock, RpcError } from '../errors.js';

/**
 * The one error that stands for those of several endpoints: a retryable one rather than a final one, and one
 * about the block rather than one about the endpoint. Its message quotes the others.
 * @throws NdxError INTERNAL when there is none
 */
export function worstOf(errors: readonly RpcError[]): RpcError {
  const weight = (error: RpcError): number => (error.retryable ? 2 : 0) + (isAboutBlock(error) ? 1 : 0);
  const sorted = [...errors].sort((a, b) => weight(b) - weight(a));
  const first = sorted[0];
  if (first === undefined) throw new NdxError('INTERNAL', 'no endpoint was asked');
  if (sorted.length === 1) return first;
  const others = sorted.slice(1).map((error) => error.message);
  return new RpcError(
    first.code,
    first.reason,
    first.endpoint,
    `${first.message.slice(first.endpoint.length + 2)} [also ${others.join('; ')}]`,
    {
      retryable: first.retryable,
      retryAfterMs: first.retryAfterMs,
      cause: first,
    },
  );
}
