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
  const keys = new Set([...all].filter((key) => !TOKEN_PROGRAMS.has(key)));
  const tokenPrograms = new Set([...all].filter((key) => TOKEN_PROGRAMS.has(key)));
  const findIn = createFinder(keys, tokenPrograms);

  /** A plain SPL transfer does not name its mint: only the token balances do. */
  function inBalances(balances: unknown): boolean {
    return (
      Array.isArray(balances) && balances.some((balance) => isRecord(balance) && typeof balance.mint === 'string' && keys.has(balance.mint))
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
    if (loaded.some((key) => keys.has(key))) return true;
    if (found === null && !loaded.some((key) => tokenPrograms.has(key))) return false;
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

type Found = 'key' | 'token-program' | null;

/** Which of them stands among the static keys of a message, in text or in bytes. */
function createFinder(keys: ReadonlySet<string>, tokenPrograms: ReadonlySet<string>): (entry: Raw, path: Path) => Found {
  // Static keys of a transaction in bytes are compared as bytes: encoding them all to base58 would cost more than the rest.
  const binaryKeys = toBinary(keys);
  const binaryPrograms = toBinary(tokenPrograms);
  return (entry, path) => {
    let found: Found = null;
    const bytes = transactionBytes(entry.transaction, at(path, '.transaction'));
    if (bytes !== null) {
      const wire = readWire(bytes);
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0, from = wire.keysOffset; i < wire.keyCount; i++, from += 32) {
        const key = buffer.toString('latin1', from, from + 32);
        if (binaryKeys.has(key)) return 'key';
        if (binaryPrograms.has(key)) found = 'token-program';
      }
      return found;
    }
    const transaction = asRecord(entry.transaction, at(path, '.transaction'));
    const message = asRecord(transaction.message, at(path, '.transaction.message'));
    for (const item of asList(message.accountKeys, at(path, '.transaction.message.accountKeys'))) {
      const raw = isRecord(item) ? item.pubkey : item;
      const key = typeof raw === 'string' ? raw : asKey(raw, at(path, '.transaction.message.accountKeys'));
      if (keys.has(key)) return 'key';
      if (tokenPrograms.has(key)) found = 'token-program';
    }
    return found;
  };
}

function toBinary(keys: ReadonlySet<string>): ReadonlySet<string> {
  const decoded = [...keys].map((key) => decodeBase58(key)).filter((bytes) => bytes !== null);
  return new Set(decoded.map((bytes) => Buffer.from(bytes).toString('latin1')));
}
