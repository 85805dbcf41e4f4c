/** The address by which the tables know a wallet, from the text that the platform wrote. */
import { parseTonAddress } from '../events/ton-address.js';

/** No chain's addresses are longer; the tables keep no longer text as an address. */
const LONGEST = 128;

/**
 * The canonical form: a TON address in any form becomes raw, any other text stays as it is. A text that is no
 * address of a followed chain names no wallet that an event could name, and so changes nothing.
 * @param chain as the platform says it; null where it does not say it (`User.walletAddress`)
 * @returns null when the text is too long to be an address, or empty
 */
export function canonicalAddress(chain: string | null, written: string): string | null {
  const text = written.trim();
  if (text === '' || text.length > LONGEST) return null;
  return chain === null || chain === 'ton' ? (parseTonAddress(text) ?? text) : text;
}
