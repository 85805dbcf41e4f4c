/** Addresses in recorded documents. */
import { encodeBase58 } from '../../../events/base58.js';
import { isObject, wrongType } from '../../../runtime/untrusted.js';

/**
 * An address in base58: as it stands there, or from `{ _bn: hex }`, which is how web3.js 1.x writes a
 * PublicKey as JSON.
 * @throws WrongField
 */
export function asKey(value: unknown, holder: object, key: PropertyKey): string {
  if (typeof value === 'string') return value;
  if (isObject(value) && typeof value._bn === 'string' && /^[0-9a-f]{1,64}$/.test(value._bn))
    return encodeBase58(Buffer.from(value._bn.padStart(64, '0'), 'hex'));
  throw wrongType(value, holder, key, 'an address');
}
