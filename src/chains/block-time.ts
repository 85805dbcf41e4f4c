/**
 * Times of blocks as endpoints give them: whole Unix seconds that fit into the 32 bits that TON has for them.
 * Anything else is refused, because a database column could not hold it.
 */
const LATEST = 2 ** 32 - 1;

/** @param value Unix seconds, as an endpoint answered them */
export function isBlockTime(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= LATEST;
}

export const NO_BLOCK_TIME = 'is no time of a block (whole seconds after 1970, before 2106)';
