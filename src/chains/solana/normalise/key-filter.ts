/** Does a transaction, as the answer holds it, name one of our keys? Cheap enough to ask of every transaction of a block. */
import { decodeBase58 } from './base58.js';
import { asKey, asList, asRecord, isRecord, type Raw } from './fields.js';
import { transactionBytes } from './message.js';
import { loadedAddresses } from './transaction.js';
import { readWire } from './wire.js';

export type KeyFilter = (entry: unknown, path: string) => boolean;

export function createKeyFilter(keys: ReadonlySet<string>): KeyFilter {
  // Static keys of a transaction in bytes are compared as bytes: encoding them all to base58 would cost more than the rest.
  const binary = new Set<string>();
  for (const key of keys) {
    const bytes = decodeBase58(key);
    if (bytes !== null) binary.add(Buffer.from(bytes).toString('latin1'));
  }

  function inMessage(entry: Raw, path: string): boolean {
    const bytes = transactionBytes(entry.transaction, `${path}.transaction`);
    if (bytes !== null) {
      const wire = readWire(bytes);
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0, at = wire.keysOffset; i < wire.keyCount; i++, at += 32)
        if (binary.has(buffer.toString('latin1', at, at + 32))) return true;
      return false;
    }
    const transaction = asRecord(entry.transaction, `${path}.transaction`);
    const message = asRecord(transaction.message, `${path}.transaction.message`);
    for (const item of asList(message.accountKeys, `${path}.transaction.message.accountKeys`)) {
      const key = isRecord(item) ? item.pubkey : item;
      if (keys.has(typeof key === 'string' ? key : asKey(key, `${path}.transaction.message.accountKeys`))) return true;
    }
    return false;
  }

  /** A plain SPL transfer does not name its mint: only the token balances do. */
  function inBalances(balances: unknown): boolean {
    return (
      Array.isArray(balances) && balances.some((balance) => isRecord(balance) && typeof balance.mint === 'string' && keys.has(balance.mint))
    );
  }

  return (raw, path) => {
    const entry = asRecord(raw, path);
    if (inMessage(entry, path)) return true;
    if (!isRecord(entry.meta)) return false;
    const { meta } = entry;
    if (inBalances(meta.preTokenBalances) || inBalances(meta.postTokenBalances)) return true;
    return loadedAddresses(meta, path).some((key) => keys.has(key));
  };
}
