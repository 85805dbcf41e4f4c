/**
 * Shards of a workchain. A shard is named by a 64-bit prefix: the leading bits of the accounts in it, then a
 * one, then zeros (TON blockchain paper, 2.1). `8000000000000000` is the whole workchain.
 */

/** Which block of which shard. */
export interface ShardBlockId {
  readonly workchain: number;
  /** 16 lower-case hex digits. */
  readonly shard: string;
  readonly seqno: number;
}

export const WHOLE_SHARD = '8000000000000000';
export const MASTERCHAIN = -1;

const BITS = 64n;
const SPACE = 1n << BITS;

/** The shard's hex prefix of the signed decimal that TonClient4 and toncenter v2 write. */
export function shardFromSigned(text: string): string {
  return hex(BigInt.asUintN(64, BigInt(text)));
}

/** The signed decimal that TonClient4 and toncenter v2 read. */
export function shardToSigned(shard: string): string {
  return BigInt.asIntN(64, BigInt(`0x${shard}`)).toString();
}

/** The shard that this one came from by a split; null for the whole workchain. */
export function parentShard(shard: string): string | null {
  if (shard === WHOLE_SHARD) return null;
  const value = BigInt(`0x${shard}`);
  const low = lowestBit(value);
  return hex((value & ~low) | (low << 1n));
}

/** The halves that it splits into, left first. */
export function childShards(shard: string): readonly [string, string] {
  const value = BigInt(`0x${shard}`);
  const half = lowestBit(value) >> 1n;
  return [hex(value - half), hex(value + half)];
}

/** First account prefix of the shard, and the first after it (2^64 at the end). */
export function shardRange(shard: string): { readonly from: bigint; readonly to: bigint } {
  const value = BigInt(`0x${shard}`);
  const low = lowestBit(value);
  return { from: value - low, to: value + low };
}

/** Whether the shards cover every account of a workchain exactly once. */
export function coversWorkchain(shards: readonly string[]): boolean {
  let at = 0n;
  for (const { from, to } of shards.map(shardRange).sort((a, b) => (a.from < b.from ? -1 : 1))) {
    if (from !== at) return false;
    at = to;
  }
  return at === SPACE;
}

/** The block's name as explorers and errors write it: `(workchain,shard,seqno)`. */
export function blockName({ workchain, shard, seqno }: ShardBlockId): string {
  return `(${workchain},${shard},${seqno})`;
}

function lowestBit(value: bigint): bigint {
  return value & (SPACE - value);
}

function hex(value: bigint): string {
  return (value & (SPACE - 1n)).toString(16).padStart(16, '0');
}
