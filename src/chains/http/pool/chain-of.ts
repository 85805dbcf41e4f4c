import { NdxError } from '../../../runtime/errors.js';
import type { Asked } from '../ask.js';
import { RpcError } from '../errors.js';

/**
 * The chain that the endpoints are on, told by the hash of its first block (the genesis).
 * @param answers the genesis that each of them serves, at least one
 * @param expected the genesis that is wanted, where it is known
 * @returns `expected` when one of them serves it, else the genesis that all of them serve
 * @throws RpcError RPC_WRONG_CHAIN when they differ and none serves `expected`
 */
export function chainOf(answers: readonly Asked<string>[], expected: string | null): string {
  const [first] = answers;
  if (first === undefined) throw new NdxError('INTERNAL', 'no endpoint was asked');
  if (answers.some(({ value }) => value === expected)) return expected as string;
  const other = answers.find(({ value }) => value !== first.value);
  if (other)
    throw new RpcError(
      'RPC_WRONG_CHAIN',
      'wrong-chain',
      other.endpoint,
      `serves the chain with genesis ${other.value}, ${first.endpoint} that with ${first.value}: take out the one that is not meant`,
      { retryable: false },
    );
  return first.value;
}
