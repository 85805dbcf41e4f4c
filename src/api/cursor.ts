/** Cursors of lists: opaque to clients, base64url of JSON, and checked like any other input. */
import { z } from 'zod';
import { blockNumber } from './schemas/common.js';

/**
 * Key as the tables have it: ids of letters, digits, `-` and `_`, and times that PostgreSQL can hold. A
 * forged cursor must not get any other value into a query.
 */
const time = z.object({
  time: z.iso.datetime({ precision: 3 }).regex(/^(19[7-9]|[2-9]\d\d)\d-/),
  id: z.string().regex(/^[\w-]{1,128}$/),
});
const place = z.object({
  block: blockNumber,
  transactionIndex: z.int32().nonnegative(),
  eventIndex: z.int32().nonnegative(),
});

/**
 * The key after which the next page of each list begins. A cursor names its list, so that it cannot be used
 * with another list.
 */
const KEYS = {
  transactions: time,
  blocks: place.pick({ block: true, transactionIndex: true }),
  nfts: time,
  staking: time,
  history: place,
} as const;

type List = keyof typeof KEYS;
type KeyOf<L extends List> = z.output<(typeof KEYS)[L]>;

/**
 * Text that a client sends back to get the next page.
 * @param key key of the last row of a page; null after the last page
 */
export function encodeCursor<L extends List>(list: L, key: KeyOf<L> | null): string | null {
  return key === null ? null : Buffer.from(JSON.stringify({ list, ...key })).toString('base64url');
}

export type Cursor<L extends List> = { [K in L]: { readonly list: K } & KeyOf<K> }[L];

/** Schema of the query parameter `cursor`: text in, the key and its list (one of those given) out. */
export function cursor<L extends List>(...lists: readonly L[]) {
  const schemas = lists.map((list) => KEYS[list].extend({ list: z.literal(list) }));
  return z
    .string()
    .max(512)
    .transform((text, context): Cursor<L> => {
      const json = readJson(text);
      const parsed = schemas.map((schema) => schema.safeParse(json)).find(({ success }) => success);
      if (parsed?.success) return parsed.data as unknown as Cursor<L>;
      context.addIssue({
        code: 'custom',
        message: 'is not a cursor of this list; take `nextCursor` of the page before, unchanged',
      });
      return z.NEVER;
    })
    .optional()
    .describe('`nextCursor` of the page before');
}

function readJson(text: string): unknown {
  if (!/^[\w-]+$/.test(text)) return undefined;
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    // Not JSON: the caller reports that it is not a cursor.
    return undefined;
  }
}
