/** Addresses in recorded documents. */
import { encodeBase58 } from '../../../events/base58.js';
import { isObject, wrongType } from '../../../runtime/untrusted.js';

/**
 * An address: base58, or as web3.js's PublicKey of 1.x turns into JSON, `{ _bn: hex }`, which recorded
 * answers may hold.
 */
export function asKey(value: unknown, holder: object, key: PropertyKey): string {
  if (typeof value === 'string') return value;
  if (isObject(value) && typeof value._bn === 'string' && /^[0-9a-f]{1,64}$/.test(value._bn))
    return encodeBase58(Buffer.from(value._bn.padStart(64, '0'), 'hex'));
  throw wrongType(value, holder, key, 'an address');
}
