/** The four shards of workchain 0, by the first two bits of the account. */
export const MASTERCHAIN_SHARD = '8000000000000000';
export const SHARDS = [
  '2000000000000000',
  '6000000000000000',
  'a000000000000000',
  'e000000000000000',
] as const;

/** @param address raw */
export function shardOf(address: string): (typeof SHARDS)[number] {
  const index = Number.parseInt(address.slice(address.indexOf(':') + 1)[0] ?? '0', 16) >> 2;
  return SHARDS[index] ?? SHARDS[0];
}

/** As a signed 64-bit integer in decimal, which is how TonClient4 and toncenter v2 write shards. */
export function signedShard(shard: string): string {
  return BigInt.asIntN(64, BigInt(`0x${shard}`)).toString();
}

/** From either spelling; null when it is neither. */
export function parseShard(text: string): string | null {
  if (/^[0-9a-f]{16}$/i.test(text)) return text.toLowerCase();
  if (/^-?\d{1,20}$/.test(text)) return BigInt.asUintN(64, BigInt(text)).toString(16).padStart(16, '0');
  return null;
}
