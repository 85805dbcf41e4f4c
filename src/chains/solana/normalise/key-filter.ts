/**
 * Does a transaction, as the answer holds it, name one of our keys? Cheap enough to ask of every transaction of a block.
 *
 * A token program among the keys asks for NFTs, not for every swap: a transaction that names no other key is ours only if a token
 * balance without decimals stands in it, or the node recorded no balances that could tell.
 */
import { decodeBase58 } from '../../../events/base58.js';
import { asKey, asList, asRecord, at, isRecord, type Path, type Raw } from './fields.js';
import { transactionBytes } from './message.js';
import { TOKEN_PROGRAMS } from './parsed.js';
import { loadedAddresses } from './transaction.js';
import { readWire } from './wire.js';

export type KeyFilter = (entry: unknown, path: Path) => boolean;

export function createKeyFilter(all: ReadonlySet<string>): KeyFilter {
  const keys: ReadonlyMap<string, Found> = new Map(
    [...all].map((key) => [key, TOKEN_PROGRAMS.has(key) ? 'token-program' : 'key']),
  );
  const findIn = createFinder(keys);

  /** A plain SPL transfer does not name its mint: only the token balances do. */
  function inBalances(balances: unknown): boolean {
    return (
      Array.isArray(balances) &&
      balances.some(
        (balance) =>
          isRecord(balance) && typeof balance.mint === 'string' && keys.get(balance.mint) === 'key',
      )
    );
  }

  return (raw, path) => {
    const entry = asRecord(raw, path);
    const found = findIn(entry, path);
    if (found === 'key') return true;
    if (!isRecord(entry.meta)) return found !== null;
    const { meta } = entry;
    if (inBalances(meta.preTokenBalances) || inBalances(meta.postTokenBalances)) return true;
    const loaded = loadedAddresses(meta, path);
    if (loaded.some((key) => keys.get(key) === 'key')) return true;
    if (found === null && !loaded.some((key) => keys.has(key))) return false;
    return mayHoldNft(meta);
  };
}

function mayHoldNft({ preTokenBalances, postTokenBalances }: Raw): boolean {
  const before = Array.isArray(preTokenBalances) ? preTokenBalances : [];
  const after = Array.isArray(postTokenBalances) ? postTokenBalances : [];
  if (before.length === 0 && after.length === 0) return true;
  return before.some(isWithoutDecimals) || after.some(isWithoutDecimals);
}

function isWithoutDecimals(balance: unknown): boolean {
  return isRecord(balance) && isRecord(balance.uiTokenAmount) && balance.uiTokenAmount.decimals === 0;
}

type Found = 'key' | 'token-program';

/** Which of them stands among the static keys of a message, in text or in bytes. */
function createFinder(keys: ReadonlyMap<string, Found>): (entry: Raw, path: Path) => Found | null {
  // Static keys of a transaction in bytes are compared as bytes: encoding them all to base58 would cost more than the rest.
  const binaryKeys = toBinary(keys);
  return (entry, path) => {
    let found: Found | null = null;
    const bytes = transactionBytes(entry.transaction, at(path, '.transaction'));
    if (bytes !== null) {
      const wire = readWire(bytes);
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0, from = wire.keysOffset; i < wire.keyCount; i++, from += 32) {
        const named = binaryKeys.get(buffer.toString('latin1', from, from + 32));
        if (named === 'key') return named;
        found = named ?? found;
      }
      return found;
    }
    const transaction = asRecord(entry.transaction, at(path, '.transaction'));
    const message = asRecord(transaction.message, at(path, '.transaction.message'));
    for (const item of asList(message.accountKeys, at(path, '.transaction.message.accountKeys'))) {
      const raw = isRecord(item) ? item.pubkey : item;
      const key = typeof raw === 'string' ? raw : asKey(raw, at(path, '.transaction.message.accountKeys'));
      const named = keys.get(key);
      if (named === 'key') return named;
      found = named ?? found;
    }
    return found;
  };
}

function toBinary(keys: ReadonlyMap<string, Found>): ReadonlyMap<string, Found> {
  const decoded = [...keys].map(([key, found]) => [decodeBase58(key), found] as const);
  return new Map(
    decoded.flatMap(([bytes, found]) =>
      bytes === null ? [] : [[Buffer.from(bytes).toString('latin1'), found]],
    ),
  );
}
