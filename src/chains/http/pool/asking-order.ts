import type { AskOptions } from '../ask.js';
import type { Limiter } from '../limiter.js';
import type { Health } from './health.js';

/** An endpoint of the pool, with what its place in the order depends on. */
interface Ranked {
  readonly client: { readonly name: string };
  readonly health: Health;
  readonly limiter: Limiter;
}

/**
 * The endpoints that may be asked, the most promising first. One whose circuit is open comes last of all;
 * before it come those that are behind, and before those the ones whose answers were doubted. Among the rest
 * the caller's preference decides, then the time that an answer is expected to take.
 * @param laggingBlocks how many blocks an endpoint may be behind the furthest one before it counts as behind
 */
export function inAskingOrder<M extends Ranked>(
  members: readonly M[],
  { block, prefer, only }: Pick<AskOptions, 'block' | 'prefer' | 'only'>,
  laggingBlocks: number,
): readonly M[] {
  const candidates =
    only === undefined ? members : members.filter(({ client }) => only.includes(client.name));
  if (candidates.length < 2) return candidates;
  const furthest = Math.max(...members.map(({ health }) => health.head() ?? 0));
  const rank = ({ client, health, limiter }: M): number => {
    const head = health.head();
    const behind =
      head !== null &&
      (head < furthest - laggingBlocks || (block !== undefined && head < block && furthest >= block));
    const place = prefer?.indexOf(client.name) ?? 0;
    const wish = (place < 0 ? (prefer?.length ?? 0) : place) * 1e7;
    return (
      (health.usable() ? 0 : 2e10) +
      (behind ? 1e10 : 0) +
      (health.doubted() ? 5e9 : 0) +
      Math.min(1e9, wish) +
      Math.min(9e6, health.score() + limiter.expectedWait())
    );
  };
  return candidates
    .map((member) => ({ member, rank: rank(member) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ member }) => member);
}
