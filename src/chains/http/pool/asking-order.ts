import type { AskOptions } from '../ask.js';
import type { Limiter } from '../limiter.js';
import type { Health } from './health.js';

/** An endpoint of the pool, as far as its place in the order depends on it. */
interface Ranked {
  readonly client: { readonly name: string };
  readonly health: Health;
  readonly limiter: Limiter;
}

/**
 * Those of the endpoints that may be asked, the one that promises most first. Worse by kind comes before
 * worse by degree: an endpoint whose circuit is open is only tried when nothing else is left, then one that
 * is behind, then one whose answers were doubted, then the caller's wish, then how fast it answers.
 * @param laggingBlocks how far behind the furthest endpoint another may be before it is asked last
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
