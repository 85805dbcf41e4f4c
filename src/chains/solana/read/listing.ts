/** The signatures of all transactions of a block, in its order, from the bytes of its getBlock answer. */
import { isObject } from '../../../runtime/untrusted.js';

/**
 * How a transaction's signatures begin. This cannot stand inside a JSON string, where the quotes are escaped,
 * and no other field of a transaction has the name.
 */
const SIGNATURES = Buffer.from('"signatures":["');
const QUOTE = 0x22;

/**
 * The first signature of each transaction. Costs one pass over the bytes.
 * @param body an answer that was read as a block already
 */
export function signaturesIn(body: Buffer): readonly string[] {
  const found: string[] = [];
  for (let at = body.indexOf(SIGNATURES); at >= 0; at = body.indexOf(SIGNATURES, at)) {
    const start = at + SIGNATURES.length;
    const end = body.indexOf(QUOTE, start);
    if (end < 0) break;
    found.push(body.toString('latin1', start, end));
    at = end;
  }
  // White space between tokens, or no transaction at all.
  return found.length > 0 ? found : parsed(body);
}

function parsed(body: Buffer): readonly string[] {
  const answer: unknown = JSON.parse(body.toString('utf8'));
  const result = isObject(answer) && isObject(answer.result) ? answer.result : {};
  const transactions = Array.isArray(result.transactions) ? result.transactions : [];
  return transactions.map((item: unknown) => {
    const transaction = isObject(item) && isObject(item.transaction) ? item.transaction : {};
    const [first] = Array.isArray(transaction.signatures) ? transaction.signatures : [];
    return String(first);
  });
}
