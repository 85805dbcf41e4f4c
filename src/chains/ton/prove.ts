/**
 * The proof that nothing was left out of a masterchain block: from the shards' newest blocks at the
 * masterchain block before to those at this one, every shard block must follow upon its parents, and all of
 * them must be there. A masterchain block commits several blocks of a shard at times; what names only the
 * newest ones misses those between.
 */
import {
  blockName,
  childShards,
  coversWorkchain,
  MASTERCHAIN,
  parentShard,
  type ShardBlockId,
} from './shards.js';

export interface ShardBlock extends ShardBlockId {
  /**
   * As the block's own header names them; absent: the endpoint does not say, and the numbers must do (a
   * block's number is its parents' highest plus one).
   */
  readonly parents?: readonly ShardBlockId[];
}

/**
 * @param before the newest block of every shard at the masterchain block before
 * @param blocks what the endpoint says that this one commits; masterchain blocks among them are left aside
 * @param after the newest block of every shard at this one
 * @returns what is wrong, in words; null when nothing is missing
 */
export function whatIsMissing(
  before: readonly ShardBlockId[],
  blocks: readonly ShardBlock[],
  after: readonly ShardBlockId[],
): string | null {
  const started = new Set(before.filter(ofShards).map(blockName));
  const shown = new Map(blocks.filter(ofShards).map((block) => [blockName(block), block]));
  const wanted = after.filter(ofShards);
  for (const workchain of new Set([...before.filter(ofShards), ...wanted].map((block) => block.workchain))) {
    const shards = wanted.filter((block) => block.workchain === workchain).map((block) => block.shard);
    if (!coversWorkchain(shards)) return `the shards of workchain ${workchain} do not cover it`;
  }
  const reached = new Set<string>();
  const toVisit: ShardBlockId[] = [...wanted];
  for (let block = toVisit.pop(); block; block = toVisit.pop()) {
    const name = blockName(block);
    if (started.has(name) || reached.has(name)) continue;
    const found = shown.get(name);
    if (!found) return `shard block ${name} is left out`;
    reached.add(name);
    // The first block of a workchain follows upon its zero state.
    if (found.seqno <= 1) continue;
    const parents = found.parents ?? parentsByNumber(found, before, (id) => started.has(id) || shown.has(id));
    if (parents.length === 0) return `no parent of shard block ${name} is there`;
    for (const parent of parents) toVisit.push(parent);
  }
  for (const name of shown.keys())
    if (!reached.has(name) && !started.has(name)) return `shard block ${name} belongs to no shard's chain`;
  return null;
}

function ofShards({ workchain }: ShardBlockId): boolean {
  return workchain !== MASTERCHAIN;
}

/**
 * The same shard's block before; after a split that of the whole, after a merge those of both halves. A shard
 * splits or merges only once the masterchain has its last block (its `before_split` or `before_merge` holds
 * until then), so those stand in `before`.
 */
function parentsByNumber(
  { workchain, shard, seqno }: ShardBlockId,
  before: readonly ShardBlockId[],
  exists: (name: string) => boolean,
): readonly ShardBlockId[] {
  const same = { workchain, shard, seqno: seqno - 1 };
  if (exists(blockName(same))) return [same];
  const ended = (prefix: string) =>
    before.filter((block) => block.workchain === workchain && block.shard === prefix);
  const whole = parentShard(shard);
  const split = whole === null ? [] : ended(whole);
  if (split.some((block) => block.seqno === seqno - 1)) return split;
  const halves = childShards(shard).flatMap(ended);
  return halves.length === 2 && Math.max(...halves.map((half) => half.seqno)) === seqno - 1 ? halves : [same];
}
